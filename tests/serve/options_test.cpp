// SPDX-License-Identifier: Apache-2.0
// Proves what each option of strata-serve sets, that wrong values are refused with what was
// expected, and that the table of options, the parser and the help agree.
#include "serve/options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

using namespace std::chrono_literals;

ServeOptions apply(const std::vector<std::pair<std::string, std::string>>& given) {
    ServeOptions options;
    for (const auto& option : given) {
        CAPTURE(option.first);
        CHECK(apply_serve_option(options, option.first, option.second).has_value());
    }
    CHECK(apply_serve_words(options, {"data"}, "").has_value());
    return options;
}

TEST_CASE("options set what they say") {
    const ServeOptions options = apply({{"listen", "[::1]:0"},
                                        {"listen", ":80"},
                                        {"unix", "/tmp/s"},
                                        {"token-file", "t"},
                                        {"allow-host", "Strata.Example"},
                                        {"cors", "http://app"},
                                        {"rate", "5/client"},
                                        {"max-body", "1MiB"},
                                        {"max-connections", "7"},
                                        {"header-timeout", "1s"},
                                        {"body-timeout", "2s"},
                                        {"idle-timeout", "3s"},
                                        {"write-timeout", "4s"},
                                        {"request-timeout", "5s"},
                                        {"drain", "0"},
                                        {"drain-delay", "6s"},
                                        {"wait-lock", "7s"},
                                        {"console", "off"},
                                        {"legacy", "off"},
                                        {"access-log", "json:log"},
                                        {"threads", "3"},
                                        {"sync", "none"},
                                        {"memory", "1MiB"},
                                        {"no-create", ""},
                                        {"insecure", ""},
                                        {"read-only", ""}});
    const ServerOptions& server = options.server;
    CHECK(options.store == "data");
    CHECK(server.listen == std::vector<std::string>{"[::1]:0", ":80"});
    CHECK(server.unix_paths == std::vector<std::string>{"/tmp/s"});
    CHECK(server.token_file == "t");
    CHECK(server.gate.hosts == std::vector<std::string>{"strata.example"});
    CHECK(server.gate.cors_origin == "http://app");
    CHECK(options.service.cors_origin == "http://app");
    CHECK(server.gate.rate->per_second == 5);
    CHECK(server.limits.body_max == 1 << 20);
    CHECK(options.service.body_max == 1 << 20);
    CHECK(server.limits.connections_max == 7);
    CHECK(server.limits.header_timeout == 1s);
    CHECK(server.limits.body_grace == 2s);
    CHECK(server.limits.idle_timeout == 3s);
    CHECK(server.limits.write_timeout == 4s);
    CHECK(server.limits.request_timeout == 5s);
    CHECK(options.drain == 0s);
    CHECK(options.drain_delay == 6s);
    CHECK(options.open.wait_lock == 7s);
    CHECK_FALSE(options.service.console);
    CHECK_FALSE(options.service.legacy);
    CHECK(server.log_path == "log");
    CHECK(server.log_form == AccessLog::Form::json);
    CHECK(server.threads == 3);
    CHECK(options.open.sync.kind == SyncMode::Kind::none);
    CHECK(options.open.memory == 1 << 20);
    CHECK_FALSE(options.open.create);
    CHECK(server.insecure);
    CHECK(options.open.read_only);
    CHECK(options.service.read_only);
}

TEST_CASE("every option of the table is understood, and explained") {
    for (const ServeOption& option : serve_options()) {
        const std::string names{option.names};
        const std::string name = names.substr(names.rfind("--") + 2);
        CAPTURE(name);
        ServeOptions options;
        const Status applied =
            apply_serve_option(options, name, option.argument.empty() ? "" : "\x01");
        CHECK((applied || applied.error().message.find("no such option") == std::string::npos));
        CHECK(serve_help().find("--" + name) != std::string::npos);
        CHECK(option.help.size() < 70);
    }
    ServeOptions options;
    CHECK_FALSE(apply_serve_option(options, "tls-cert", "x").has_value());
}

TEST_CASE("wrong values") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"max-body", "0"},        {"max-body", "2GiB"},    {"max-body", "x"},
        {"max-connections", "0"}, {"max-connections", ""}, {"max-connections", "1x"},
        {"threads", "0"},         {"threads", "1000"},     {"idle-timeout", "0"},
        {"idle-timeout", "5"},    {"drain", "-1s"},        {"console", "yes"},
        {"legacy", ""},           {"access-log", ""},      {"access-log", "json:"},
        {"rate", "fast"},         {"sync", "maybe"},       {"memory", "lots"},
    };
    for (const auto& wrong : cases) {
        CAPTURE(wrong.first);
        CAPTURE(wrong.second);
        ServeOptions options;
        const Status applied = apply_serve_option(options, wrong.first, wrong.second);
        REQUIRE_FALSE(applied.has_value());
        CHECK(applied.error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("the store") {
    ServeOptions options;
    CHECK_FALSE(apply_serve_words(options, {}, "").has_value());
    CHECK_FALSE(apply_serve_words(options, {"a", "b"}, "").has_value());
    CHECK(apply_serve_words(options, {}, "from-environment").has_value());
    CHECK(options.store == "from-environment");
    options.help = true;
    CHECK(apply_serve_words(options, {}, "").has_value());
}

}  // namespace
}  // namespace strata::tools
