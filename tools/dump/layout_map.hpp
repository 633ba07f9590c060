// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspect/table_layout.hpp"

#include <cstddef>
#include <string>

namespace strata::tools {

/// The letter that stands for a kind in a map.
[[nodiscard]] char part_letter(PartKind kind) noexcept;

/// The file as lines of `width` cells at most, each cell the same number of bytes and the letter of
/// what has most of them; neighbouring data blocks alternate between capital and small. What is
/// damaged shows as '!', and every kind of part has one cell at least.
[[nodiscard]] std::string draw_map(const TableLayout& layout, std::size_t width, bool color);

}  // namespace strata::tools
