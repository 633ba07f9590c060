// SPDX-License-Identifier: Apache-2.0
// Whatever bytes a client sends, it gets one fixed answer or is cut off, in whatever pieces they
// arrive: every case of testdata/http/ is sent to a running server in one piece, then to another
// byte by byte. Beside them a good client is served all the time; in the end the server has not
// grown and holds no descriptor that it did not hold before.
#include "http/good_client.hpp"
#include "http/server_process.hpp"
#include "http/wire.hpp"
#include "support/datadriven.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>

// What is sent stands in the lines of a case, each ended by CRLF unless it ends in `\c`. In it
// `\r \n \t \0 \\ \xHH` are bytes, and `{{TEXT*N}}` is a text N times. Commands:
//
//     send      sends it and, right behind it, a request for a key that is there: "open" when that
//               is answered, "closed" when the server closes before
//     half      sends it and closes this side of the connection
//     abandon   sends it and resets the connection; what came of it is for the next case to ask
//
// Lines that begin with HEAD are requests whose answers have no body. `show=(etag allow)`: fields
// to be shown. The output is a line for each answer but 100: its status, and the code of its
// problem or its body.
namespace strata::test {
namespace {

constexpr std::size_t growth_max = std::size_t{64} << 20;

int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The byte behind a backslash; `at` is moved behind it.
char escaped_byte(std::string_view line, std::size_t& at) {
    const char kind = line.at(at++);
    switch (kind) {
        case 'r':
            return '\r';
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case '0':
            return '\0';
        case 'x': {
            const int value = digit_of(line.at(at)) * 16 + digit_of(line.at(at + 1));
            REQUIRE(value >= 0);
            at += 2;
            return static_cast<char>(value);
        }
        default:
            REQUIRE(kind == '\\');
            return '\\';
    }
}

/// The text of "{{TEXT*N}}" N times; `at` stands behind the opening braces and is moved on.
std::string repeated(std::string_view line, std::size_t& at) {
    const std::size_t end = line.find("}}", at);
    REQUIRE(end != std::string_view::npos);
    const std::string_view inside = line.substr(at, end - at);
    const std::size_t star = inside.rfind('*');
    REQUIRE(star != std::string_view::npos);
    std::string once;
    for (std::size_t i = 0; i < star;) {
        const char c = inside[i++];
        once += c == '\\' ? escaped_byte(inside, i) : c;
    }
    const std::size_t count = std::stoull(std::string{inside.substr(star + 1)});
    std::string all;
    all.reserve(once.size() * count);
    for (std::size_t i = 0; i < count; ++i) {
        all += once;
    }
    at = end + 2;
    return all;
}

std::string bytes_of(const Case& one) {
    std::string bytes;
    for (const std::string& line : one.lines()) {
        const bool whole = !line.ends_with("\\c");
        const std::string_view text =
            whole ? std::string_view{line} : std::string_view{line}.substr(0, line.size() - 2);
        for (std::size_t at = 0; at < text.size();) {
            if (text.substr(at).starts_with("{{")) {
                at += 2;
                bytes += repeated(text, at);
            } else {
                const char c = text[at++];
                bytes += c == '\\' ? escaped_byte(text, at) : c;
            }
        }
        bytes += whole ? "\r\n" : "";
    }
    return bytes;
}

/// At most 44 bytes, what cannot be printed as a dot.
std::string printable(std::string_view text) {
    std::string out{text.substr(0, 44)};
    std::ranges::replace_if(
        out, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '.');
    return text.size() > 44 ? out + "..." : out;
}

/// The value of `"code":"..."`.
std::string problem_code(const std::string& document) {
    static constexpr std::string_view member = "\"code\":\"";
    const std::size_t at = document.find(member);
    if (at == std::string::npos) {
        return "no code: " + printable(document);
    }
    const std::size_t begin = at + member.size();
    return document.substr(begin, document.find('"', begin) - begin);
}

std::string describe(const Answer& answer, const Case& one) {
    std::string line = std::to_string(answer.status);
    if (answer.header("content-type").starts_with("application/problem+json") &&
        !answer.body.empty()) {
        line += " " + problem_code(answer.body);
    } else if (!answer.body.empty()) {
        line += " " + printable(answer.body);
    }
    for (const std::string& name : one.many("show")) {
        line += fmt::format(", {}: {}", name, answer.header(name));
    }
    return line + "\n";
}

std::string_view ending_of(Wire::Got got) {
    return got == Wire::Got::cut ? "cut\n" : got == Wire::Got::silent ? "silent\n" : "closed\n";
}

std::string exchange(const Case& one, std::uint16_t port, bool in_pieces) {
    const std::vector<std::string> lines = one.lines();
    auto heads = std::ranges::count_if(
        lines, [](const std::string& line) { return line.starts_with("HEAD "); });
    std::string bytes = bytes_of(one);
    if (one.command == "send") {
        bytes += fmt::format("GET /v1/kv/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", sentinel_key);
    } else {
        REQUIRE_MESSAGE((one.command == "half" || one.command == "abandon"), one.place);
    }
    Wire wire{port};
    // Long inputs in longer pieces, which still end anywhere.
    wire.send(bytes, in_pieces ? 1 + bytes.size() / 4096 : bytes.size());
    if (one.command == "abandon") {
        wire.reset();
        return "";
    }
    if (one.command == "half") {
        wire.end();
    }
    std::string out;
    while (true) {
        Answer answer;
        const Wire::Got got = wire.receive(answer, heads-- > 0);
        if (got != Wire::Got::answer) {
            return out + std::string{ending_of(got)} + answer.body;
        }
        if (answer.status == 200 && answer.body == sentinel_value) {
            return out + "open\n";
        }
        out += answer.status == 100 ? "" : describe(answer, one);
    }
}

void await_descriptors(const ServerProcess& server, std::size_t before) {
    for (int i = 0; i < 30'000 && server.descriptors() > before; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    CHECK(server.descriptors() <= before);
}

void run_hostile(const std::string& file, bool in_pieces) {
    ServerProcess server{{"--max-body", "1MiB"}};
    GoodClient good{server.port()};
    while (good.served() == 0) {
        std::this_thread::yield();
    }
    // That of the good client among them, in place of a file that the store may open meanwhile.
    const std::size_t descriptors = server.descriptors();
    const std::size_t memory = server.memory();
    run_cases(file, [&](const Case& one) { return exchange(one, server.port(), in_pieces); });
    good.stop_and_check();
    REQUIRE_MESSAGE(server.runs(), server.said());
    await_descriptors(server, descriptors);
    CHECK(server.memory_most() - memory <= growth_max);
    CHECK(server.stop(SIGTERM) == 0);
}

}  // namespace

TEST_CASE("request lines and fields") {
    run_hostile("http/heads.txt", false);
    run_hostile("http/heads.txt", true);
}

TEST_CASE("lengths of bodies") {
    run_hostile("http/lengths.txt", false);
    run_hostile("http/lengths.txt", true);
}

TEST_CASE("chunks") {
    run_hostile("http/chunks.txt", false);
    run_hostile("http/chunks.txt", true);
}

TEST_CASE("targets and keys") {
    run_hostile("http/targets.txt", false);
    run_hostile("http/targets.txt", true);
}

TEST_CASE("several requests on one connection") {
    run_hostile("http/pipelines.txt", false);
    run_hostile("http/pipelines.txt", true);
}

TEST_CASE("who waits to be told to go on is told so, once the body is wanted") {
    const ServerProcess server{{"--max-body", "1MiB"}};
    for (const std::string_view fields : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
        CAPTURE(fields);
        Wire wire{server.port()};
        wire.send(
            fmt::format("PUT /v1/kv/k HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
                        "Expect: 100-continue\r\n\r\n",
                        fields));
        Answer answer;
        REQUIRE(wire.receive(answer) == Wire::Got::answer);
        CHECK(answer.status == 100);
        wire.send(fields.starts_with("Content") ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
        REQUIRE(wire.receive(answer) == Wire::Got::answer);
        CHECK((answer.status == 201 || answer.status == 204));
    }
    CHECK(get(server.port(), "k").body == "hello");
    const Answer refused = ask(server.port(),
                               "PUT /v1/kv/k HTTP/1.1\r\nHost: localhost\r\n"
                               "Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
    CHECK(refused.status == 413);
}

TEST_CASE("bodies of the wrong kind") {
    run_hostile("http/bodies.txt", false);
    run_hostile("http/bodies.txt", true);
}

}  // namespace strata::test
