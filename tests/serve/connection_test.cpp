// SPDX-License-Identifier: Apache-2.0
// Proves what a connection does, over real sockets and with routes made for it: order of answers,
// back-pressure both ways, bodies of every kind, half-closed and vanished clients, and the end.
#include "client.hpp"
#include "support/temp_dir.hpp"
#include "test_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

using namespace std::chrono_literals;

/// Until something that another thread does is done; the limit is for a server that hangs.
template <typename Done>
void wait_until(Done done) {
    for (int i = 0; i < 60'000 && !done(); ++i) {
        std::this_thread::sleep_for(1ms);
    }
    REQUIRE(done());
}

TEST_CASE("an answer is complete and described") {
    TestServer server;
    Client client{server.url()};
    client.send(request("GET /hello"));
    const std::string answer = client.answer();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    CHECK(field_of(answer, "Date").ends_with(" GMT"));
    CHECK(field_of(answer, "Date").size() == 29);
    CHECK(field_of(answer, "Content-Type") == "text/plain");
    CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
    CHECK(field_of(answer, "Content-Length") == "5");
    CHECK(field_of(answer, "Connection").empty());
    CHECK(body_of(answer) == "hello");
    client.send(request("HEAD /hello"));
    const std::string head = client.answer(true);
    CHECK(field_of(head, "Content-Length") == "5");
    CHECK(body_of(head).empty());
    client.send(request("GET /nowhere"));
    CHECK(status_of(client.answer()) == 404);
    client.send(request("OPTIONS *"));
    CHECK(status_of(client.answer()) == 204);
}

TEST_CASE("answers come in the order of the requests") {
    TestServer server;
    stage().open();
    Client client{server.url()};
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        const std::string number = std::to_string(i);
        requests += request("PUT /put/" + number, "value " + number);
        requests += request("GET /value/" + number);
        requests += request("POST /echo-worker", "worker " + number);
        requests += request("GET /size/" + number);
        requests += request("GET /stream/2");
        requests += request("POST /sink", "four");
    }
    client.send(requests);
    for (int i = 0; i < 100; ++i) {
        CAPTURE(i);
        const std::string number = std::to_string(i);
        CHECK(status_of(client.answer()) == 204);
        CHECK(body_of(client.answer()) == "value " + number);
        CHECK(body_of(client.answer()) == "worker " + number);
        CHECK(body_of(client.answer()).size() == static_cast<std::size_t>(i));
        CHECK(field_of(client.answer(), "Transfer-Encoding") == "chunked");
        CHECK(body_of(client.answer()) == "4");
    }
}

