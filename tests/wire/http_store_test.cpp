// SPDX-License-Identifier: Apache-2.0
// What a store behind a server makes of answers, right and wrong: a server of a few lines says what
// no real one would, dies at the worst moment, or listens for who sends what twice.
#include "http/http_store.hpp"

#include "wire/fake_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace strata;
using namespace strata::tools;
using strata::test::FakeServer;
using strata::test::Peer;

namespace {

constexpr std::string_view problem_type = "Content-Type: application/problem+json\r\n";

HttpSettings settings_of(const std::string& url, std::string token = {}) {
    HttpSettings settings;
    auto endpoint = parse_endpoint(url);
    REQUIRE(endpoint);
    settings.endpoint = endpoint.take_value();
    settings.token = std::move(token);
    return settings;
}

HttpStore store_of(const FakeServer& server) { return HttpStore{settings_of(server.url()), false}; }

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string first_line(const std::string& head) { return head.substr(0, head.find("\r\n")); }

TEST_CASE("a get asks for the key and yields value and sequence") {
    std::string asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        asked = peer.head();
        peer.answer(200, std::string_view{"v\0w", 3}, "ETag: \"17\"\r\n");
    }};
    HttpStore store{settings_of(server.url(), "secret"), false};
    const auto value = store.get("../a b%\n\xff", {.at = 9});
    REQUIRE(value);
    REQUIRE(*value);
    CHECK((*value)->bytes() == std::string_view{"v\0w", 3});
    CHECK((*value)->sequence() == 17);
    CHECK(first_line(asked) == "GET /v1/kv/..%2Fa%20b%25%0A%FF?at=9 HTTP/1.1");
    CHECK(contains(asked, "Authorization: Bearer secret\r\n"));
    CHECK_FALSE(contains(asked, "Expect"));
}

TEST_CASE("absence is an answer about a key; another 404 is an error") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        peer.head();
        peer.answer(404, R"({"code":"not-found","detail":"absent","key":"k"})", problem_type);
        peer.head();
        peer.answer(404, R"({"code":"not-found","detail":"there is no route"})", problem_type);
        peer.head();
        peer.answer(404, "<html>", "Content-Type: text/html\r\n");
    }};
    HttpStore store = store_of(server);
    const auto absent = store.get("k", {});
    REQUIRE(absent);
    CHECK_FALSE(*absent);
    const auto route = store.get("k", {});
    REQUIRE_FALSE(route);
    CHECK(route.error().message == "there is no route");
    const auto other = store.get("k", {});
    REQUIRE_FALSE(other);
    CHECK(other.error().code == ErrorCode::io);
    CHECK(contains(other.error().message, server.url()));
    CHECK(contains(other.error().message, "another server"));
    // No request is made for what no store has.
    const auto empty = store.get("", {});
    REQUIRE(empty);
    CHECK_FALSE(*empty);
    CHECK(server.connections() == 1);
}

TEST_CASE("errors keep code and words, and cannot paint the terminal") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        for (const char* code : {"gap", "corrupt", "read-only", "rate-limited", "no such word"}) {
            peer.head();
            peer.answer(500, std::string{R"({"code":")"} + code + R"(","detail":"why \u001b[31m"})",
                        problem_type);
        }
        peer.head();
        peer.answer(401, R"({"code":"unauthorized","detail":"expected a token"})", problem_type);
        peer.head();
        peer.answer(500, "{", problem_type);
    }};
    HttpStore store = store_of(server);
    for (const ErrorCode code : {ErrorCode::gap, ErrorCode::corruption, ErrorCode::read_only,
                                 ErrorCode::busy, ErrorCode::internal}) {
        const auto value = store.get("k", {});
        REQUIRE_FALSE(value);
        CHECK(value.error().code == code);
        CHECK(value.error().message == "why \\x1b[31m");
    }
    const auto denied = store.get("k", {});
    REQUIRE_FALSE(denied);
    CHECK(denied.error().code == ErrorCode::io);
    CHECK(contains(denied.error().message, "STRATA_TOKEN"));
    const auto broken = store.get("k", {});
    REQUIRE_FALSE(broken);
    CHECK(contains(broken.error().message, "not JSON"));
}

