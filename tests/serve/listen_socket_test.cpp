// SPDX-License-Identifier: Apache-2.0
// Proves which addresses can be listened at, that a port and a socket file in use are refused, and
// that what a killed server left behind is not in the way.
#include "serve/listen_socket.hpp"

#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <fstream>
#include <string>

namespace strata::tools {
namespace {

TEST_CASE("addresses") {
    auto sockets = listen_tcp("127.0.0.1:0");
    REQUIRE(sockets.has_value());
    REQUIRE(sockets->size() == 1);
    const ListenSocket& socket = sockets->front();
    CHECK(socket.url().starts_with("http://127.0.0.1:"));
    CHECK_FALSE(socket.url().ends_with(":0"));
    CHECK(socket.is_local());
    CHECK_FALSE(socket.is_unix());
    const std::string address = socket.url().substr(std::string{"http://"}.size());
    const auto second = listen_tcp(address);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().message.find(address) != std::string::npos);
    CHECK(second.error().message.find("another program") != std::string::npos);
    const auto everywhere = listen_tcp("0.0.0.0:0");
    REQUIRE(everywhere.has_value());
    CHECK_FALSE(everywhere->front().is_local());
    for (const char* wrong :
         {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:80",
          "127.0.0.1:80:80", "[::1]", "127.0.0.1:-1"}) {
        CAPTURE(wrong);
        const auto refused = listen_tcp(wrong);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("socket files") {
    const test::TempDir directory{"socket"};
    const std::string path = directory.path("s");
    {
        auto socket = listen_unix(path);
        REQUIRE(socket.has_value());
        CHECK(socket->url() == "unix:" + path);
        CHECK(socket->is_unix());
        CHECK(socket->is_local());
        struct stat facts {};
        REQUIRE(::stat(path.c_str(), &facts) == 0);
        CHECK((facts.st_mode & 0777U) == 0600);
        const auto second = listen_unix(path);
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().code == ErrorCode::busy);
    }
    struct stat facts {};
    CHECK(::stat(path.c_str(), &facts) != 0);
    {
        // Left behind: the file of a socket that nobody has open.
        auto socket = listen_unix(path);
        REQUIRE(socket.has_value());
        REQUIRE(::rename(path.c_str(), directory.path("stale").c_str()) == 0);
    }
    CHECK(listen_unix(directory.path("stale")).has_value());
    std::ofstream{directory.path("file")} << "precious";
    CHECK_FALSE(listen_unix(directory.path("file")).has_value());
    CHECK_FALSE(listen_unix(std::string(200, 'a')).has_value());
    CHECK_FALSE(listen_unix("").has_value());
}

}  // namespace
}  // namespace strata::tools