TEST_CASE("many clients at once") {
    TestServer server;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            Client client{server.url()};
            for (int i = 0; i < 200; ++i) {
                const std::string key = std::to_string(t) + "-" + std::to_string(i);
                client.send(request("PUT /put/" + key, key) + request("GET /value/" + key));
                CHECK(status_of(client.answer()) == 204);
                CHECK(body_of(client.answer()) == key);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(server.service->counters.connections_accepted.load() == 8);
    wait_until([&] { return server.service->counters.connections_open.load() == 0; });
}

TEST_CASE("pipelined answers do not wait for acknowledgements") {
    TestServer server;
    Client client{server.url()};
    const auto begin = std::chrono::steady_clock::now();
    constexpr int rounds = 200;
    for (int i = 0; i < rounds; ++i) {
        // Two writes of the client: without TCP_NODELAY on our side each answer could take 40 ms.
        client.send(request("GET /hello"));
        client.send(request("GET /hello"));
        CHECK(body_of(client.answer()) == "hello");
        CHECK(body_of(client.answer()) == "hello");
    }
    const auto passed = std::chrono::steady_clock::now() - begin;
    MESSAGE("two answers in ", std::chrono::duration<double, std::micro>(passed).count() / rounds,
            " us");
}

TEST_CASE("bodies of every size and form") {
    TestServer server;
    Client client{server.url()};
    for (const std::size_t size : {0UL, 1UL, 4000UL, 65'536UL, 65'537UL, 1'000'000UL}) {
        CAPTURE(size);
        const std::string body(size, 'b');
        client.send(request("POST /echo", body, "X-Echo: field\r\n"));
        CHECK(body_of(client.answer()) == body + " field /echo");
        client.send(request("POST /echo-worker", body, "X-Echo: field\r\n"));
        CHECK(body_of(client.answer()) == body + " field /echo-worker");
        client.send(request("POST /sink", body));
        CHECK(body_of(client.answer()) == std::to_string(size));
        client.send(request("POST /echo", "", "Transfer-Encoding: chunked\r\n"));
        std::string chunks;
        for (std::size_t left = size; left > 0; left -= std::min<std::size_t>(left, 999)) {
            const std::size_t part = std::min<std::size_t>(left, 999);
            char line[16];
            std::snprintf(line, sizeof line, "%zx\r\n", part);
            chunks += line + std::string(part, 'b') + "\r\n";
        }
        client.send(chunks + "0\r\n\r\n");
        CHECK(body_of(client.answer()) == body);
    }
}

TEST_CASE("large values are sent from where they are") {
    TestServer server;
    const std::string large(20'000'000, 'v');
    REQUIRE(server.store->put("large", large).has_value());
    Client client{server.url()};
    client.send(request("GET /value/large") + request("GET /hello") + request("GET /value/large") +
                request("GET /size/100000"));
    CHECK(body_of(client.answer()) == large);
    CHECK(body_of(client.answer()) == "hello");
    CHECK(body_of(client.answer()) == large);
    CHECK(body_of(client.answer()).size() == 100'000);
}

TEST_CASE("a client that does not read is not read from") {
    TestServer server;
    Client client{server.url(), 65'536};
    const std::string one =
        request("GET /size/100000", "", "X: " + std::string(8000, 'x') + "\r\n");
    std::size_t sent = 0;
    std::size_t stuck = 0;
    std::string unsent;
    // As long as the server takes requests, there is room for more of them.
    while (stuck < 300 && sent < 200'000'000) {
        if (unsent.empty()) {
            unsent = one;
        }
        const std::size_t size = client.send_some(unsent);
        unsent.erase(0, size);
        sent += size;
        stuck = size == 0 ? stuck + 1 : 0;
        if (size == 0) {
            std::this_thread::sleep_for(1ms);
        }
    }
    CHECK(sent < 200'000'000);
    const std::size_t requests = sent / one.size();
    CAPTURE(requests);
    for (std::size_t i = 0; i < requests; ++i) {
        CHECK(body_of(client.answer()).size() == 100'000);
    }
}

TEST_CASE("a stream is made as fast as it is read") {
    TestServer server;
    Client client{server.url(), 65'536};
    client.send(request("GET /stream/100000"));
    CHECK_FALSE(client.part(1).empty());
    std::size_t before = 0;
    // It stands still once all buffers between us are full.
    wait_until([&] {
        const std::size_t now = stage().pulled.load();
        const bool still = now == before && now > 0;
        before = now;
        std::this_thread::sleep_for(20ms);
        return still && stage().pulled.load() == now;
    });
    CHECK(before < 50'000);
    std::string end;
    while (!end.ends_with("\r\n0\r\n\r\n")) {
        const std::string part = client.part(65'536);
        REQUIRE_FALSE(part.empty());
        end = (end + part)
                  .substr(end.size() + part.size() -
                          std::min<std::size_t>(end.size() + part.size(), 16));
    }
    CHECK(stage().pulled.load() == 100'000);
}

TEST_CASE("an old client gets a stream up to the end of the connection") {
    TestServer server;
    Client client{server.url()};
    client.send("GET /stream/3 HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    const std::string answer = client.rest();
    CHECK(field_of(answer, "Transfer-Encoding").empty());
    CHECK(field_of(answer, "Connection") == "close");
    CHECK(body_of(answer).size() == 3000);
    Client other{server.url()};
    other.send("GET /hello HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    CHECK(field_of(other.answer(), "Connection") == "keep-alive");
    other.send("GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n");
    CHECK(body_of(other.answer()) == "hello");
    CHECK(other.ended());
}

TEST_CASE("a slow sink slows the client down") {
    TestServer server;
    Client client{server.url()};
    client.send("POST /sink-wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n");
    const std::string part(100'000, 'p');
    std::size_t sent = 0;
    std::size_t stuck = 0;
    while (stuck < 300 && sent < 50'000'000) {
        const std::size_t size =
            client.send_some(std::string_view{part}.substr(0, 50'000'000 - sent));
        sent += size;
        stuck = size == 0 ? stuck + 1 : 0;
        if (size == 0) {
            std::this_thread::sleep_for(1ms);
        }
    }
    CHECK(sent < 50'000'000);
    CHECK(stage().taken.load() == 0);
    stage().open();
    while (sent < 50'000'000) {
        const std::string_view left = std::string_view{part}.substr(0, 50'000'000 - sent);
        client.send(left);
        sent += left.size();
    }
    CHECK(body_of(client.answer()) == "50000000");
    CHECK(stage().finished.load() == 1);
    CHECK(stage().pieces.load() > 100);
}

TEST_CASE("a sink that has enough ends the request, one whose client leaves is told") {
    TestServer server;
    Client client{server.url()};
    client.send("POST /sink-enough HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc");
    const std::string answer = client.answer();
    CHECK(body_of(answer) == "3");
    CHECK(field_of(answer, "Connection") == "close");
    CHECK(client.ended());
    for (const bool reset : {false, true}) {
        Client leaving{server.url()};
        leaving.send("POST /sink HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc");
        const std::size_t expected_pieces = reset ? 3 : 2;
        wait_until([&] { return stage().pieces.load() == expected_pieces; });
        if (reset) {
            leaving.reset();
        } else {
            leaving.end();
        }
        const int expected = reset ? 2 : 1;
        wait_until([&] { return stage().abandoned.load() == expected; });
    }
    CHECK(stage().finished.load() == 1);
}

TEST_CASE("a client may say that it has asked everything") {
    TestServer server;
    Client client{server.url()};
    client.send(request("GET /wait") + request("GET /stream/2") + request("PUT /put/a", "b") +
                request("GET /value/a"));
    client.end();
    stage().wait_for_arrivals(1);
    stage().open();
    CHECK(body_of(client.answer()) == "waited for /wait");
    CHECK(status_of(client.answer()) == 200);
    CHECK(status_of(client.answer()) == 204);
    CHECK(body_of(client.answer()) == "b");
    CHECK(client.ended());
}

TEST_CASE("continue is said when the body is wanted") {
    TestServer server;
    Client client{server.url()};
    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 4\r\n\r\n");
    CHECK(client.answer() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    CHECK(body_of(client.answer()) == "body");
    client.send(
        "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 4\r\n\r\n");
    const std::string refused = client.answer();
    CHECK(status_of(refused) == 404);
    CHECK(field_of(refused, "Connection") == "close");
    CHECK(client.ended());
}

TEST_CASE("a refused request with a short body leaves the connection usable") {
    TestServer server;
    Client client{server.url()};
    client.send(request("POST /nowhere", "body") + request("GET /hello"));
    CHECK(status_of(client.answer()) == 404);
    CHECK(body_of(client.answer()) == "hello");
    client.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
    CHECK(field_of(client.answer(), "Connection") == "close");
    CHECK(client.ended());
}

TEST_CASE("nothing is read behind a request that cannot be understood") {
    TestServer server;
    Client client{server.url()};
    client.send(request("GET /hello") + "nonsense\r\n\r\n" + request("PUT /put/a", "b"));
    CHECK(body_of(client.answer()) == "hello");
    const std::string refused = client.answer();
    CHECK(status_of(refused) == 400);
    CHECK(field_of(refused, "Content-Type") == "application/problem+json");
    CHECK(field_of(refused, "Connection") == "close");
    CHECK(client.ended());
    CHECK_FALSE(server.store->get("a")->has_value());
    CHECK(server.service->counters.requests_malformed.load() == 1);
}

TEST_CASE("a client that asks to close is closed") {
    TestServer server;
    Client client{server.url()};
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" +
                request("GET /hello"));
    const std::string answer = client.rest();
    CHECK(body_of(answer) == "hello");
    CHECK(field_of(answer, "Connection") == "close");
}

TEST_CASE("clients that vanish leave nothing behind") {
    TestServer server;
    const std::string whole = request("PUT /put/key", std::string(300, 'v'));
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        Client client{server.url()};
        client.send(std::string_view{whole}.substr(0, cut));
        if (cut % 2 == 0) {
            client.reset();
        }
    }
    Client waiting{server.url()};
    waiting.send(request("GET /wait"));
    stage().wait_for_arrivals(1);
    waiting.reset();
    Client streaming{server.url(), 4096};
    streaming.send(request("GET /stream/100000"));
    CHECK_FALSE(streaming.part(1).empty());
    streaming.reset();
    stage().open();
    wait_until([&] { return server.service->counters.connections_open.load() == 0; });
    const auto value = server.store->get("key");
    REQUIRE(value->has_value());
    CHECK((*value)->bytes() == std::string(300, 'v'));
    CHECK(stage().pulled.load() < 100'000);
}

TEST_CASE("a Unix socket serves like any other") {
    const TempDir directory{"serve"};
    TestServer server{{.unix_paths = {directory.path("s")}}};
    Client client{server.url()};
    client.send(request("PUT /put/a", "b") + request("GET /value/a"));
    CHECK(status_of(client.answer()) == 204);
    CHECK(body_of(client.answer()) == "b");
}

TEST_CASE("draining ends idle connections, and others with their answer") {
    TestServer server;
    Client idle{server.url()};
    idle.send(request("GET /hello"));
    CHECK(status_of(idle.answer()) == 200);
    auto busy = std::make_unique<Client>(server.url());
    busy->send(request("GET /wait") + request("GET /hello"));
    stage().wait_for_arrivals(1);
    server.server->drain();
    CHECK(idle.ended());
    CHECK_FALSE(server.server->is_idle());
    stage().open();
    const std::string answer = busy->answer();
    CHECK(body_of(answer) == "waited for /wait");
    CHECK(field_of(answer, "Connection") == "close");
    CHECK(busy->ended());
    busy.reset();
    wait_until([&] { return server.server->is_idle(); });
}

TEST_CASE("stopping in the middle of everything") {
    for (int round = 0; round < 10; ++round) {
        TestServer server;
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 10; ++i) {
            clients.push_back(std::make_unique<Client>(server.url()));
            clients.back()->send(request("PUT /put/a", "b") + request("GET /stream/100000") +
                                 request("POST /sink-wait", "body"));
        }
        Client waiting{server.url()};
        waiting.send(request("GET /wait"));
        stage().wait_for_arrivals(1);
        stage().open();
    }
}

}  // namespace
}  // namespace strata::test
