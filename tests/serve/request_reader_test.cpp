// SPDX-License-Identifier: Apache-2.0
// Proves what is taken for a request, and that where the stream is cut makes no difference: each
// stream of a table is fed whole, in every split of two, and byte by byte, and must mean the same.
#include "serve/request_reader.hpp"

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace strata::tools {
namespace {

constexpr std::size_t body_max = 200'000;

/// What a stream means: a line for each request.
class Listener {
  public:
    explicit Listener(bool pieces) : pieces_{pieces} {}

    void feed(std::string_view bytes) {
        while (!bytes.empty() && !refused_) {
            const std::span<char> space = reader_.space();
            REQUIRE(!space.empty());
            const std::size_t size = std::min(space.size(), bytes.size());
            std::memcpy(space.data(), bytes.data(), size);
            reader_.add(size);
            bytes.remove_prefix(size);
            drain();
        }
    }
    [[nodiscard]] std::string text() const {
        return text_ + (refused_ || reader_.idle() ? "" : "unfinished\n");
    }

  private:
    void drain() {
        using Step = RequestReader::Step;
        for (Step step = reader_.next(); step != Step::need_more; step = reader_.next()) {
            if (step == Step::refused) {
                text_ += "refused " + std::to_string(reader_.refusal().status) + "\n";
                CHECK(!reader_.refusal().detail.empty());
                refused_ = true;
                return;
            }
            if (step == Step::head && pieces_) {
                reader_.take_pieces();
            } else if (step == Step::piece) {
                body_ += reader_.piece();
            } else if (step == Step::request) {
                request();
            }
        }
    }

    void request() {
        const Request& request = reader_.request();
        body_ += request.body;
        text_ += std::string{reader_.head().method} + " " + std::string{request.path};
        if (!request.query.empty()) {
            text_ += "?" + std::string{request.query};
        }
        for (const Header& header : request.headers) {
            if (header.name.starts_with("X")) {
                text_ += " " + std::string{header.name} + "=" + std::string{header.value};
            }
        }
        text_ += reader_.head().keep_alive ? "" : " close";
        text_ += " [" + (body_.size() > 100 ? std::to_string(body_.size()) : body_) + "]\n";
        body_.clear();
        reader_.finish();
    }

    bool pieces_;
    bool refused_ = false;
    RequestReader reader_{body_max};
    std::string body_;
    std::string text_;
};

std::string meaning(std::string_view bytes, std::size_t split, std::size_t step, bool pieces) {
    Listener listener{pieces};
    listener.feed(bytes.substr(0, split));
    for (std::size_t at = split; at < bytes.size(); at += step) {
        listener.feed(bytes.substr(at, step));
    }
    return listener.text();
}

std::string meaning_every_way(std::string_view bytes) {
    const std::string whole = meaning(bytes, bytes.size(), 1, false);
    for (std::size_t split = 0; split < std::min<std::size_t>(bytes.size(), 300); ++split) {
        CAPTURE(split);
        CHECK(meaning(bytes, split, bytes.size(), false) == whole);
        CHECK(meaning(bytes, split, bytes.size(), true) == whole);
    }
    CHECK(meaning(bytes, 0, 1, false) == whole);
    CHECK(meaning(bytes, 0, 1, true) == whole);
    CHECK(meaning(bytes, 0, 7, false) == whole);
    return whole;
}

struct Case {
    std::string bytes;
    std::string meaning;
};

const std::string host = "Host: h\r\n";

TEST_CASE("streams that are right") {
    const std::vector<Case> cases = {
        {"", ""},
        {"GET / HTTP/1.1\r\n" + host + "\r\n", "GET / []\n"},
        {"GET /a?b=c&d HTTP/1.1\r\nX-A: 1\r\n" + host + "\r\n", "GET /a?b=c&d X-A=1 []\n"},
        {"GET /a%2Fb//../c HTTP/1.1\r\n" + host + "\r\n", "GET /a%2Fb//../c []\n"},
        {"GET /a HTTP/1.0\r\n\r\n", "GET /a close []\n"},
        {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /a []\n"},
        {"GET /a HTTP/1.1\r\nConnection: close\r\n" + host + "\r\n", "GET /a close []\n"},
        {"BREW /pot HTTP/1.1\r\n" + host + "\r\n", "BREW /pot []\n"},
        {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "OPTIONS * []\n"},
        {"\r\nGET /a HTTP/1.1\r\n" + host + "\r\n", "GET /a []\n"},
        {"PUT /a HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", "PUT /a [hello]\n"},
        {"PUT /a HTTP/1.1\r\n" + host + "Content-Length:5\r\n\r\nhel\r\nGET /",
         "PUT /a [hel\r\n]\nunfinished\n"},
        {"PUT /a HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", "PUT /a []\n"},
        {"PUT /a HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhell", "unfinished\n"},
        {"PUT /a HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /b HTTP/1.1\r\n" + host +
             "\r\n",
         "PUT /a [hello]\nGET /b []\n"},
        {"GET /a HTTP/1.1\r\n" + host + "\r\nGET /b HTTP/1.1\r\n" + host +
             "\r\nGET /c HTTP/1.1\r\n",
         "GET /a []\nGET /b []\nunfinished\n"},
        {"GET /a HTTP/1.1\r\nHOST: h\r\nX-Empty:\r\nX-Blank:  a b\t \r\n\r\n",
         "GET /a X-Empty= X-Blank=a b []\n"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.bytes);
        CHECK(meaning_every_way(one.bytes) == one.meaning);
    }
}

std::string put_with(const std::string& fields) {
    return "PUT /a HTTP/1.1\r\n" + host + fields + "\r\nhello";
}

TEST_CASE("streams whose framing is in doubt") {
    const std::vector<std::string> cases = {
        "GET / HTTP/1.1\n" + host + "\r\n",
        "GET / HTTP/1.1\r\nHost: h\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n\n",
        "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",                              // no Host
        "GET / HTTP/1.1\r\n" + host + host + "\r\n",           // two
        "GET / HTTP/1.1\r\n" + host + "X-A : b\r\n\r\n",       // a blank before the colon
        "GET / HTTP/1.1\r\n" + host + "X-A: b\r\n c\r\n\r\n",  // folded
        "GET / HTTP/1.1\r\n " + host + "\r\n",                 //
        "GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n",      //
        "GET / HTTP/1.1\r\n" + host + ": v\r\n\r\n",           //
        "GET / HTTP/1.1\r\n" + host +
            "X: a\x01"
            "b\r\n\r\n",  // control characters
        "GET / HTTP/1.1\r\n" + host +
            "X: a\x7f"
            "b\r\n\r\n",                                           //
        std::string{"GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n", 30},  //
        "GET /a#b HTTP/1.1\r\n" + host + "\r\n",
        "GET  /a HTTP/1.1\r\n" + host + "\r\n",
        "GET http://h/a HTTP/1.1\r\n" + host + "\r\n",
        "GET * HTTP/1.1\r\n" + host + "\r\n",
        "CONNECT h:80 HTTP/1.1\r\n" + host + "\r\n",
        "GET a HTTP/1.1\r\n" + host + "\r\n",
        "GET\r\n" + host + "\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n",
        std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 12},  // a TLS hello
        put_with("Content-Length: 5\r\nContent-Length: 5\r\n"),
        put_with("Content-Length: 5\r\nContent-Length: 6\r\n"),
        put_with("Content-Length: 5, 5\r\n"),
        put_with("Content-Length: +5\r\n"),
        put_with("Content-Length: -5\r\n"),
        put_with("Content-Length: 0x5\r\n"),
        put_with("Content-Length: 5 \r\n"),
        put_with("Content-Length:  5\r\n"),
        put_with("Content-Length:\t5\r\n"),
        put_with("Content-Length: 5a\r\n"),
        put_with("Content-Length:\r\n"),
        put_with("Content-Length: 99999999999999999999\r\n"),
        put_with("Content-Length: 18446744073709551621\r\n"),
        put_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        put_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        put_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        put_with("Transfer-Encoding: chunked\r\n"),  // then "hello" is no size
        put_with("Transfer-Encoding: identity\r\nContent-Length: 5\r\n"),
        put_with("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"),
        "PUT /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    for (const std::string& bytes : cases) {
        CAPTURE(bytes);
        CHECK(meaning_every_way(bytes) == "refused 400\n");
    }
}

TEST_CASE("streams with a refusal of their own") {
    const std::string long_line = "GET /" + std::string(request_line_max, 'a');
    const std::string long_fields =
        "GET / HTTP/1.1\r\n" + host + "X-A: " + std::string(fields_size_max, 'a');
    std::string many_fields = "GET / HTTP/1.1\r\n" + host;
    for (std::size_t i = 0; i < fields_max; ++i) {
        many_fields += "X: y\r\n";
    }
    const std::string endless_lines = "GET / HTTP/1.1\r\n" + std::string(300'000, '\n');
    const std::vector<Case> cases = {
        {long_line, "refused 414\n"},
        {long_line + " HTTP/1.1\r\n" + host + "\r\n", "refused 414\n"},
        {long_fields, "refused 431\n"},
        {long_fields + "\r\n\r\n", "refused 431\n"},
        {many_fields, "refused 431\n"},
        {endless_lines, "refused 400\n"},
        {"GET / HTTP/2.0\r\n" + host + "\r\n", "refused 505\n"},
        {"GET / HTTP/1.2\r\n" + host + "\r\n", "refused 505\n"},
        {"GET /a b HTTP/1.1\r\n" + host + "\r\n", "refused 505\n"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused 505\n"},
        {put_with("Transfer-Encoding: gzip\r\n"), "refused 501\n"},
        {put_with("Transfer-Encoding: gzip, chunked\r\n"), "refused 501\n"},
        {put_with("Transfer-Encoding: chunked, gzip\r\n"), "refused 501\n"},
        {put_with("Transfer-Encoding: chunked \r\n"), "refused 501\n"},
        {put_with("Transfer-Encoding:\tchunked\r\n"), "refused 501\n"},
        {put_with("Transfer-Encoding: xchunked\r\n"), "refused 501\n"},
        {put_with("Transfer-Encoding:\r\n"), "refused 501\n"},
        {put_with("Content-Length: 200001\r\n"), "refused 413\n"},
        {put_with("Content-Length: 9223372036854775807\r\n"), "refused 413\n"},
        {"PUT /a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n30d41\r\n",
         "refused 413\n"},
        {put_with("Expect: a miracle\r\n"), "refused 417\n"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.bytes.substr(0, 100));
        CHECK(meaning(one.bytes, one.bytes.size(), 1, false) == one.meaning);
        CHECK(meaning(one.bytes, 0, 1, false) == one.meaning);
        CHECK(meaning(one.bytes, 0, 1000, true) == one.meaning);
    }
}

TEST_CASE("the greatest request that is taken") {
    const std::string line = "GET /" + std::string(request_line_max - 16, 'a') + " HTTP/1.1\r\n";
    CHECK(line.size() == request_line_max);
    std::string fields = host;
    for (std::size_t i = 1; i < fields_max; ++i) {
        fields += "Y: " + std::string(200, 'a') + "\r\n";
    }
    const std::string bytes = line + fields + "\r\n";
    CHECK(meaning(bytes, 0, 1, false).starts_with("GET /aaa"));
    CHECK(meaning(bytes, 0, 1, false).ends_with(" []\n"));
}

TEST_CASE("bodies of every size around the buffer") {
    const std::uint64_t seed = 20261120;
    CAPTURE(seed);
    test::Random random{seed};
    for (const std::size_t size : {1UL, 3000UL, 4000UL, 5000UL, 65'000UL, 65'536UL, 65'537UL,
                                   70'000UL, 199'999UL, 200'000UL}) {
        CAPTURE(size);
        const std::string plain = "PUT /a HTTP/1.1\r\n" + host +
                                  "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
                                  random.letters(size);
        std::string chunked =
            "PUT /b HTTP/1.1\r\nX-Z: z\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t left = size; left > 0;) {
            const std::size_t part = std::min<std::size_t>(left, random.between(1, 9000));
            char digits[16];
            std::snprintf(digits, sizeof digits, "%zx\r\n", part);
            chunked += digits + random.letters(part) + "\r\n";
            left -= part;
        }
        chunked += "0\r\n\r\n";
        const std::string bytes = plain + chunked + plain;
        const std::string shown = size > 100 ? std::to_string(size) : std::string{};
        for (const bool pieces : {false, true}) {
            for (const std::size_t step : {1000UL, 4096UL, 70'000UL, 1'000'000UL}) {
                CAPTURE(step);
                const std::string text = meaning(bytes, 0, step, pieces);
                if (!shown.empty()) {
                    CHECK(text == "PUT /a [" + shown + "]\nPUT /b X-Z=z [" + shown + "]\nPUT /a [" +
                                      shown + "]\n");
                } else {
                    CHECK(std::ranges::count(text, '\n') == 3);
                }
            }
        }
    }
}

TEST_CASE("a body that is announced takes no memory before it comes") {
    RequestReader reader{std::size_t{64} << 20};
    const std::string head = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 67108864\r\n\r\nabc";
    std::memcpy(reader.space().data(), head.data(), head.size());
    reader.add(head.size());
    CHECK(reader.next() == RequestReader::Step::head);
    CHECK(reader.next() == RequestReader::Step::need_more);
    CHECK(reader.body_held() <= 70'000);
    CHECK(reader.capacity() <= 70'000);
    CHECK(reader.body_arrived() == 3);
}

}  // namespace
}  // namespace strata::tools
