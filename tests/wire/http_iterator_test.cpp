// SPDX-License-Identifier: Apache-2.0
// A walk over records that arrive as lines: whatever the pieces, all of them or an error; and a
// server that sends more than anybody reads has to wait.
#include "http/http_store.hpp"

#include "wire/fake_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

using namespace strata;
using namespace strata::tools;
using strata::test::FakeServer;
using strata::test::Peer;

namespace {

HttpStore store_of(const FakeServer& server) {
    auto endpoint = parse_endpoint(server.url());
    REQUIRE(endpoint);
    return HttpStore{HttpSettings{.endpoint = endpoint.take_value()}, false};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

const std::string lines =
    "{\"key\":\"a\",\"value\":\"1\",\"seq\":1}\n"
    "{\"key\":{\"b64\":\"YgD/\"},\"value\":{\"b64\":\"AP8=\"},\"seq\":2,\"type\":\"put\"}\n"
    "{\"key\":\"c\",\"seq\":3,\"type\":\"del\"}\n";
const std::string end_line = "{\"end\":true,\"count\":3,\"seq\":9}\n";

// What a walk finds: "KEY=VALUE#SEQUENCE" for each record, then the message of its error.
std::string walked(Store& store, const ScanOptions& options = {}) {
    auto iterator = store.scan(options);
    if (!iterator) {
        return "scan: " + iterator.error().message;
    }
    std::string found;
    while (true) {
        auto more = (*iterator)->next();
        if (!more) {
            // It stays an error.
            CHECK_FALSE((*iterator)->next());
            return found + more.error().message;
        }
        if (!*more) {
            CHECK((*iterator)->next().value() == false);
            return found;
        }
        found += (*iterator)->key();
        found += (*iterator)->deleted() ? "!" : "=";
        found += (*iterator)->value();
        found += "#" + std::to_string((*iterator)->sequence()) + " ";
    }
}

const std::string expected{"a=1#1 b\0\xff=\0\xff#2 c!#3 ", 20};

TEST_CASE("every record, however the pieces are cut") {
    const std::string all = lines + end_line;
    std::size_t piece = 1;
    const FakeServer server{[&](Peer& peer, std::size_t) {
        while (!peer.head().empty()) {
            peer.begin_chunks();
            for (std::size_t at = 0; at < all.size(); at += piece) {
                peer.chunk(std::string_view{all}.substr(at, piece));
            }
            peer.end_chunks();
        }
    }};
    HttpStore store = store_of(server);
    for (; piece <= all.size(); piece = piece * 2 + 1) {
        CAPTURE(piece);
        CHECK(walked(store) == expected);
    }
    // Each walk was read to its end, so that its connection served the next.
    CHECK(server.connections() == 1);
}

TEST_CASE("the range is in the request") {
    std::string asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        asked = peer.head();
        peer.answer(200, "{\"end\":true,\"count\":0,\"seq\":9}\n");
    }};
    HttpStore store = store_of(server);
    ScanOptions options;
    options.prefix = "p/&";
    options.from = "p/&a";
    options.to = std::string{"p/&\xff", 4};
    options.after = "p/&b=";
    options.reverse = true;
    options.at = 5;
    options.all_versions = true;
    CHECK(walked(store, options).empty());
    CHECK(
        asked.starts_with("GET /v1/kv?prefix=p%2F%26&from=p%2F%26a&to=p%2F%26%FF&"
                          "after=p%2F%26b%3D&reverse=1&at=5&all_versions=1 HTTP/1.1\r\n"));
    CHECK(contains(asked, "Accept: application/x-ndjson\r\n"));
}

