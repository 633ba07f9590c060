// SPDX-License-Identifier: Apache-2.0
// Proves that every limit is kept over real sockets, with short ones set, and that good clients are
// served meanwhile.
#include "client.hpp"
#include "support/temp_dir.hpp"
#include "test_server.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

using namespace std::chrono_literals;
using tools::ServerOptions;

void expect_service(TestServer& server) {
    Client client{server.url()};
    client.send(request("GET /hello"));
    CHECK(body_of(client.answer()) == "hello");
}

ServerOptions impatient() {
    ServerOptions options;
    options.limits.header_timeout = 200ms;
    options.limits.body_grace = 200ms;
    options.limits.idle_timeout = 200ms;
    options.limits.write_timeout = 200ms;
    return options;
}

TEST_CASE("slow headers") {
    TestServer server{impatient()};
    Client silent{server.url()};
    Client slow{server.url()};
    slow.send("GET /hello HTTP/1.1\r\nHo");
    CHECK(silent.ended());
    const std::string answer = slow.answer();
    CHECK(status_of(answer) == 408);
    CHECK(field_of(answer, "Connection") == "close");
    CHECK(slow.ended());
    Client second{server.url()};
    second.send(request("GET /hello") + "GET /he");
    CHECK(body_of(second.answer()) == "hello");
    CHECK(status_of(second.answer()) == 408);
    CHECK(server.service->counters.connections_timed_out.load() == 3);
    expect_service(server);
}

TEST_CASE("idle connections") {
    TestServer server{impatient()};
    Client client{server.url()};
    client.send(request("GET /hello"));
    CHECK(body_of(client.answer()) == "hello");
    CHECK(client.ended());
    expect_service(server);
}

TEST_CASE("slow bodies") {
    for (const char* path : {"/echo", "/sink"}) {
        CAPTURE(path);
        ServerOptions options = impatient();
        options.limits.body_rate = 1'000'000;
        TestServer server{std::move(options)};
        Client client{server.url()};
        client.send("POST " + std::string{path} +
                    " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nab");
        CHECK(status_of(client.answer()) == 408);
        CHECK(client.ended());
        expect_service(server);
    }
}

TEST_CASE("a body at its rate may take longer than the grace") {
    ServerOptions options = impatient();
    options.limits.body_grace = 50ms;
    options.limits.body_rate = 10;
    TestServer server{std::move(options)};
    Client client{server.url()};
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
        client.send(std::string(100, 'x'));
        std::this_thread::sleep_for(20ms);
    }
    CHECK(status_of(client.answer()) == 200);
}

