// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include "cli/command_table.hpp"
#include "cli/help.hpp"
#include "cli/repl.hpp"
#include "cli/script.hpp"
#include "cli/session.hpp"
#include "cli/transcript.hpp"
#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "common/program_end.hpp"
#include "common/units.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <thread>
#include <utility>

namespace strata::tools {
namespace {

bool is_in(std::span<const OptionSpec> specs, std::string_view name) {
    return std::any_of(specs.begin(), specs.end(),
                       [name](const OptionSpec& spec) { return spec.name == name; });
}

Error missing_store(const std::vector<std::string>& words) {
    const std::string command = words.empty() ? "COMMAND" : escaped(words.front());
    return usage_error(
        "no store: \"strata-cli STORE {}\", or \"STRATA_STORE=STORE strata-cli {}\"{}", command,
        command,
        words.empty() ? "; --help explains"
                      : fmt::format("; a directory of that name is ./{}", command));
}

void pause(std::chrono::microseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    while (!interrupted() && std::chrono::steady_clock::now() < end) {
        constexpr std::chrono::milliseconds step{50};
        std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
            end - std::chrono::steady_clock::now(), step));
    }
}

// --repeat and --every.
int repeated(const ProgramOptions& options, Session& session, const std::function<int()>& once) {
    std::uint64_t left = options.repeat.value_or(options.every ? ~std::uint64_t{0} : 1);
    int status = exit_done;
    while (left-- > 0 && !interrupted() && !session.output().failed()) {
        status = once();
        session.output().flush();
        if (status > exit_negative && session.bail()) {
            break;
        }
        if (left > 0 && options.every) {
            pause(*options.every);
        }
    }
    return interrupted() ? interrupt_status() : status;
}

CommandText command_of(const std::vector<std::string>& words) {
    CommandText command;
    for (const std::string& word : words) {
        command.words.push_back(Word{.text = word});
    }
    return command;
}

// Whether commands that are known beforehand only read; then a store is opened beside its owner.
bool only_reads(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        const auto parsed = parse_line(text);
        if (!parsed) {
            continue;
        }
        for (const CommandText& command : parsed->commands) {
            const CommandSpec* spec = find_command(command.words.front().text);
            if (spec != nullptr &&
                (spec->access == Access::write || spec->where != Where::anywhere)) {
                return false;
            }
        }
    }
    return true;
}

SessionOptions session_options(const ProgramOptions& options, const ProgramArguments& arguments) {
    SessionOptions session;
    session.store_name = arguments.store;
    session.settings = options.settings;
    session.read_only = options.read_only;
    session.no_create = options.no_create;
    session.wait_lock = options.wait_lock;
    session.token_file = options.token_file;
    session.bail = options.bail.value_or(true);
    session.mode = Mode::script;
    if (!options.command_texts.empty()) {
        session.read_only =
            session.read_only || (options.script.empty() && only_reads(options.command_texts));
    } else if (!arguments.words.empty()) {
        session.mode = Mode::one_shot;
    } else if (options.script.empty() && options.transcript.empty()) {
        const bool interactive = is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
        constexpr std::uint64_t interactive_limit = 100;
        session.input_is_script = !interactive;
        session.mode = interactive ? Mode::interactive : Mode::script;
        session.bail = options.bail.value_or(!interactive);
        session.settings.scan_limit = interactive ? interactive_limit : 0;
    } else if (options.script == "-") {
        session.input_is_script = true;
    }
    return session;
}

Status check_arguments(const ProgramOptions& options, const ProgramArguments& arguments) {
    const int sources = (arguments.words.empty() ? 0 : 1) + (options.transcript.empty() ? 0 : 1) +
                        (options.command_texts.empty() && options.script.empty() ? 0 : 1);
    if (sources > 1) {
        return usage_error("expected one of COMMAND, -c or -F, --check; found several");
    }
    return {};
}

