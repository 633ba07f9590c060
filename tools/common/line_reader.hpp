// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Lines of a file or pipe, with their place, in bounded memory.
namespace strata::tools {

struct Line {
    Bytes text{};              ///< without its line end; valid until the next call
    std::uint64_t number = 0;  ///< counted from 1
    std::uint64_t offset = 0;  ///< of its first byte
    bool too_long = false;     ///< the line is longer than the limit; text is its beginning
    bool ended = true;         ///< false: the last line of the file, without a line end
};

class LineReader {
  public:
    /// Reads a descriptor that it does not own. Lines longer than `line_max` bytes are cut.
    /// `separator` ends a line.
    LineReader(int descriptor, std::string name, std::size_t line_max, char separator = '\n');

    /// The next line; empty at the end of the file, or when Ctrl-C was pressed while waiting.
    Result<std::optional<Line>> next();

    /// Reads over the rest of a line that was too long, giving its pieces, without the line end,
    /// to `take`.
    Status skip_rest(const std::function<void(Bytes)>& take);

    /// Where the next line begins.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_ + at_; }

  private:
    // Reads more behind what is held; false at the end.
    Result<bool> fill();

    int descriptor_;
    std::string name_;
    std::size_t line_max_;
    char separator_;
    std::string buffer_;
    std::size_t at_ = 0;        // of the next line, in the buffer
    std::uint64_t offset_ = 0;  // of the buffer, in the file
    std::uint64_t number_ = 0;
    bool end_ = false;
};

/// A whole file, or standard input for "-". invalid_argument when it is longer than `limit`.
Result<std::string> read_whole(const std::string& path, std::uint64_t limit);

}  // namespace strata::tools
