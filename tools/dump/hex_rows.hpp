// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"
#include "common/record_output.hpp"
#include "inspect/annotate.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <string>

namespace strata::tools {

/// Prints bytes: rows of offset, hexadecimal digits and what they mean for people, one object or
/// line for each field for programs.
class HexRows {
  public:
    HexRows(Output& output, const OutputStyle& style, std::string path)
        : output_{output}, style_{style}, path_{std::move(path)} {}

    void field(const Field& field);
    /// Bytes without explanation, printable ones beside their digits.
    void plain(std::uint64_t offset, Bytes bytes);
    /// Ends the document. Called once.
    void finish();

  private:
    void heading(const Field& field);
    void people_field(const Field& field);
    void program_field(const Field& field);
    void row(std::uint64_t offset, Bytes bytes, std::size_t width, const std::string& text);

    Output& output_;
    OutputStyle style_;
    std::string path_;
    std::uint64_t fields_ = 0;
    std::string part_;
    std::uint64_t part_offset_ = ~std::uint64_t{0};
};

}  // namespace strata::tools
