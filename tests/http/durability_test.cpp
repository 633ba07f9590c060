// SPDX-License-Identifier: Apache-2.0
// A write over HTTP is wholly in or wholly out: a client that goes away at any byte of its request
// leaves nothing or all of it, and what was acknowledged is there after the server was killed.
#include "http/server_process.hpp"
#include "http/wire.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

/// How a client goes away.
enum class Leaving : std::uint8_t { ends, closes, resets };

void send_part(std::uint16_t port, std::string_view part, Leaving leaving) {
    Wire wire{port};
    wire.send(part);
    if (leaving == Leaving::resets) {
        wire.reset();
    } else if (leaving == Leaving::ends) {
        wire.end();
        CHECK(wire.await_end());
    }
}

/// Every prefix of a request; `expect` gets the key and whether it was sent in full.
template <typename Request, typename Expect>
void cut_everywhere(std::uint16_t port, Request request, Expect expect) {
    static constexpr Leaving ways[] = {Leaving::ends, Leaving::closes, Leaving::resets};
    const std::size_t size = std::string{request("k1000")}.size();
    for (std::size_t sent = 0; sent <= size; ++sent) {
        for (const Leaving leaving : ways) {
            const std::string key = fmt::format("k{}", 1000 + sent);
            CAPTURE(sent);
            CAPTURE(static_cast<int>(leaving));
            send_part(port, std::string{request(key)}.substr(0, sent), leaving);
            expect(key, sent == size, leaving);
            if (sent == size) {
                // The next way begins without it.
                const Answer gone = ask(port, fmt::format("DELETE /v1/kv/{} HTTP/1.1\r\n"
                                                          "Host: localhost\r\n\r\n",
                                                          key));
                REQUIRE(gone.status == 204);
            }
        }
    }
}

/// Once a request was sent in full it may be carried out although nobody waits for the answer;
/// when it was, then wholly. Before, it is never carried out.
void expect_value(std::uint16_t port, const std::string& key, const std::string& value, bool full,
                  Leaving leaving) {
    const Answer answer = get(port, key);
    if (full && leaving == Leaving::ends) {
        CHECK(answer.status == 200);
    }
    if (!full) {
        CHECK(answer.status == 404);
    }
    if (answer.status == 200) {
        CHECK(answer.body == value);
    } else {
        CHECK(answer.status == 404);
    }
}

}  // namespace

TEST_CASE("a PUT that is cut off at any byte") {
    const ServerProcess server{{}};
    const std::string value = "a value of some length";
    cut_everywhere(
        server.port(),
        [&](const std::string& key) {
            return fmt::format(
                "PUT /v1/kv/{} HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Length: {}\r\n\r\n{}",
                key, value.size(), value);
        },
        [&](const std::string& key, bool full, Leaving leaving) {
            expect_value(server.port(), key, value, full, leaving);
        });
}

TEST_CASE("a PUT in chunks that is cut off at any byte") {
    const ServerProcess server{{}};
    cut_everywhere(
        server.port(),
        [&](const std::string& key) {
            return fmt::format(
                "PUT /v1/kv/{} HTTP/1.1\r\nHost: localhost\r\n"
                "Transfer-Encoding: chunked\r\n\r\n"
                "6\r\na valu\r\n3\r\ne o\r\n0\r\nX: y\r\n\r\n",
                key);
        },
        [&](const std::string& key, bool full, Leaving leaving) {
            expect_value(server.port(), key, "a value o", full, leaving);
        });
}

TEST_CASE("a batch that is cut off at any byte") {
    const ServerProcess server{{}};
    cut_everywhere(
        server.port(),
        [&](const std::string& key) {
            const std::string body = fmt::format(
                R"({{"ops":[{{"key":"{}","value":"1"}},{{"key":"{}:b","value":"2"}}]}})", key, key);
            return fmt::format(
                "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                body.size(), body);
        },
        [&](const std::string& key, bool full, Leaving leaving) {
            expect_value(server.port(), key, "1", full, leaving);
            // In one view, since the batch of a client that has left may be carried out just now.
            const std::string keys = fmt::format(R"({{"keys":["{}","{}:b"]}})", key, key);
            const Answer both =
                ask(server.port(), fmt::format("POST /v1/get HTTP/1.1\r\nHost: localhost\r\n"
                                               "Content-Type: application/json\r\n"
                                               "Content-Length: {}\r\n\r\n{}",
                                               keys.size(), keys));
            CHECK(both.status == 200);
            CHECK((both.body.find(R"("1")") == std::string::npos) ==
                  (both.body.find(R"("2")") == std::string::npos));
            if (full) {
                ask(server.port(), fmt::format("DELETE /v1/kv/{}:b HTTP/1.1\r\n"
                                               "Host: localhost\r\n\r\n",
                                               key));
            }
        });
}

TEST_CASE("what was acknowledged survives a killed server") {
    const TempDir directory;
    const std::string store = directory.path("store");
    static constexpr int clients = 8;
    std::vector<int> acknowledged(clients, 0);
    std::atomic<int> total{0};
    {
        ServerProcess server{{}, store};
        std::vector<std::thread> threads;
        for (int client = 0; client < clients; ++client) {
            threads.emplace_back([&, client] {
                Wire wire{server.port()};
                for (int i = 0;; ++i) {
                    const std::string value = fmt::format("value {} of {}", i, client);
                    wire.send(
                        fmt::format("PUT /v1/kv/{}:{} HTTP/1.1\r\nHost: localhost\r\n"
                                    "Content-Length: {}\r\n\r\n{}",
                                    client, i, value.size(), value));
                    Answer answer;
                    if (wire.receive(answer) != Wire::Got::answer || answer.status != 201) {
                        return;
                    }
                    acknowledged[static_cast<std::size_t>(client)] = i + 1;
                    ++total;
                }
            });
        }
        while (total < 2000 && server.runs()) {
            std::this_thread::yield();
        }
        CHECK(server.stop(SIGKILL) == -SIGKILL);
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    REQUIRE(total >= 2000);
    const ServerProcess server{{}, store};
    for (int client = 0; client < clients; ++client) {
        // One more may be there: written, but its answer was lost.
        const int count = acknowledged[static_cast<std::size_t>(client)];
        for (int i = 0; i <= count; ++i) {
            const Answer answer = get(server.port(), fmt::format("{}:{}", client, i));
            CAPTURE(client);
            CAPTURE(i);
            if (i < count || answer.status != 404) {
                CHECK(answer.status == 200);
                CHECK(answer.body == fmt::format("value {} of {}", i, client));
            }
        }
    }
}

}  // namespace strata::test
