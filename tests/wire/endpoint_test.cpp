// SPDX-License-Identifier: Apache-2.0
// Names of servers: what is one, what is wrong with one, how bytes stand in an address.
#include "http/endpoint.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace strata::tools;

namespace {

TEST_CASE("which names are servers") {
    for (const char* name : {"http://a:1", "https://a", "unix:/run/s", "unix:s"}) {
        CAPTURE(name);
        CHECK(is_remote(name));
        CHECK(parse_endpoint(name));
    }
    for (const char* name : {"a", "/http://", "lsm:unix:", "memory:", "HTTP://a", "http:", ""}) {
        CAPTURE(name);
        CHECK_FALSE(is_remote(name));
    }
}

TEST_CASE("parts of a name") {
    const auto plain = parse_endpoint("http://host:8080//");
    REQUIRE(plain);
    CHECK(plain->base == "http://host:8080");
    CHECK(plain->name == "http://host:8080");
    CHECK(plain->socket.empty());
    const auto below = parse_endpoint("https://host/store/");
    REQUIRE(below);
    CHECK(below->base == "https://host/store");
    const auto socket = parse_endpoint("unix:/run/strata.sock");
    REQUIRE(socket);
    CHECK(socket->base == "http://localhost");
    CHECK(socket->socket == "/run/strata.sock");
    CHECK(socket->name == "unix:/run/strata.sock");
}

TEST_CASE("what is no address is refused") {
    for (const std::string& name :
         {std::string{"http://"}, std::string{"http:///"}, std::string{"http://a b"},
          std::string{"http://a?x=1"}, std::string{"http://a#x"}, std::string{"http://u:p@a"},
          std::string{"http://a\n"}, std::string{"unix:"}, "unix:/" + std::string(200, 'x'),
          std::string{"/dir"}}) {
        CAPTURE(name);
        const auto endpoint = parse_endpoint(name);
        REQUIRE_FALSE(endpoint);
        CHECK(endpoint.error().code == strata::ErrorCode::invalid_argument);
    }
    // A password is not repeated.
    CHECK(parse_endpoint("http://u:secret@a").error().message.find("secret") == std::string::npos);
}

TEST_CASE("bytes in a target") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    std::string encoded;
    append_percent_encoded(encoded, all);
    constexpr std::size_t unreserved = 66;
    CHECK(encoded.size() == unreserved + 3 * (all.size() - unreserved));
    CHECK(encoded.starts_with("%00%01"));
    CHECK(encoded.ends_with("%FE%FF"));
    CHECK(TargetBuilder{"/p"}.take() == "/p");
    CHECK(TargetBuilder{"/p"}.bytes("a", "&=+ ").number("b", 7).flag("c").take() ==
          "/p?a=%26%3D%2B%20&b=7&c=1");
}

}  // namespace
