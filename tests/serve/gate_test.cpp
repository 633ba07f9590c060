// SPDX-License-Identifier: Apache-2.0
// Proves who passes before a route is asked: by Host and Origin where no token is asked for, by
// token, and by rate, as a table of requests.
#include "serve/gate.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata::tools {
namespace {

using namespace std::chrono_literals;

const RateLimiter::Clock::time_point start{1000s};

RequestHead head_of(Method method, std::string_view host, std::string_view origin = {}) {
    RequestHead head;
    head.verb = method;
    head.host = host;
    head.origin = origin;
    return head;
}

/// The status of the refusal, or 0.
int admit(Gate& gate, const RequestHead& head, bool check_host, const Tokens* tokens = nullptr) {
    Request request;
    Visitor visitor{.client = "127.0.0.1", .check_host = check_host};
    const auto refused = gate.admit(head, request, visitor, tokens, start);
    CHECK(request.identity != nullptr);
    return refused ? refused->status : 0;
}

TEST_CASE("names under which a server on loopback is reached") {
    Gate gate{{.hosts = {"strata.internal"}}};
    for (const char* host :
         {"localhost", "localhost:8080", "LocalHost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]",
          "[::1]:8080", "strata.internal", "STRATA.internal:80"}) {
        CAPTURE(host);
        CHECK(admit(gate, head_of(Method::get, host), true) == 0);
    }
    for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                             "localhost.", "::1", "127.0.0.2", "localhost@evil"}) {
        CAPTURE(host);
        CHECK(admit(gate, head_of(Method::get, host), true) == 421);
        CHECK(admit(gate, head_of(Method::get, host), false) == 0);
    }
    Gate open{{.hosts = {"*"}}};
    CHECK(admit(open, head_of(Method::get, "evil.example"), true) == 0);
}

TEST_CASE("pages from elsewhere may not write") {
    Gate gate{{}};
    CHECK(admit(gate, head_of(Method::put, "localhost:1", "http://localhost:1"), true) == 0);
    CHECK(admit(gate, head_of(Method::put, "localhost:1", "http://localhost:2"), true) == 403);
    CHECK(admit(gate, head_of(Method::post, "localhost:1", "http://evil"), false) == 403);
    CHECK(admit(gate, head_of(Method::post, "localhost:1", "null"), true) == 403);
    CHECK(admit(gate, head_of(Method::other, "localhost:1", "http://evil"), true) == 403);
    CHECK(admit(gate, head_of(Method::get, "localhost:1", "http://evil"), true) == 0);
    CHECK(gate.allowed_origin("http://evil").empty());
    Gate cors{{.cors_origin = "http://app"}};
    CHECK(admit(cors, head_of(Method::put, "localhost:1", "http://app"), true) == 0);
    CHECK(admit(cors, head_of(Method::put, "localhost:1", "http://evil"), true) == 403);
    CHECK(cors.allowed_origin("http://app") == "http://app");
    CHECK(cors.allowed_origin("http://evil").empty());
    CHECK(cors.allowed_origin("").empty());
    Gate any{{.cors_origin = "*"}};
    CHECK(any.allowed_origin("http://evil") == "*");
    CHECK(admit(any, head_of(Method::put, "localhost:1", "http://evil"), true) == 0);
}

TEST_CASE("a token says who asks") {
    const auto tokens = Tokens::parse("reader-token read:app/\n", "tokens");
    REQUIRE(tokens.has_value());
    Gate gate{{}};
    Request request;
    Visitor visitor{.client = "10.0.0.1"};
    RequestHead head = head_of(Method::put, "any.name", "http://any.page");
    CHECK_FALSE(gate.admit(head, request, visitor, &*tokens, start).has_value());
    CHECK(request.identity->scope == Scope::none);
    head.authorization = "Bearer reader-token";
    CHECK_FALSE(gate.admit(head, request, visitor, &*tokens, start).has_value());
    CHECK(request.identity->scope == Scope::read);
    CHECK(request.identity->prefix == "app/");
    CHECK(request.client == "10.0.0.1");
    CHECK_FALSE(gate.admit(head_of(Method::get, "x"), request, visitor, nullptr, start));
    CHECK(request.identity->scope == Scope::admin);
}

TEST_CASE("who asks too often is told when to come again") {
    Gate gate{{.rate = Rate{.per_second = 2, .each_client = true}}};
    Request request;
    Visitor visitor{.client = "10.0.0.1"};
    const RequestHead head = head_of(Method::get, "x");
    CHECK_FALSE(gate.admit(head, request, visitor, nullptr, start).has_value());
    CHECK_FALSE(gate.admit(head, request, visitor, nullptr, start).has_value());
    const auto refused = gate.admit(head, request, visitor, nullptr, start);
    REQUIRE(refused.has_value());
    CHECK(refused->status == 429);
    const std::vector<std::pair<std::string_view, std::string>> expected = {{"Retry-After", "1"}};
    CHECK(refused->headers == expected);
    CHECK_FALSE(gate.admit(head, request, visitor, nullptr, start + 1s).has_value());
}

}  // namespace
}  // namespace strata::tools
