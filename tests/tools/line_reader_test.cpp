// SPDX-License-Identifier: Apache-2.0
// Proves that lines come with the right number and byte offset however the input is cut into
// pieces, and that a line beyond the limit is cut, reported, and can be read over.
#include "common/line_reader.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace strata::tools {
namespace {

// A pipe that a thread fills in pieces of `piece` bytes.
class PipedText {
  public:
    PipedText(std::string text, std::size_t piece) {
        REQUIRE(::pipe(ends_) == 0);
        writer_ = std::thread{[this, content = std::move(text), piece] {
            for (std::size_t at = 0; at < content.size(); at += piece) {
                const std::string part = content.substr(at, piece);
                if (::write(ends_[1], part.data(), part.size()) < 0) {
                    break;
                }
            }
            ::close(ends_[1]);
        }};
    }
    PipedText(const PipedText&) = delete;
    PipedText& operator=(const PipedText&) = delete;
    ~PipedText() {
        writer_.join();
        ::close(ends_[0]);
    }
    [[nodiscard]] int descriptor() const { return ends_[0]; }

  private:
    int ends_[2] = {-1, -1};
    std::thread writer_;
};

std::string all_lines(const std::string& text, std::size_t piece, std::size_t line_max) {
    const PipedText input{text, piece};
    LineReader reader{input.descriptor(), "pipe", line_max};
    std::string seen;
    while (true) {
        const auto line = reader.next();
        REQUIRE(line);
        if (!*line) {
            return seen;
        }
        const Line& at = **line;
        seen += std::to_string(at.number) + "@" + std::to_string(at.offset) + ":";
        seen += std::string{at.text} + (at.ended ? "" : "(open)");
        if (at.too_long) {
            std::size_t rest = 0;
            REQUIRE(reader.skip_rest([&rest](Bytes bytes) { rest += bytes.size(); }));
            seen += "+" + std::to_string(rest);
        }
        seen += " ";
    }
}

TEST_CASE("lines, however the input is cut") {
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 1000U}) {
        CAPTURE(piece);
        CHECK(all_lines("", piece, 10).empty());
        CHECK(all_lines("a\n\nbc\n", piece, 10) == "1@0:a 2@2: 3@3:bc ");
        CHECK(all_lines("a\nbc", piece, 10) == "1@0:a 2@2:bc(open) ");
    }
}

TEST_CASE("a line beyond the limit is cut, and the next one is found") {
    for (const std::size_t piece : {1U, 4U, 1000U}) {
        CAPTURE(piece);
        CHECK(all_lines("abcdefgh\nxy\n", piece, 4) == "1@0:abcd+4 2@9:xy ");
        CHECK(all_lines("abcd\nabcde", piece, 4) == "1@0:abcd 2@5:abcd+1 ");
    }
    const std::string long_line(3'000'000, 'x');
    CHECK(all_lines(long_line + "\ny\n", 4096, 4) == "1@0:xxxx+2999996 2@3000001:y ");
}

}  // namespace
}  // namespace strata::tools
