// SPDX-License-Identifier: Apache-2.0
// Proves where lines break: between words, at the width of the terminal, and that a message on a
// real terminal has no line that the terminal would break.
#include "common/wrap.hpp"

#include "common/diagnostics.hpp"
#include "common/terminal.hpp"
#include "common/utf8.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

namespace strata::tools {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("lines break between words") {
    const auto wrap = [](std::string_view text, std::size_t width, std::size_t later) {
        return wrap_words(text, width, later, LongWord::whole);
    };
    CHECK(wrap("", 10, 10) == Lines{""});
    CHECK(wrap("one two", 7, 7) == Lines{"one two"});
    CHECK(wrap("one two", 6, 6) == Lines{"one", "two"});
    CHECK(wrap("one two three", 8, 5) == Lines{"one two", "three"});
    CHECK(wrap("one two three four", 7, 5) == Lines{"one two", "three", "four"});
    // What is wide counts as wide, and no letter is cut.
    use_utf8_locale();
    CHECK(wrap("\xe4\xb8\xad\xe4\xb8\xad \xe4\xb8\xad", 5, 5) ==
          Lines{"\xe4\xb8\xad\xe4\xb8\xad", "\xe4\xb8\xad"});
}

TEST_CASE("a word that is longer than a line stays whole, or is cut") {
    CHECK(wrap_words("a /long/path b", 5, 5, LongWord::whole) == Lines{"a", "/long/path", "b"});
    CHECK(wrap_words("/long/path", 5, 5, LongWord::whole) == Lines{"/long/path"});
    CHECK(wrap_words("a /long/path b", 5, 5, LongWord::cut) == Lines{"a", "/long", "/path", "b"});
}

TEST_CASE("nothing but blanks is lost, and every line is as wide as allowed") {
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (std::uint64_t words = random.between(0, 30); words != 0; --words) {
            text += std::string(random.between(1, 12), 'w') + ' ';
        }
        const auto width = static_cast<std::size_t>(random.between(12, 40));
        std::string joined;
        for (const std::string& line : wrap_words(text, width, width - 1, LongWord::cut)) {
            CHECK(display_width(line) <= width);
            joined += line;
        }
        std::erase(joined, ' ');
        std::erase(text, ' ');
        CHECK(joined == text);
    }
}

// What a terminal of 40 columns is sent.
std::string sent(const std::function<void(Output&)>& write) {
    int master = -1;
    int slave = -1;
    winsize size{.ws_row = 24, .ws_col = 40, .ws_xpixel = 0, .ws_ypixel = 0};
    REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
    {
        Output output{slave};
        write(output);
    }
    ::close(slave);
    std::string text;
    std::array<char, 256> part{};
    for (ssize_t got = 1; got > 0;) {
        got = ::read(master, part.data(), part.size());  // EIO behind the last byte
        text.append(part.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    ::close(master);
    std::erase(text, '\r');
    return text;
}

std::string on_terminal(const std::string& message) {
    return sent([&message](Output& output) {
        Diagnostics diagnostics{"strata-x", output};
        diagnostics.note(message);
    });
}

TEST_CASE("lines of a text break each by itself, further in than they began") {
    const std::string text = "heading\n    lost: the keys from one to another, and more\n\nend\n";
    CHECK(sent([&text](Output& output) { output.write(for_terminal(output, text)); }) ==
          "heading\n    lost: the keys from one to another,\n      and more\n\nend\n");
    std::string plain;
    const Output output{plain};
    CHECK(for_terminal(output, text) == text);
}

TEST_CASE("a message to a terminal breaks between words, to a file never") {
    CHECK(on_terminal("short") == "strata-x: short\n");
    CHECK(on_terminal("a message that has more words than one line holds") ==
          "strata-x: a message that has more words\n  than one line holds\n");
    std::string text;
    Output output{text};
    Diagnostics diagnostics{"strata-x", output};
    diagnostics.note("a message that has more words than one line holds");
    CHECK(text == "strata-x: a message that has more words than one line holds\n");
}

}  // namespace
}  // namespace strata::tools