TEST_CASE("a walk that does not arrive as a whole is an error") {
    struct Wrong {
        std::string body;
        std::string says;
        bool ends_chunks = true;
    };
    const std::vector<Wrong> cases = {
        {lines, "truncated after 3 records", true},
        {lines, "broke within the answer", false},
        {lines + "{\"end\":true,\"count\":4,\"seq\":9}\n", "truncated after 3 records", true},
        {lines + "{\"end\":true,\"count\"", "truncated after 3 records", true},
        {lines + "{\"error\":{\"code\":\"corrupt\",\"detail\":\"a bad block\"}}\n", "a bad block",
         true},
        {lines + "{\"error\":1}\n", "error: expected an object", true},
        {lines + "nonsense\n", "not JSON", true},
        {lines + "[]\n", "expected an object", true},
        {lines + "{\"value\":\"x\",\"seq\":1}\n", "expected a record with a key", true},
        {lines + "{\"key\":\"x\",\"seq\":-1}\n", "seq: expected a number", true},
        {"", "truncated after 0 records", true},
    };
    std::size_t current = 0;
    const FakeServer server{[&](Peer& peer, std::size_t) {
        while (!peer.head().empty()) {
            const Wrong& wrong = cases[current];
            peer.begin_chunks();
            if (!wrong.body.empty()) {
                peer.chunk(wrong.body);
            }
            if (!wrong.ends_chunks) {
                return;
            }
            peer.end_chunks();
        }
    }};
    for (; current < cases.size(); ++current) {
        CAPTURE(current);
        HttpStore store = store_of(server);
        const std::string found = walked(store);
        CHECK(contains(found, cases[current].says));
        CHECK((cases[current].body.empty() || found.starts_with(expected)));
    }
}

TEST_CASE("what is refused is refused by scan") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        peer.head();
        peer.answer(410, R"({"code":"gap","detail":"no longer kept"})",
                    "Content-Type: application/problem+json\r\n");
    }};
    HttpStore store = store_of(server);
    const auto refused = store.scan({.at = 1});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::gap);
    CHECK(refused.error().message == "no longer kept");
}

TEST_CASE("seek begins anew, in the state that was walked and within the bounds") {
    std::vector<std::string> asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        while (true) {
            std::string head = peer.head();
            if (head.empty()) {
                return;
            }
            asked.push_back(head.substr(0, head.find(" HTTP")));
            peer.answer(200, lines + end_line, "Strata-Seq: 9\r\n");
        }
    }};
    HttpStore store = store_of(server);
    {
        auto iterator = store.scan({.from = "b"});
        REQUIRE(iterator);
        CHECK((*iterator)->next().value());
        CHECK((*iterator)->seek("c").value());
        CHECK((*iterator)->key() == "a");
        CHECK((*iterator)->seek("a").value());
    }
    {
        auto iterator = store.scan({.to = "m", .reverse = true});
        REQUIRE(iterator);
        CHECK((*iterator)->seek("k").value());
        CHECK((*iterator)->seek("z").value());
    }
    CHECK(asked == std::vector<std::string>{"GET /v1/kv?from=b", "GET /v1/kv?from=c&at=9",
                                            "GET /v1/kv?from=b&at=9", "GET /v1/kv?to=m&reverse=1",
                                            "GET /v1/kv?to=k%00&reverse=1&at=9",
                                            "GET /v1/kv?to=m&reverse=1&at=9"});
}

TEST_CASE("a limit goes along, and leaves the connection whole") {
    std::vector<std::string> asked;
    const FakeServer server{[&asked](Peer& peer, std::size_t) {
        while (true) {
            std::string head = peer.head();
            if (head.empty()) {
                return;
            }
            asked.push_back(head.substr(0, head.find(" HTTP")));
            peer.begin_chunks();
            peer.chunk(lines);
            if (asked.size() == 3) {
                peer.chunk("{\"error\":{\"code\":\"io\",\"detail\":\"a bad disk\"}}\n");
            } else {
                peer.chunk(end_line);
            }
            peer.end_chunks();
        }
    }};
    HttpStore store = store_of(server);
    for (int round = 0; round < 2; ++round) {
        auto iterator = store.scan_some({}, 3);
        REQUIRE(iterator);
        for (int i = 0; i < 3; ++i) {
            CHECK((*iterator)->next().value());
        }
        CHECK((*iterator)->key() == "c");
        CHECK((*iterator)->deleted());
    }
    auto iterator = store.scan_some({}, 3);
    REQUIRE(iterator);
    for (int i = 0; i < 3; ++i) {
        CHECK((*iterator)->next().value());
    }
    CHECK((*iterator)->key() == "c");
    CHECK((*iterator)->next().error().message == "a bad disk");
    CHECK(asked == std::vector<std::string>(3, "GET /v1/kv?limit=3"));
    CHECK(server.connections() == 1);
}