int run_commands(const ProgramOptions& options, const ProgramArguments& arguments,
                 Session& session) {
    Diagnostics& diagnostics = session.diagnostics();
    const auto status_of = [&diagnostics](Result<int> result) {
        return result ? *result : diagnostics.error(result.error());
    };
    if (!options.command_texts.empty()) {
        return repeated(options, session, [&] {
            int first = options.script.empty() || options.script == "-"
                            ? exit_done
                            : status_of(run_script_file(session, options.script));
            if (first > exit_negative && session.bail()) {
                return first;
            }
            for (const std::string& text : options.command_texts) {
                const int status = run_text(session, text);
                first = first <= exit_negative && status != exit_done ? status : first;
                if (status > exit_negative && session.bail()) {
                    break;
                }
            }
            return first;
        });
    }
    if (!arguments.words.empty()) {
        const CommandText command = command_of(arguments.words);
        return repeated(options, session, [&] { return session.execute(command); });
    }
    if (!options.transcript.empty()) {
        return status_of(check_transcript(session, options.transcript));
    }
    if (!options.script.empty() && options.script != "-") {
        return repeated(options, session,
                        [&] { return status_of(run_script_file(session, options.script)); });
    }
    if (session.mode() == Mode::interactive) {
        return run_repl(session, !options.no_init);
    }
    return run_script(session, STDIN_FILENO, "stdin");
}

int print_version(Output& output, bool json) {
    if (json) {
        std::string text;
        {
            JsonObject object{text};
            object.text("program", "strata-cli");
            object.text("version", version());
        }
        output.write(text + "\n");
    } else {
        output.write(fmt::format("strata-cli {}\n", version()));
    }
    return exit_done;
}

bool needs_store(const ProgramArguments& arguments) {
    if (arguments.words.empty()) {
        return true;
    }
    const CommandSpec* spec = find_command(arguments.words.front());
    return spec == nullptr || spec->access != Access::none;
}

}  // namespace

Status apply_program_option(ProgramOptions& options, std::string_view name,
                            std::string_view value) {
    if (is_in(shared_options(), name)) {
        return apply_setting(options.settings, name, value);
    }
    if (name == "command") {
        options.command_texts.emplace_back(value);
    } else if (name == "file") {
        options.script = value;
    } else if (name == "check") {
        options.transcript = value;
    } else if (name == "read-only") {
        options.read_only = true;
    } else if (name == "no-create") {
        options.no_create = true;
    } else if (name == "no-init") {
        options.no_init = true;
    } else if (name == "help") {
        options.help = true;
    } else if (name == "version") {
        options.version = true;
    } else if (name == "wait-lock") {
        const auto wait = STRATA_TRY(parse_duration(value));
        options.wait_lock = std::chrono::ceil<std::chrono::milliseconds>(wait);
    } else if (name == "token-file") {
        options.token_file = value;
    } else if (name == "timeout") {
        options.timeout = STRATA_TRY(parse_duration(value));
    } else if (name == "every") {
        options.every = STRATA_TRY(parse_duration(value));
    } else if (name == "bail") {
        if (value != "on" && value != "off") {
            return usage_error("expected on or off, found \"{}\"", escaped(value));
        }
        options.bail = value == "on";
    } else if (name == "repeat") {
        options.repeat = parse_number(value);
        if (!options.repeat) {
            return usage_error("expected a number, found \"{}\"", escaped(value));
        }
    }
    return {};
}

Result<ProgramArguments> ArgumentSplitter::split(const std::vector<std::string>& arguments) const {
    std::vector<std::string> rest = STRATA_TRY(parse_(options_, arguments));
    ProgramArguments split;
    split.store = environment("STRATA_STORE");
    if (!rest.empty() && find_command(rest.front()) == nullptr) {
        split.store = rest.front();
        rest.erase(rest.begin());
        rest = STRATA_TRY(parse_(options_, rest));
    }
    split.words = std::move(rest);
    return split;
}

int run_program(const ProgramOptions& options, const ProgramArguments& arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    use_utf8_locale();
    Output output{STDOUT_FILENO};
    Output messages{STDERR_FILENO};
    Diagnostics diagnostics{"strata-cli", messages};
    diagnostics.set_json(options.settings.json_words);
    diagnostics.set_quiet(options.settings.quiet);
    int status = exit_done;
    if (options.version) {
        status = print_version(output, options.settings.json_words);
    } else if (options.help) {
        output.write(options.settings.json_words ? program_help_json() : program_help());
    } else if (auto checked = check_arguments(options, arguments); !checked) {
        return diagnostics.error(checked.error());
    } else if (arguments.store.empty() && needs_store(arguments)) {
        return diagnostics.error(missing_store(arguments.words));
    } else {
        handle_interrupt(InterruptMode::stop_work);
        if (options.timeout) {
            start_timeout(*options.timeout);
        }
        Session session{session_options(options, arguments), output, diagnostics};
        status = run_commands(options, arguments, session);
        if (session.quit_request()) {
            status = session.quit_request()->status;
        }
        const int closed = session.close();
        status = status == exit_done ? closed : status;
    }
    return end_program(output, diagnostics, status);
}

}  // namespace strata::tools
