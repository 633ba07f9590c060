// SPDX-License-Identifier: Apache-2.0
#include "serve/options.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/sync_mode.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace strata::tools {
namespace {

using Milliseconds = std::chrono::milliseconds;

struct Flag {
    std::string_view name;
    bool* (*member)(ServeOptions& options);
};
constexpr Flag flags[] = {
    {"help", [](ServeOptions& options) { return &options.help; }},
    {"insecure", [](ServeOptions& options) { return &options.server.insecure; }},
    {"json", [](ServeOptions& options) { return &options.json; }},
    {"quiet", [](ServeOptions& options) { return &options.quiet; }},
    {"read-only", [](ServeOptions& options) { return &options.service.read_only; }},
    {"version", [](ServeOptions& options) { return &options.version; }},
};

struct Duration {
    std::string_view name;
    bool may_be_zero;
    Milliseconds* (*member)(ServeOptions& options);
};
constexpr Duration durations[] = {
    {"body-timeout", false,
     [](ServeOptions& options) { return &options.server.limits.body_grace; }},
    {"drain", true, [](ServeOptions& options) { return &options.drain; }},
    {"drain-delay", true, [](ServeOptions& options) { return &options.drain_delay; }},
    {"header-timeout", false,
     [](ServeOptions& options) { return &options.server.limits.header_timeout; }},
    {"idle-timeout", false,
     [](ServeOptions& options) { return &options.server.limits.idle_timeout; }},
    {"request-timeout", true,
     [](ServeOptions& options) { return &options.server.limits.request_timeout; }},
    {"wait-lock", true, [](ServeOptions& options) { return &options.open.wait_lock; }},
    {"write-timeout", false,
     [](ServeOptions& options) { return &options.server.limits.write_timeout; }},
};

Result<Milliseconds> parse_milliseconds(std::string_view value, bool may_be_zero) {
    const auto duration = STRATA_TRY(parse_duration(value));
    const auto whole = std::chrono::ceil<Milliseconds>(duration);
    if (whole.count() == 0 && !may_be_zero) {
        return usage_error("expected a duration above 0, found \"{}\"", escaped(value));
    }
    return whole;
}

Result<std::size_t> parse_count(std::string_view value, std::size_t greatest) {
    std::size_t number = 0;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    if (parsed.ptr != end || parsed.ec != std::errc{} || number == 0 || number > greatest) {
        return usage_error("expected a number from 1 to {}, found \"{}\"", greatest,
                           escaped(value));
    }
    return number;
}

Result<bool> parse_switch(std::string_view value) {
    if (value == "on" || value == "off") {
        return value == "on";
    }
    return usage_error("expected on or off, found \"{}\"", escaped(value));
}

Result<std::size_t> parse_body_max(std::string_view value) {
    constexpr std::uint64_t greatest = std::uint64_t{1} << 30;
    const std::uint64_t size = STRATA_TRY(parse_size(value));
    if (size == 0 || size > greatest) {
        return usage_error("expected a size up to 1GiB, found \"{}\"", escaped(value));
    }
    return static_cast<std::size_t>(size);
}

Status apply_log(ServerOptions& options, std::string_view value) {
    constexpr std::string_view json = "json";
    options.log_path = value;
    options.log_form = AccessLog::Form::combined;
    if (value == json || value.starts_with("json:")) {
        options.log_form = AccessLog::Form::json;
        options.log_path = value == json ? "-" : value.substr(json.size() + 1);
    }
    if (options.log_path.empty()) {
        return usage_error("expected FILE, -, json or json:FILE");
    }
    return {};
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return lower;
}

/// Options about who may use the server. False: it is none of them.
Result<bool> apply_access(ServeOptions& options, std::string_view name, std::string_view value) {
    if (name == "token-file") {
        options.server.token_file = value;
    } else if (name == "allow-host") {
        options.server.gate.hosts.push_back(lower_case(value));
    } else if (name == "cors") {
        options.server.gate.cors_origin = value;
        options.service.cors_origin = value;
    } else if (name == "rate") {
        options.server.gate.rate = STRATA_TRY(parse_rate(value));
    } else {
        return false;
    }
    return true;
}

/// Options about the store. False: it is none of them.
Result<bool> apply_store(ServeOptions& options, std::string_view name, std::string_view value) {
    if (name == "sync") {
        options.open.sync = STRATA_TRY(parse_sync_mode(value));
    } else if (name == "memory") {
        const std::uint64_t size = STRATA_TRY(parse_size(value));
        options.open.memory = static_cast<std::size_t>(size);
    } else if (name == "no-create") {
        options.open.create = false;
    } else {
        return false;
    }
    return true;
}

}  // namespace

