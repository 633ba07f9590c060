// SPDX-License-Identifier: Apache-2.0
// Proves the two forms of a line, that nothing a client sends can break out of its line, and that a
// renamed file is left for a new one.
#include "serve/access_log.hpp"

#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

std::string contents(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("forms of a line") {
    const std::vector<Header> headers = {{"User-Agent", "a \"b\"\n\x01"}, {"Referer", "http://x/"}};
    const Request request{.headers = headers};
    LogEntry entry{.client = "127.0.0.1",
                   .method = "GET",
                   .target = "/v1/kv/a\"\n",
                   .request = &request,
                   .status = 200,
                   .bytes_out = 5,
                   .nanoseconds = 42'000,
                   .seconds = 1'795'203'520};
    std::string line;
    append_log_line(line, entry, AccessLog::Form::combined);
    CHECK(line ==
          "127.0.0.1 - - [20/Nov/2026:19:38:40 +0000] \"GET /v1/kv/a\\\"\\n HTTP/1.1\" 200 5 "
          "\"http://x/\" \"a \\\"b\\\"\\n\\x01\" 0.000042\n");
    line.clear();
    append_log_line(line, entry, AccessLog::Form::json);
    CHECK(line ==
          "{\"time\":\"2026-11-20T19:38:40Z\",\"client\":\"127.0.0.1\",\"method\":\"GET\","
          "\"target\":\"/v1/kv/a\\\"\\n\",\"status\":200,\"bytes\":5,\"seconds\":0.000042,"
          "\"referer\":\"http://x/\",\"agent\":\"a \\\"b\\\"\\n\\u0001\"}\n");
    line.clear();
    entry = {.client = "unix", .status = 400};
    append_log_line(line, entry, AccessLog::Form::combined);
    CHECK(line == "unix - - [01/Jan/1970:00:00:00 +0000] \"-\" 400 0 \"-\" \"-\" 0.000000\n");
}

TEST_CASE("a long target is cut") {
    const std::string target(100'000, 'a');
    std::string line;
    append_log_line(line, {.client = "unix", .method = "GET", .target = target, .status = 200},
                    AccessLog::Form::combined);
    CHECK(line.size() < 4096);
}

TEST_CASE("lines reach the file, and after a rename the new one") {
    const test::TempDir directory{"log"};
    const std::string path = directory.path("access.log");
    const LogEntry entry{.client = "unix", .method = "GET", .target = "/", .status = 200};
    {
        auto log = AccessLog::open(path, AccessLog::Form::combined);
        REQUIRE(log.has_value());
        for (int i = 0; i < 1000; ++i) {
            (*log)->add(entry);
        }
    }
    const std::string text = contents(path);
    CHECK(std::ranges::count(text, '\n') == 1000);
    {
        auto log = AccessLog::open(path, AccessLog::Form::json);
        REQUIRE(log.has_value());
        REQUIRE(std::rename(path.c_str(), directory.path("old.log").c_str()) == 0);
        (*log)->reopen();
        (*log)->add(entry);
    }
    CHECK(contents(path).starts_with("{\"time\""));
    CHECK(contents(directory.path("old.log")) == text);
    CHECK_FALSE(AccessLog::open(directory.path("no/such"), AccessLog::Form::json).has_value());
}

}  // namespace
}  // namespace strata::tools