TEST_CASE("clients that never read") {
    TestServer server{impatient()};
    Client client{server.url(), 4096};
    client.send(request("GET /size/50000000"));
    Client streaming{server.url(), 4096};
    streaming.send(request("GET /stream/100000"));
    for (int i = 0; i < 60'000 && server.service->counters.connections_timed_out.load() < 2; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(server.service->counters.connections_timed_out.load() == 2);
    expect_service(server);
}

TEST_CASE("answers that take too long") {
    ServerOptions options;
    options.limits.request_timeout = 200ms;
    TestServer server{std::move(options)};
    Client client{server.url()};
    client.send(request("GET /wait"));
    const std::string answer = client.answer();
    CHECK(status_of(answer) == 503);
    CHECK(answer.find("\"timeout\"") != std::string::npos);
    CHECK(client.ended());
    stage().open();
    expect_service(server);
}

TEST_CASE("too many connections") {
    ServerOptions options;
    options.limits.connections_max = 2;
    TestServer server{std::move(options)};
    auto first = std::make_unique<Client>(server.url());
    Client second{server.url()};
    for (Client* client : {first.get(), &second}) {
        client->send(request("GET /hello"));
        CHECK(status_of(client->answer()) == 200);
    }
    Client third{server.url()};
    third.send(request("GET /hello"));
    const std::string answer = third.answer();
    CHECK(status_of(answer) == 503);
    CHECK(field_of(answer, "Retry-After") == "1");
    CHECK(third.ended());
    CHECK(server.service->counters.connections_refused.load() == 1);
    std::vector<std::unique_ptr<Client>> crowd;
    for (int i = 0; i < 200; ++i) {
        crowd.push_back(std::make_unique<Client>(server.url()));
    }
    crowd.clear();
    first.reset();
    second.send(request("GET /hello"));
    CHECK(status_of(second.answer()) == 200);
    for (int i = 0; i < 60'000; ++i) {
        Client again{server.url()};
        again.send(request("GET /hello"));
        if (status_of(again.answer()) == 200) {
            return;
        }
        std::this_thread::sleep_for(1ms);
    }
    FAIL("nobody was let in again");
}

TEST_CASE("all bodies together") {
    ServerOptions options;
    options.limits.body_max = 1'000'000;
    options.limits.bodies_max = 1'500'000;
    TestServer server{std::move(options)};
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
    // One of the two is cut off, whichever asks for too much first.
    const auto first = std::make_unique<Client>(server.url());
    const auto second = std::make_unique<Client>(server.url());
    first->send(head + std::string(999'999, 'a'));
    second->send(head + std::string(999'999, 'b'));
    first->send("a");
    second->send("b");
    const int one = status_of(first->answer());
    const int other = status_of(second->answer());
    CHECK((one == 503 || other == 503 || (one == 200 && other == 200)));
    Client third{server.url()};
    third.send(head + std::string(1'000'000, 'c'));
    CHECK(status_of(third.answer()) == 200);
}

TEST_CASE("bodies that never end hold no more than they may") {
    ServerOptions options;
    options.limits.body_max = 1'000'000;
    options.limits.bodies_max = 1'500'000;
    TestServer server{std::move(options)};
    const std::string part =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" +
        std::string(500'000, 'a');
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<Client>(server.url()));
        clients.back()->send(part);
    }
    // Eight halves do not fit, so some are refused; those that stay can be completed.
    const auto refused = [&server] { return server.service->counters.routes().back().by_class[4]; };
    for (int i = 0; i < 60'000 && refused() < 5; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(refused() >= 5);
    CHECK(refused() < 8);
    expect_service(server);
}

TEST_CASE("bodies above the limit") {
    ServerOptions options;
    options.limits.body_max = 100'000;
    TestServer server{std::move(options)};
    Client declared{server.url()};
    declared.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\n\r\nabc");
    CHECK(status_of(declared.answer()) == 413);
    CHECK(declared.ended());
    Client chunked{server.url()};
    chunked.send("POST /sink HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 50; ++i) {
        chunked.send("1000\r\n" + std::string(4096, 'c') + "\r\n");
    }
    CHECK(status_of(chunked.answer()) == 413);
    CHECK(chunked.ended());
    expect_service(server);
}

TEST_CASE("tokens are asked for, and read again") {
    const TempDir directory{"tokens"};
    const std::string path = directory.path("tokens");
    const auto write = [&path](const std::string& text) {
        std::ofstream{path, std::ios::trunc} << text;
        REQUIRE(::chmod(path.c_str(), 0600) == 0);
    };
    write("first-token read\n");
    TestServer server{{.token_file = path}};
    const auto ask = [&server](const std::string& token) {
        Client client{server.url()};
        client.send(request("GET /hello", "", "Authorization: Bearer " + token + "\r\n"));
        return status_of(client.answer());
    };
    CHECK(ask("first-token") == 200);
    CHECK(ask("other-token") == 401);
    write("other-token read\n");
    CHECK(server.server->reload().has_value());
    CHECK(ask("first-token") == 401);
    CHECK(ask("other-token") == 200);
    write("broken\n");
    const Status failed = server.server->reload();
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message.starts_with(path + ":1: "));
    CHECK(ask("other-token") == 200);
}

TEST_CASE("other machines need tokens") {
    auto store = strata::open("memory:");
    tools::Service service{**store, "memory:", {}};
    const auto warn = [](const std::string&) {};
    const auto refused = tools::Server::start(service, {.listen = {"0.0.0.0:0"}}, warn);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("--token-file") != std::string::npos);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(tools::Server::start(service, {.listen = {"0.0.0.0:0"}, .insecure = true}, warn)
              .has_value());
}

TEST_CASE("without descriptors the server waits for some") {
    TestServer server;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(server.url()));
    }
    expect_service(server);
    Client waiting{server.url()};
    waiting.send(request("GET /hello"));
    CHECK(status_of(waiting.answer()) == 200);
    // From here on no descriptor is free for the server, and the next client waits.
    const int probe = ::dup(0);
    REQUIRE(probe >= 0);
    ::close(probe);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(probe) + 1;
    Client late{server.url()};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
    waiting.send(request("GET /hello"));
    CHECK(status_of(waiting.answer()) == 200);
    late.send(request("GET /hello"));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(status_of(late.answer()) == 200);
}

}  // namespace
}  // namespace strata::test
