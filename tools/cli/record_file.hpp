// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/line_reader.hpp"

#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

/// A file of records, one per line, or standard input.
namespace strata::tools {

/// Longest line, in bytes. The largest value in base64, with the largest key, takes less.
inline constexpr std::size_t record_line_max = std::size_t{96} << 20;

class RecordFile {
  public:
    /// "-" is standard input.
    static Result<std::unique_ptr<RecordFile>> open(const std::string& path);

    RecordFile(const RecordFile&) = delete;
    RecordFile& operator=(const RecordFile&) = delete;
    ~RecordFile();

    [[nodiscard]] LineReader& lines() noexcept { return lines_; }
    /// In bytes; 0 when it is not known, as of a pipe.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] static Error too_long();

  private:
    RecordFile(int descriptor, const std::string& path);

    int descriptor_;
    std::uint64_t size_ = 0;
    LineReader lines_;
};

}  // namespace strata::tools