TEST_CASE("a put goes as it is, with its condition in a header") {
    std::vector<std::string> asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        for (int i = 0; i < 3; ++i) {
            asked.push_back(peer.request());
            peer.answer(204, {}, "ETag: \"5\"\r\n");
        }
        asked.push_back(peer.request());
        peer.answer(412, R"({"code":"conflict","detail":"no"})", problem_type);
    }};
    HttpStore store = store_of(server);
    CHECK(store.put("k", "value", {.sync = SyncMode::none()}).value() == 5);
    CHECK(store.put_if("k", "v2", Condition::AtSequence{5}, {}).has_value());
    CHECK(store.put_if("k", "v3", Condition::Absent{}, {}).has_value());
    const auto conflict = store.put_if("k", "v4", Condition::Present{}, {});
    REQUIRE_FALSE(conflict);
    CHECK(conflict.error().code == ErrorCode::conflict);
    REQUIRE(asked.size() == 4);
    CHECK(first_line(asked[0]) == "PUT /v1/kv/k?sync=none HTTP/1.1");
    CHECK(asked[0].ends_with("\r\n\r\nvalue"));
    CHECK(contains(asked[1], "If-Match: \"5\"\r\n"));
    CHECK(contains(asked[2], "If-None-Match: *\r\n"));
    CHECK(contains(asked[3], "If-Match: *\r\n"));
}

TEST_CASE("a batch goes as lines") {
    std::string asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        asked = peer.request();
        peer.answer(200, R"({"operations":3,"seq":12})", "Content-Type: application/json\r\n");
    }};
    HttpStore store = store_of(server);
    Batch batch;
    REQUIRE(batch.require("a", Condition::Absent{}));
    REQUIRE(batch.require("b", Condition::HasValue{"x\xff"}));
    REQUIRE(batch.put("a", "1"));
    REQUIRE(batch.put("b", ""));
    REQUIRE(batch.del("c"));
    CHECK(store.write(batch, {}).value() == 12);
    CHECK(first_line(asked) == "POST /v1/batch HTTP/1.1");
    CHECK(contains(asked, "Content-Type: application/x-ndjson\r\n"));
    CHECK(
        asked.ends_with("\r\n\r\n"
                        "{\"if\":{\"key\":\"a\",\"absent\":true}}\n"
                        "{\"if\":{\"key\":\"b\",\"value\":{\"b64\":\"eP8=\"}}}\n"
                        "{\"key\":\"a\",\"value\":\"1\"}\n"
                        "{\"key\":\"b\",\"value\":\"\"}\n"
                        "{\"key\":\"c\",\"type\":\"del\"}\n"));
    CHECK(store.write(Batch{}, {}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a write whose answer is lost is unknown, and is not sent again") {
    std::atomic<int> writes{0};
    const FakeServer server{[&writes](Peer& peer, std::size_t) {
        // The connection was used before: libcurl would repeat a request by itself.
        while (true) {
            const std::string asked = peer.request();
            if (asked.starts_with("GET")) {
                peer.answer(200, "v", "ETag: \"1\"\r\n");
                continue;
            }
            writes += asked.empty() ? 0 : 1;
            return;
        }
    }};
    HttpStore store = store_of(server);
    for (const bool conditional : {false, true}) {
        CAPTURE(conditional);
        for (const std::string& value :
             {std::string{"small"}, std::string(1000, 'x'), std::string{}}) {
            CAPTURE(value);
            REQUIRE(store.get("k", {}));
            const int before = writes;
            const auto written = conditional ? store.put_if("k", value, Condition::Absent{}, {})
                                             : store.put("k", value);
            REQUIRE_FALSE(written);
            CHECK(written.error().code == ErrorCode::io);
            CHECK(written.error().outcome_unknown);
            CHECK(contains(written.error().message, "may or may not"));
            CHECK(writes == before + 1);
        }
    }
}

TEST_CASE("a write whose server dies and stays away is unknown") {
    FakeServer* self = nullptr;
    FakeServer server{[&self](Peer& peer, std::size_t) {
        peer.request();
        peer.answer(200, "v", "ETag: \"1\"\r\n");
        if (!peer.request().empty()) {
            self->refuse();
        }
    }};
    self = &server;
    HttpStore store = store_of(server);
    REQUIRE(store.get("k", {}));
    const auto written = store.put("k", "v");
    REQUIRE_FALSE(written);
    CHECK(written.error().outcome_unknown);
    CHECK(contains(written.error().message, "may or may not"));
    CHECK_FALSE(store.put("k", "v").error().outcome_unknown);
}

TEST_CASE("a read whose answer is lost is repeated, once its connection was used") {
    std::atomic<int> reads{0};
    const FakeServer server{[&reads](Peer& peer, std::size_t number) {
        const int answers = number == 0 ? 1 : 2;
        for (int i = 0; i < answers; ++i) {
            if (peer.request().empty()) {
                return;
            }
            ++reads;
            peer.answer(200, "v", "ETag: \"1\"\r\n");
        }
        reads += peer.request().empty() ? 0 : 1;
    }};
    HttpStore store = store_of(server);
    CHECK(store.get("k", {}));
    CHECK(store.get("k", {}));
    CHECK(reads == 3);
    CHECK(server.connections() == 2);
}

TEST_CASE("a write that never arrived was not made") {
    std::string url;
    {
        const FakeServer server{[](Peer&, std::size_t) {}};
        url = server.url();
    }
    HttpStore nobody{settings_of(url), false};
    const auto refused = nobody.put("k", "v");
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().outcome_unknown);
    CHECK(contains(refused.error().message, "Connection refused; is strata-serve running there?"));
    CHECK(contains(refused.error().message, url));

    const FakeServer server{[](Peer& peer, std::size_t) {
        peer.head();
        peer.body(1);
    }};
    HttpStore store = store_of(server);
    const auto cut = store.put("k", std::string(std::size_t{48} << 20, 'x'));
    REQUIRE_FALSE(cut);
    CHECK_FALSE(cut.error().outcome_unknown);
}

