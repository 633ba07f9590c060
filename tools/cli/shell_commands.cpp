// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/script.hpp"
#include "cli/session.hpp"
#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "common/sync_mode.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <thread>

namespace strata::tools {
namespace {

const char* on_off(bool on) { return on ? "on" : "off"; }

void say(Session& session, const std::string& text) { session.output().write(text + "\n"); }

// Sets a switch from "on" or "off", or prints it.
int switch_setting(Session& session, const Invocation& invocation, bool& setting) {
    if (invocation.arguments().empty()) {
        say(session, on_off(setting));
    } else {
        setting = invocation.argument(0) == "on";
    }
    return exit_done;
}

Result<std::uint64_t> number_argument(const Invocation& invocation, std::uint64_t max) {
    const Word& word = invocation.arguments().front();
    const auto number = parse_number(word.text, max);
    if (!number) {
        return invocation.bad(
            "N", word,
            usage_error("expected a number up to {}, found \"{}\"", max, escaped(word.text)));
    }
    return *number;
}

std::string format_text(const Settings& settings) {
    if (settings.json_words) {
        return "json";
    }
    return settings.format ? std::string{output_format_name(*settings.format)} : "auto";
}

}  // namespace

Result<int> run_open(Session& session, const Invocation& invocation) {
    if (session.transaction() != nullptr) {
        return usage_error(".open: a transaction is open; commit or rollback it first");
    }
    STRATA_TRY(session.change_store(invocation.argument(0)));
    return exit_done;
}

Result<int> run_mode(Session& session, const Invocation& invocation) {
    if (invocation.arguments().empty()) {
        say(session, format_text(session.settings()));
        return exit_done;
    }
    STRATA_TRY(apply_setting(session.settings(), "format", invocation.argument(0)));
    return exit_done;
}

Result<int> run_timer(Session& session, const Invocation& invocation) {
    return switch_setting(session, invocation, session.settings().timer);
}

Result<int> run_limit(Session& session, const Invocation& invocation) {
    if (invocation.arguments().empty()) {
        say(session, fmt::format("{}", session.settings().scan_limit));
        return exit_done;
    }
    session.settings().scan_limit = STRATA_TRY(number_argument(invocation, ~std::uint64_t{0}));
    return exit_done;
}

Result<int> run_once(Session& session, const Invocation& invocation) {
    if (invocation.arguments().empty()) {
        return usage_error(".once: missing FILE or |CMD");
    }
    STRATA_TRY(session.redirect(invocation.argument(0), true));
    return exit_done;
}

Result<int> run_output(Session& session, const Invocation& invocation) {
    STRATA_TRY(session.redirect(invocation.argument(0), false));
    return exit_done;
}

Result<int> run_read(Session& session, const Invocation& invocation) {
    return run_script_file(session, invocation.argument(0));
}

Result<int> run_bail(Session& session, const Invocation& invocation) {
    bool bail = session.bail();
    const int status = switch_setting(session, invocation, bail);
    session.set_bail(bail);
    return status;
}

Result<int> run_pager(Session& session, const Invocation& invocation) {
    if (invocation.arguments().empty()) {
        say(session, pager_command(session.settings().pager));
        return exit_done;
    }
    STRATA_TRY(apply_setting(session.settings(), "pager", invocation.argument(0)));
    return exit_done;
}

Result<int> run_color(Session& session, const Invocation& invocation) {
    if (!invocation.arguments().empty()) {
        STRATA_TRY(apply_setting(session.settings(), "color", invocation.argument(0)));
        return exit_done;
    }
    const ColorWhen when = session.settings().color;
    say(session, when == ColorWhen::automatic ? "auto"
                 : when == ColorWhen::always  ? "always"
                                              : "never");
    return exit_done;
}

Result<int> run_history(Session& session, const Invocation& invocation) {
    std::uint64_t count = 20;
    if (!invocation.arguments().empty()) {
        constexpr std::uint64_t most = 1'000'000;
        count = STRATA_TRY(number_argument(invocation, most));
    }
    if (session.history) {
        for (const std::string& line : session.history(static_cast<std::size_t>(count))) {
            say(session, line);
        }
    }
    return exit_done;
}

Result<int> run_set(Session& session, const Invocation& invocation) {
    if (invocation.arguments().empty()) {
        for (const OptionSpec& option : shared_options()) {
            say(session, fmt::format("{:<24} {}", syntax_of(option), option.help));
        }
        return exit_done;
    }
    const std::string name = invocation.argument(0);
    const auto all = shared_options();
    const auto found = std::find_if(
        all.begin(), all.end(), [&name](const OptionSpec& option) { return option.name == name; });
    if (found == all.end()) {
        return usage_error(".set: no option is called \"{}\"; .set lists them", escaped(name));
    }
    if (found->takes != Takes::nothing && invocation.arguments().size() < 2) {
        return usage_error(".set: {}: missing {}", name, found->metavar);
    }
    auto applied = apply_setting(session.settings(), name, invocation.argument(1));
    if (!applied) {
        return at(".set: " + name, applied.take_error());
    }
    session.diagnostics().set_json(session.settings().json_words);
    return exit_done;
}

Result<int> run_show(Session& session, const Invocation& /*invocation*/) {
    const Settings& settings = session.settings();
    Facts facts{
        {"store", session.store_name()},
        {"open", std::string{session.is_open() ? "yes" : "no"}},
        {"read-only", std::string{on_off(session.read_only())}},
        {"format", format_text(settings)},
        {"key-format", std::string{byte_format_name(settings.key_format)}},
        {"value-format", std::string{byte_format_name(settings.value_format)}},
        {"sync", sync_mode_text(settings.sync.value_or(SyncMode::sync()))},
        {"limit", settings.scan_limit},
        {"timer", std::string{on_off(settings.timer)}},
        {"bail", std::string{on_off(session.bail())}},
        {"pager", pager_command(settings.pager)},
        {"output", session.destination().empty() ? std::string{"stdout"} : session.destination()},
    };
    if (session.is_open()) {
        facts.emplace_back("sequence", SequenceCell{session.store().last_sequence()});
    }
    if (session.transaction() != nullptr) {
        facts.emplace_back("transaction", std::uint64_t{session.transaction()->operations()});
    }
    print_facts(session.output(), settings.style(session.output(), false), facts);
    return exit_done;
}

Result<int> run_every(Session& session, const Invocation& invocation) {
    const std::string text = invocation.argument(0);
    const std::size_t space = text.find(' ');
    const auto every = STRATA_TRY(parse_duration(text.substr(0, space)));
    if (space == std::string::npos) {
        return usage_error(".every: missing CMD; syntax: .every DUR CMD");
    }
    const std::string command = text.substr(space + 1);
    int status = exit_done;
    while (!interrupted() && status <= exit_negative) {
        status = run_text(session, command);
        const auto end = std::chrono::steady_clock::now() + every;
        while (!interrupted() && std::chrono::steady_clock::now() < end) {
            constexpr std::chrono::milliseconds step{50};
            std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
                end - std::chrono::steady_clock::now(), step));
        }
    }
    return status;
}

Result<int> run_shell(Session& session, const Invocation& invocation) {
    session.output().flush();
    const std::string command = invocation.argument(0);
    const int status = std::system(command.empty() ? "${SHELL:-/bin/sh}" : command.c_str());
    return status == 0 ? exit_done : exit_negative;
}

Result<int> run_quit(Session& session, const Invocation& invocation) {
    std::uint64_t code = 0;
    if (!invocation.arguments().empty()) {
        constexpr std::uint64_t most = 255;
        code = STRATA_TRY(number_argument(invocation, most));
    }
    session.quit(static_cast<int>(code));
    return exit_done;
}

}  // namespace strata::tools