const std::vector<ServeOption>& serve_options() {
    static const std::vector<ServeOption> options = {
        {"--listen", "ADDR:PORT", "where to listen (127.0.0.1:8080); repeatable; port 0: any"},
        {"--unix", "PATH", "listen on a Unix socket, too; repeatable"},
        {"--token-file", "FILE", "lines \"TOKEN SCOPE[:PREFIX]\": read, write or admin"},
        {"--insecure", "", "other machines may connect although there are no tokens"},
        {"--allow-host", "NAME", "another name of this server in Host fields; repeatable; *: any"},
        {"--cors", "ORIGIN", "pages from there may use the server; *: any"},
        {"--read-only", "", "a fixed view of the store as it is now; nothing is written"},
        {"--console", "on|off", "the page at / (on)"},
        {"--legacy", "on|off", "the routes /put, /get, /set, ... (on)"},
        {"--rate", "R[/client]", "requests a second, of all clients or of each"},
        {"--max-body", "SIZE", "longest body of a request (64MiB)"},
        {"--max-connections", "N", "more are refused (1024)"},
        {"--header-timeout", "DURATION", "until a header is complete (10s)"},
        {"--body-timeout", "DURATION", "after it a body must come at 1 KiB/s (5s)"},
        {"--idle-timeout", "DURATION", "between requests (60s)"},
        {"--write-timeout", "DURATION", "without the client taking a byte (30s)"},
        {"--request-timeout", "DURATION", "until an answer is known (0: no limit)"},
        {"--drain", "DURATION", "on SIGTERM: for requests under way (10s)"},
        {"--drain-delay", "DURATION", "on SIGTERM: go on serving, but not ready, so long (0)"},
        {"--access-log", "WHERE", "FILE, - (standard output), json or json:FILE"},
        {"--threads", "N", "threads of the network (one per processor)"},
        {"--sync", "MODE", "of writes that name none: sync, interval:MS or none (sync)"},
        {"--memory", "SIZE", "for memtables and cached blocks (256MiB)"},
        {"--no-create", "", "refuse a store that is not there"},
        {"--wait-lock", "DURATION", "wait for another owner of the store (0)"},
        {"--json", "", "messages as JSON"},
        {"-q,--quiet", "", "only errors on standard error"},
        {"-h,--help", "", "this help"},
        {"--version", "", "the version"},
    };
    return options;
}

Status apply_serve_option(ServeOptions& options, std::string_view name, std::string_view value) {
    if (const auto* flag = std::ranges::find(flags, name, &Flag::name); flag != std::end(flags)) {
        *flag->member(options) = true;
        return {};
    }
    if (const auto* duration = std::ranges::find(durations, name, &Duration::name);
        duration != std::end(durations)) {
        *duration->member(options) = STRATA_TRY(parse_milliseconds(value, duration->may_be_zero));
        return {};
    }
    ServerOptions& server = options.server;
    if (name == "listen") {
        server.listen.emplace_back(value);
    } else if (name == "unix") {
        server.unix_paths.emplace_back(value);
    } else if (name == "console") {
        options.service.console = STRATA_TRY(parse_switch(value));
    } else if (name == "legacy") {
        options.service.legacy = STRATA_TRY(parse_switch(value));
    } else if (name == "max-body") {
        server.limits.body_max = STRATA_TRY(parse_body_max(value));
    } else if (name == "max-connections") {
        server.limits.connections_max = STRATA_TRY(parse_count(value, 1'000'000));
    } else if (name == "threads") {
        server.threads = STRATA_TRY(parse_count(value, 256));
    } else if (name == "access-log") {
        return apply_log(server, value);
    } else if (const bool done = STRATA_TRY(apply_access(options, name, value)); !done) {
        const bool known = STRATA_TRY(apply_store(options, name, value));
        if (!known) {
            return usage_error("no such option");
        }
    }
    return {};
}

Status apply_serve_words(ServeOptions& options, const std::vector<std::string>& words,
                         const std::string& environment_store) {
    options.service.body_max = options.server.limits.body_max;
    options.open.read_only = options.service.read_only;
    options.server.inherit = true;
    if (options.help || options.version) {
        return {};
    }
    if (words.size() > 1) {
        return usage_error("expected one store, found {}; --help explains", words.size());
    }
    options.store = words.empty() ? environment_store : words.front();
    if (options.store.empty()) {
        return usage_error("no store: \"strata-serve DIR\", or set STRATA_STORE; --help explains");
    }
    return {};
}

std::string serve_help() {
    std::string text =
        "strata-serve [OPTIONS] STORE\n\n"
        "Serves a store over HTTP. STORE is a directory, which is made when it is not there, or\n"
        "memory:. SIGTERM and Ctrl-C end it when what is under way is done, a second one at once;\n"
        "SIGHUP reads the tokens again and opens the access log anew.\n"
        "\nOptions:\n";
    for (const ServeOption& option : serve_options()) {
        const std::size_t comma = option.names.find(',');
        std::string left{option.names};
        if (comma != std::string_view::npos) {
            left = fmt::format("{}, {}", option.names.substr(0, comma),
                               option.names.substr(comma + 1));
        }
        if (!option.argument.empty()) {
            left = fmt::format("{} {}", left, option.argument);
        }
        text += fmt::format("  {:<28}{}\n", left, option.help);
    }
    return text;
}

}  // namespace strata::tools