TEST_CASE("an answer that is cut is an error") {
    const FakeServer server{[](Peer& peer, std::size_t number) {
        peer.head();
        if (number == 0) {
            peer.send("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 100\r\n\r\nten bytes.");
        } else if (number == 1) {
            peer.send("HTTP/1.1 20");
        } else {
            peer.send("SSH-2.0-OpenSSH\r\n");
        }
    }};
    HttpStore store = store_of(server);
    const auto body = store.get("k", {});
    REQUIRE_FALSE(body);
    CHECK(contains(body.error().message, "broke within the answer"));
    const auto head = store.get("k", {});
    REQUIRE_FALSE(head);
    CHECK(contains(head.error().message, "broke before the answer"));
    CHECK_FALSE(store.get("k", {}));
}

TEST_CASE("a server that is silent is left") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        peer.head();
        peer.head();
    }};
    HttpSettings settings = settings_of(server.url());
    settings.idle_timeout = std::chrono::seconds{1};
    HttpStore store{settings, false};
    const auto value = store.get("k", {});
    REQUIRE_FALSE(value);
    CHECK(value.error().code == ErrorCode::io);
    CHECK(contains(value.error().message, "has not moved a byte for 1 s"));
}

TEST_CASE("several keys") {
    std::string asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        asked = peer.request();
        peer.answer(200, R"({"items":[{"key":"a","value":{"b64":"AP8="},"seq":3},)"
                         R"({"key":"b","found":false}],"seq":9})");
        peer.request();
        peer.answer(200, R"({"items":[{"key":"a","value":"1","seq":3}],"seq":9})");
        peer.request();
        peer.answer(200, R"({"items":[],"error":{"code":"corrupt","detail":"bad block"}})");
    }};
    HttpStore store = store_of(server);
    const Bytes keys[] = {"a", "b\xff"};
    const auto values = store.get_many(keys, {.at = 4});
    REQUIRE(values);
    REQUIRE(values->size() == 2);
    REQUIRE((*values)[0]);
    CHECK((*values)[0]->bytes() == std::string_view{"\0\xff", 2});
    CHECK((*values)[0]->sequence() == 3);
    CHECK_FALSE((*values)[1]);
    CHECK(first_line(asked) == "POST /v1/get?at=4 HTTP/1.1");
    CHECK(asked.ends_with("{\"keys\":[\"a\",{\"b64\":\"Yv8=\"}]}"));
    const auto fewer = store.get_many(keys, {});
    REQUIRE_FALSE(fewer);
    CHECK(contains(fewer.error().message, "expected 2 items"));
    const auto damaged = store.get_many(keys, {});
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == ErrorCode::corruption);
}

