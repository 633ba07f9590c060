// SPDX-License-Identifier: Apache-2.0
// Clients that are slow, do not read, or are many cost the server bounded memory and descriptors,
// are cut off in the end, and keep nobody else from being served. Each test starts a server with
// short limits, behaves badly, and looks at the process from outside.
#include "http/good_client.hpp"
#include "http/server_process.hpp"
#include "http/wire.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/resource.h>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::size_t growth_max = 64 * mib;

/// Until a condition holds; false when it does not for minutes.
bool await(const std::function<bool()>& condition) {
    for (int i = 0; i < 150'000; ++i) {
        if (condition()) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return false;
}

// A sanitizer keeps freed memory on purpose.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// A server with a good client, and what it had when only that was there.
class Scene {
  public:
    explicit Scene(std::vector<std::string> options) : server{options}, good_{server.port()} {
        REQUIRE(await([this] { return good_.served() > 0; }));
        descriptors = server.descriptors();
        memory = server.memory();
    }

    /// The bad clients are gone; nothing of them is left.
    void finish(std::size_t growth = growth_max) {
        CHECK(await([this] { return server.descriptors() <= descriptors; }));
        good_.stop_and_check();
        REQUIRE_MESSAGE(server.runs(), server.said());
        const std::size_t most = server.memory_most();
        MESSAGE(fmt::format("memory: {:.1f} MiB before, {:.1f} MiB at most, {:.1f} MiB after",
                            static_cast<double>(memory) / mib, static_cast<double>(most) / mib,
                            static_cast<double>(server.memory()) / mib));
        CHECK((sanitized || most - memory <= growth));
        CHECK(server.stop(SIGTERM) == 0);
    }

    ServerProcess server;
    std::size_t descriptors = 0;
    std::size_t memory = 0;

  private:
    GoodClient good_;
};

/// Answered with `status`, or with nothing, and then closed.
void expect_end(Wire& wire, int status) {
    Answer answer;
    const Wire::Got got = wire.receive(answer);
    if (got == Wire::Got::answer) {
        CHECK(answer.status == status);
        CHECK(wire.await_end());
    } else {
        CHECK(got == Wire::Got::closed);
    }
}

/// Sends bytes one at a time, each long before the server gives up on the last one, for ever.
void drip(Wire& wire, char byte) {
    while (!wire.ended() && wire.send(std::string_view{&byte, 1})) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

}  // namespace

TEST_CASE("a header that never ends") {
    Scene scene{{"--header-timeout", "300ms"}};
    for (const std::string_view begin :
         {"G", "GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n",
          "GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1"}) {
        CAPTURE(begin);
        Wire wire{scene.server.port()};
        wire.send(begin);
        if (begin.ends_with("/v1")) {
            Answer first;
            REQUIRE(wire.receive(first) == Wire::Got::answer);
            CHECK(first.status == 200);
        }
        expect_end(wire, 408);
    }
    Wire slow{scene.server.port()};
    slow.send("GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\nX: ");
    drip(slow, 'x');
    expect_end(slow, 408);
    scene.finish();
}

TEST_CASE("a body that never ends") {
    Scene scene{{"--body-timeout", "300ms"}};
    for (const std::string_view fields :
         {"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffff\r\n"}) {
        CAPTURE(fields);
        const std::string head =
            fmt::format("PUT /v1/kv/slow HTTP/1.1\r\nHost: localhost\r\n{}", fields);
        Wire silent{scene.server.port()};
        silent.send(head);
        expect_end(silent, 408);
        Wire slow{scene.server.port()};
        slow.send(head);
        drip(slow, 'x');
        expect_end(slow, 408);
    }
    CHECK(get(scene.server.port(), "slow").status == 404);
    scene.finish();
}

TEST_CASE("connections on which nothing happens") {
    // A connection that was never used counts as one whose header does not come.
    Scene scene{{"--idle-timeout", "300ms", "--header-timeout", "300ms"}};
    Wire untouched{scene.server.port()};
    Wire used{scene.server.port()};
    used.send("GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n\r\n");
    Answer answer;
    REQUIRE(used.receive(answer) == Wire::Got::answer);
    CHECK(answer.status == 200);
    expect_end(untouched, 408);
    expect_end(used, 408);
    scene.finish();
}

TEST_CASE("clients that ask and do not read") {
    Scene scene{{"--write-timeout", "500ms"}};
    const std::uint16_t port = scene.server.port();
    REQUIRE(put(port, "large", std::string(mib, 'x')).status == 201);
    for (int i = 0; i < 64; ++i) {
        REQUIRE(put(port, fmt::format("row{}", i), std::string(64 << 10, 'x')).status == 201);
    }
    const std::string value = "GET /v1/kv/large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string rows =
        "GET /v1/kv?prefix=row HTTP/1.1\r\nHost: localhost\r\n"
        "Accept: application/x-ndjson\r\n\r\n";
    const std::string exported = "GET /v1/export HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::vector<std::unique_ptr<Wire>> wires;
    for (int i = 0; i < 30; ++i) {
        const std::string& request = i % 3 == 0 ? value : i % 3 == 1 ? rows : exported;
        wires.push_back(std::make_unique<Wire>(port, 4096));
        std::string many;
        for (int j = 0; j < 20; ++j) {
            many += request;
        }
        // Few enough to fit into the buffers of the kernel, so that nothing waits for us to read.
        wires.back()->send(many);
    }
    // They are all cut off, though none of them has ended its side.
    CHECK(await([&] { return scene.server.descriptors() >= scene.descriptors + 20; }));
    CHECK(await([&] { return scene.server.descriptors() <= scene.descriptors; }));
    wires.clear();
    scene.finish();
}

TEST_CASE("ten thousand connects") {
    Scene scene{{}};
    const std::uint16_t port = scene.server.port();
    static const std::string texts[] = {
        "", "G", "GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PUT /v1/kv/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
        "\x16\x03\x01"};
    for (int flight = 0; flight < 50; ++flight) {
        std::vector<std::unique_ptr<Wire>> wires;
        for (int i = 0; i < 200; ++i) {
            wires.push_back(std::make_unique<Wire>(port));
            wires.back()->send(texts[static_cast<std::size_t>(i) % std::size(texts)]);
            if (i % 7 == 0) {
                wires.back()->reset();
            } else if (i % 3 == 0) {
                wires.back()->end();
            }
        }
    }
    // The last ones may still count among those that are open.
    CHECK(await([port] { return get(port, "x").status == 404; }));
    scene.finish();
}

TEST_CASE("more connections than are allowed") {
    Scene scene{{"--max-connections", "40"}};
    std::vector<std::unique_ptr<Wire>> wires;
    std::size_t served = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 100; ++i) {
        wires.push_back(std::make_unique<Wire>(scene.server.port()));
        Wire& wire = *wires.back();
        wire.send("GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Answer answer;
        const Wire::Got got = wire.receive(answer);
        if (got == Wire::Got::answer && answer.status == 200) {
            ++served;
        } else {
            CHECK((got == Wire::Got::closed || got == Wire::Got::cut || answer.status == 503));
            CHECK(wire.await_end());
            ++refused;
        }
    }
    // One of the forty is the good client.
    CHECK(served == 39);
    CHECK(refused == 61);
    // Who is in stays in; who leaves makes room.
    Answer answer;
    wires.front()->send("GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(wires.front()->receive(answer) == Wire::Got::answer);
    CHECK(answer.status == 200);
    wires.clear();
    CHECK(await([&] { return get(scene.server.port(), "absent").status == 404; }));
    scene.finish();
}

TEST_CASE("many large bodies at once") {
    Scene scene{{"--body-timeout", "500ms"}};
    const std::uint16_t port = scene.server.port();
    const std::string part(10 * mib, 'x');
    std::vector<std::unique_ptr<Wire>> wires;
    std::size_t refused = 0;
    for (int i = 0; i < 12; ++i) {
        wires.push_back(std::make_unique<Wire>(port));
        Wire& wire = *wires.back();
        // What is beyond the limit may be refused before it has been sent.
        wire.send(
            fmt::format("PUT /v1/kv/large{} HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Length: {}\r\n\r\n",
                        i, part.size() + 1));
        wire.send(part);
    }
    for (const std::unique_ptr<Wire>& wire : wires) {
        Answer answer;
        if (wire->receive(answer) == Wire::Got::answer) {
            CHECK((answer.status == 503 || answer.status == 408));
            refused += answer.status == 503 ? 1 : 0;
        }
    }
    // On a slow machine the first give up before the last begin. What counts is the memory.
    MESSAGE(fmt::format("{} of {} large bodies were refused", refused, wires.size()));
    wires.clear();
    CHECK(get(port, "large0").status == 404);
    // 64 MiB of bodies, and what everything else takes.
    scene.finish(growth_max + 16 * mib);
}

TEST_CASE("hundreds of connections that have sent half a request") {
    Scene scene{{}};
    std::vector<std::unique_ptr<Wire>> wires;
    for (int i = 0; i < 800; ++i) {
        wires.push_back(std::make_unique<Wire>(scene.server.port()));
        wires.back()->send(i % 2 == 0 ? "GET /v1/kv/sentinel HTTP/1.1\r\nHost: loc"
                                      : "PUT /v1/kv/half HTTP/1.1\r\nHost: localhost\r\n"
                                        "Content-Length: 1000000\r\n\r\nxxxx");
    }
    CHECK(get(scene.server.port(), "sentinel").body == sentinel_value);
    wires.clear();
    scene.finish();
}

TEST_CASE("no descriptors are left") {
    Scene scene{{}};
    const std::uint16_t port = scene.server.port();
    ::rlimit limit{scene.descriptors + 20, scene.descriptors + 20};
    REQUIRE(::prlimit(scene.server.pid(), RLIMIT_NOFILE, &limit, nullptr) == 0);
    std::vector<std::unique_ptr<Wire>> wires;
    for (int i = 0; i < 60; ++i) {
        wires.push_back(std::make_unique<Wire>(port));
        wires.back()->send("GET /v1/kv/sentinel HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    // Who cannot be accepted waits, or is let go; nobody burns the processor meanwhile.
    const double before = scene.server.cpu_seconds();
    std::this_thread::sleep_for(std::chrono::seconds{1});
    CHECK(scene.server.cpu_seconds() - before < 0.5);
    wires.clear();
    CHECK(await([&] { return scene.server.descriptors() <= scene.descriptors; }));
    CHECK(get(port, "sentinel").body == sentinel_value);
    scene.finish();
}

TEST_CASE("what bad clients cost a good one") {
    const ServerProcess server{{"--header-timeout", "1s", "--body-timeout", "1s"}};
    const auto serve = [&](const std::function<void()>& meanwhile) {
        GoodClient good{server.port()};
        while (good.served() < 1000) {
            meanwhile();
        }
        good.stop_and_check();
        return good.quantile_ms(0.99);
    };
    const double alone = serve([] { std::this_thread::sleep_for(std::chrono::milliseconds{1}); });
    static constexpr std::string_view texts[] = {
        "GET / HTTP/1.1\r\nHost", "\x16\x03\x01\x02", "GET /v1/kv/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /v1/kv/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nhalf",
        "GET /v1/kv HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"};
    std::vector<std::unique_ptr<Wire>> wires(200);
    std::size_t next = 0;
    const double beside = serve([&] {
        std::unique_ptr<Wire>& wire = wires[next % wires.size()];
        wire = std::make_unique<Wire>(server.port());
        wire->send(texts[next++ % std::size(texts)]);
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    });
    MESSAGE(fmt::format("p99 of a good client: {:.2f} ms alone, {:.2f} ms beside {} bad ones",
                        alone, beside, next));
}

}  // namespace strata::test
