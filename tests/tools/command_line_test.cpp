// SPDX-License-Identifier: Apache-2.0
// Proves how lines become words and commands, and that a key which was printed as a word is read
// as the same key when it is pasted into a command, for every string of one and two bytes.
#include "cli/command_line.hpp"
#include "common/escape.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace strata::tools {
namespace {

// "a|b c;d >f": words with spaces between, commands with ';' between, columns left out.
std::string split(std::string_view line) {
    const auto parsed = parse_line(line);
    if (!parsed) {
        return "error: " + parsed.error().message;
    }
    if (parsed->end != LineEnd::complete) {
        return parsed->end == LineEnd::open_quote ? "open quote" : "backslash";
    }
    std::string text;
    for (const CommandText& command : parsed->commands) {
        text += text.empty() ? "" : ";";
        for (const Word& word : command.words) {
            text += "<" + word.text + ">";
        }
        switch (command.redirection.kind) {
            case Redirection::Kind::none:
                break;
            case Redirection::Kind::pipe:
                text += " | " + command.redirection.target;
                break;
            case Redirection::Kind::file:
                text += " > " + command.redirection.target;
                break;
            case Redirection::Kind::append:
                text += " >> " + command.redirection.target;
                break;
        }
    }
    return text;
}

TEST_CASE("words and commands") {
    struct Case {
        const char* line;
        const char* words;
    };
    const Case cases[] = {
        {"", ""},
        {"  ", ""},
        {"# only a comment", ""},
        {"put a b", "<put><a><b>"},
        {"  put\ta  b # why", "<put><a><b>"},
        {"put \"a b\" \"\"", "<put><a b><>"},
        {"put \"a \\\" b\" c\\\\", "<put><a \\\" b><c\\\\>"},
        {"put a b; get a", "<put><a><b>;<get><a>"},
        {"put a b;get", "<put><a><b>;<get>"},
        {"put a b ; ; get a;", "<put><a><b>;<get><a>"},
        {"put \"a;b\"; get", "<put><a;b>;<get>"},
        {"put a#1 b", "<put><a#1><b>"},
        {"put a b\nget a\r\n", "<put><a><b>;<get><a>"},
        {"put a \\\nb", "<put><a><b>"},
        {"put \"a\nb\" c", "<put><a\nb><c>"},
        {"scan | sort; head -1", "<scan> | sort; head -1"},
        {"scan > out", "<scan> > out"},
        {"scan >> \"my file\"; count", "<scan> >> my file;<count>"},
        {"put a|b c>d", "<put><a|b><c>d>"},
        {".! echo a; echo \"b", "<.!><echo a; echo \"b>"},
        {".!ls -l", "<.!><ls -l>"},
        {".once |sort -r; cat", "<.once><|sort -r; cat>"},
        {".once out; scan", "<.once><out>;<scan>"},
        {"put \"open", "open quote"},
        {"put a \\", "backslash"},
        {"put a\\", "backslash"},
        {"put a\"b c", "error: column 6: a quote inside a word"},
        {"put \"a\"b", "error: column 8: expected a space after the closing quote"},
        {"put a b\n\xc3\xa9 x\"", "error: column 4: a quote inside a word"},
        {"scan >", "error: column 7: expected a file name after >"},
        {"scan |", "error: column 7: expected a shell command after |"},
    };
    for (const Case& test : cases) {
        CAPTURE(test.line);
        const std::string words = split(test.line);
        const bool error = std::string_view{test.words}.starts_with("error");
        CHECK_MESSAGE((error ? words.starts_with(test.words) : words == test.words), words);
    }
}

TEST_CASE("columns count characters from the beginning of the line") {
    const auto parsed = parse_line("put \xc3\xa9 \"x y\" z\n  get k");
    REQUIRE(parsed);
    REQUIRE(parsed->commands.size() == 2);
    const auto& words = parsed->commands[0].words;
    REQUIRE(words.size() == 4);
    CHECK(words[1].column == 5);
    CHECK(words[2].column == 8);
    CHECK(words[2].quoted);
    CHECK(words[3].column == 13);
    CHECK(parsed->commands[1].words[1].column == 7);
}

void check_pasted(const std::string& key) {
    if (key.empty()) {
        return;
    }
    const auto parsed = parse_line("get " + word(key) + " x; count");
    REQUIRE(parsed);
    REQUIRE(parsed->commands.size() == 2);
    const auto& words = parsed->commands[0].words;
    REQUIRE(words.size() == 3);
    const auto bytes = parse_escaped(words[1].text);
    REQUIRE(bytes);
    REQUIRE(*bytes == key);
    REQUIRE((words[1].quoted || (words[1].text.front() != '-' && words[1].text.front() != '@')));
}

TEST_CASE("what is printed can be pasted") {
    for (int first = 0; first < 256; ++first) {
        check_pasted({static_cast<char>(first)});
        for (int second = 0; second < 256; ++second) {
            check_pasted({static_cast<char>(first), static_cast<char>(second)});
        }
    }
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    constexpr std::string_view alphabet = "a;|>#-@ \\\"\n\t\xc3\xa9";
    for (int i = 0; i < 20'000; ++i) {
        std::string key;
        for (auto size = 1 + random() % 10; size > 0; --size) {
            key.push_back(alphabet[random() % alphabet.size()]);
        }
        check_pasted(key);
    }
}

}  // namespace
}  // namespace strata::tools