TEST_CASE("a count that broke off is an error, not a small count") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        peer.head();
        peer.answer(200, R"({"count":12,"seq":20})");
        peer.head();
        peer.answer(200, R"({"error":{"code":"corrupt","detail":"table 7 at 12"}})");
        peer.head();
        peer.answer(200, R"({"seq":20})");
    }};
    HttpStore store = store_of(server);
    const auto counted = store.count({});
    REQUIRE(counted);
    CHECK(*counted == 12);
    const auto broken = store.count({});
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code == ErrorCode::corruption);
    CHECK_FALSE(store.count({}));
}

TEST_CASE("jobs are asked after until they end") {
    std::vector<std::string> asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        const auto take = [&] { asked.push_back(first_line(peer.request())); };
        take();
        peer.answer(202, R"({"id":7,"state":"queued"})", "Location: /v1/jobs/7\r\n");
        take();
        peer.answer(200, R"({"id":7,"state":"running","done":5,"total":10})");
        take();
        peer.answer(200, R"({"id":7,"state":"done","result":{"files":3,"notes":["n"]}})");
        take();
        peer.answer(202, R"({"id":8,"state":"queued"})", "Location: /v1/jobs/8\r\n");
        take();
        peer.answer(200, R"({"state":"failed","error":{"code":"no-space","detail":"full"}})");
        take();
        peer.answer(202, R"({"id":9,"state":"cancelled"})", "Location: /v1/jobs/9\r\n");
    }};
    HttpStore store = store_of(server);
    std::vector<std::uint64_t> steps;
    CheckOptions options;
    options.progress = [&steps](std::uint64_t done, std::uint64_t total) {
        steps.push_back(done);
        steps.push_back(total);
    };
    const auto report = store.check(options);
    REQUIRE(report);
    CHECK(report->files == 3);
    CHECK(report->notes == std::vector<std::string>{"n"});
    CHECK(steps == std::vector<std::uint64_t>{5, 10});
    const auto flushed = store.flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().code == ErrorCode::no_space);
    CHECK(flushed.error().message == "full");
    const auto compacted = store.compact();
    REQUIRE_FALSE(compacted);
    CHECK(contains(compacted.error().message, "cancelled"));
    CHECK(asked == std::vector<std::string>{"POST /v1/check HTTP/1.1", "GET /v1/jobs/7 HTTP/1.1",
                                            "GET /v1/jobs/7 HTTP/1.1", "POST /v1/flush HTTP/1.1",
                                            "GET /v1/jobs/8 HTTP/1.1",
                                            "POST /v1/compact HTTP/1.1"});
}

TEST_CASE("a store that is closed, or read-only, asks nobody") {
    const FakeServer server{[](Peer&, std::size_t) {}};
    HttpStore store{settings_of(server.url()), true};
    CHECK(store.put("k", "v").error().code == ErrorCode::read_only);
    CHECK(store.flush().error().code == ErrorCode::read_only);
    CHECK(store.compact().error().code == ErrorCode::read_only);
    CHECK(store.checkpoint("/tmp/x").error().code == ErrorCode::unsupported);
    CHECK(store.close());
    CHECK(store.close());
    CHECK(store.get("k", {}).error().code == ErrorCode::closed);
    CHECK(store.scan({}).error().code == ErrorCode::closed);
    CHECK(server.connections() == 0);
}

TEST_CASE("any number of threads") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        while (true) {
            const std::string head = peer.head();
            if (head.empty()) {
                return;
            }
            const std::size_t begin = head.find("/v1/kv/") + 7;
            peer.answer(200, head.substr(begin, head.find(' ', begin) - begin), "ETag: \"1\"\r\n");
        }
    }};
    HttpStore store = store_of(server);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&store, &right, i] {
            for (int round = 0; round < 50; ++round) {
                const std::string key = std::to_string(i) + "-" + std::to_string(round);
                const auto value = store.get(key, {});
                right += value && *value && (*value)->bytes() == key ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(right == 400);
    CHECK(server.connections() <= 8);
}

}  // namespace