TEST_CASE("of a bound that is too long for an address its beginning goes") {
    const std::string x600(600, 'x');
    const std::string x599y = std::string(599, 'x') + "y";
    const std::string low = x600 + "m";
    const std::string high = x600 + "q";
    std::string asked;
    const FakeServer server{[&](Peer& peer, std::size_t) {
        while (true) {
            std::string head = peer.head();
            if (head.empty()) {
                return;
            }
            asked = head.substr(0, head.find(" HTTP"));
            std::string body;
            std::vector<std::string> keys = {x600 + "a", low, low + "1", high, x600 + "z"};
            if (contains(asked, "reverse")) {
                keys = {keys.rbegin(), keys.rend()};
            }
            for (const std::string& key : keys) {
                body += "{\"key\":\"" + key + "\",\"value\":\"\",\"seq\":1}\n";
            }
            peer.answer(200, body + "{\"end\":true,\"count\":5,\"seq\":9}\n");
        }
    }};
    HttpStore store = store_of(server);
    const auto keys_of = [&store](const ScanOptions& options) {
        std::vector<std::string> keys;
        auto iterator = store.scan_some(options, 1000).take_value();
        while (iterator->next().value()) {
            keys.emplace_back(iterator->key());
        }
        return keys;
    };
    using Keys = std::vector<std::string>;
    CHECK(keys_of({.from = low, .to = high}) == Keys{low, low + "1"});
    CHECK(asked == "GET /v1/kv?from=" + x600 + "&to=" + x599y);
    CHECK(keys_of({.after = low}) == Keys{low + "1", high, x600 + "z"});
    CHECK(asked == "GET /v1/kv?from=" + x600);
    CHECK(keys_of({.after = high, .reverse = true}) == Keys{low + "1", low, x600 + "a"});
    CHECK(asked == "GET /v1/kv?to=" + x599y + "&reverse=1");
    CHECK(keys_of({.prefix = low}) == Keys{low, low + "1"});
    CHECK(asked == "GET /v1/kv?prefix=" + x600);
    CHECK(keys_of({.to = std::string(700, '\xff')}).size() == 5);
    CHECK(asked == "GET /v1/kv");
}

TEST_CASE("who reads slowly makes the server wait") {
    constexpr std::size_t megabyte = std::size_t{1} << 20;
    constexpr std::size_t all = 512;  // megabytes
    std::atomic<std::size_t> sent{0};
    std::atomic<bool> gone{false};
    const FakeServer server{[&](Peer& peer, std::size_t) {
        peer.head();
        peer.begin_chunks();
        const std::string line =
            "{\"key\":\"k\",\"value\":\"" + std::string(megabyte, 'x') + "\",\"seq\":1}\n";
        while (sent < all && peer.chunk(line)) {
            ++sent;
        }
        gone = true;
        gone.notify_all();
    }};
    HttpStore store = store_of(server);
    {
        auto iterator = store.scan({});
        REQUIRE(iterator);
        for (int i = 0; i < 3; ++i) {
            REQUIRE((*iterator)->next().value());
            CHECK((*iterator)->value().size() == megabyte);
        }
    }
    // The walk was left, which closes its connection; until then the buffers of both kernels and
    // a few megabytes of ours were all that could be sent.
    gone.wait(false);
    CHECK(sent < 64);
    // The store itself still works.
    CHECK(store.scan({}));
}

TEST_CASE("a walk outlives its store, but not its closing") {
    const FakeServer server{[](Peer& peer, std::size_t) {
        while (!peer.head().empty()) {
            peer.answer(200, lines + end_line);
        }
    }};
    std::unique_ptr<Iterator> left;
    std::unique_ptr<Iterator> closed;
    {
        HttpStore store = store_of(server);
        left = store.scan({}).take_value();
    }
    CHECK(left->next().value());
    {
        HttpStore store = store_of(server);
        closed = store.scan({}).take_value();
        CHECK(store.close());
    }
    CHECK(closed->next().error().code == ErrorCode::closed);
    CHECK(closed->seek("a").error().code == ErrorCode::closed);
}

}  // namespace
