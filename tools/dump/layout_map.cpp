// SPDX-License-Identifier: Apache-2.0
#include "dump/layout_map.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace strata::tools {
namespace {

constexpr std::size_t rows_max = 8;
constexpr std::size_t margin = 2;          // columns left and right of the map
constexpr std::size_t cells_per_part = 4;  // as many as show where one part ends

struct Map {
    std::vector<char> cells{};
    std::vector<bool> fixed{};  ///< shows damage, or the only cell of a kind
};

std::string_view color_of(char letter) {
    switch (letter) {
        case 'D':
            return "\x1b[34m";
        case 'd':
            return "\x1b[36m";
        case 'F':
            return "\x1b[32m";
        case 'I':
            return "\x1b[33m";
        case 'P':
        case 'S':
            return "\x1b[35m";
        case '!':
        case '?':
            return "\x1b[1;31m";
        default:
            return "\x1b[2m";
    }
}

char letter_of(const TablePart& part) {
    return part.kind == PartKind::data && part.block.value_or(0) % 2 == 1 ? 'd'
                                                                          : part_letter(part.kind);
}

/// The cell that a byte falls into.
std::size_t cell_of(std::uint64_t offset, std::uint64_t file_size, std::size_t cells) {
    return static_cast<std::size_t>(static_cast<long double>(offset) *
                                    static_cast<long double>(cells) /
                                    static_cast<long double>(file_size));
}

/// Each cell takes the letter of the part that has most of its bytes.
void fill(Map& map, const TableLayout& layout, std::uint64_t size) {
    std::vector<long double> most(map.cells.size());
    const long double bytes_per_cell =
        static_cast<long double>(size) / static_cast<long double>(map.cells.size());
    for (const TablePart& part : layout.parts) {
        const auto begin = static_cast<long double>(part.offset);
        const auto end = static_cast<long double>(part.end());
        const std::size_t last =
            std::min(cell_of(part.end() - 1, size, map.cells.size()), map.cells.size() - 1);
        for (std::size_t i = cell_of(part.offset, size, map.cells.size()); i <= last; ++i) {
            const long double cell = bytes_per_cell * static_cast<long double>(i);
            const long double share = std::min(end, cell + bytes_per_cell) - std::max(begin, cell);
            if (share > most[i]) {
                most[i] = share;
                map.cells[i] = letter_of(part);
            }
        }
    }
}

/// Damage, and kinds that are too small for a cell of their own, are shown all the same.
void mark(Map& map, const TableLayout& layout, std::uint64_t size) {
    for (const TablePart& part : layout.parts) {
        const std::size_t middle = std::min(
            cell_of(part.offset + part.size / 2, size, map.cells.size()), map.cells.size() - 1);
        const bool seen = std::ranges::find(map.cells, letter_of(part)) != map.cells.end();
        if (part.damaged || part.kind == PartKind::unowned) {
            const std::size_t last =
                std::min(cell_of(part.end() - 1, size, map.cells.size()), map.cells.size() - 1);
            for (std::size_t i = cell_of(part.offset, size, map.cells.size()); i <= last; ++i) {
                map.cells[i] = '!';
                map.fixed[i] = true;
            }
        } else if (!seen && part.kind != PartKind::gap && !map.fixed[middle]) {
            map.cells[middle] = letter_of(part);
            map.fixed[middle] = true;
        }
    }
}

}  // namespace

char part_letter(PartKind kind) noexcept {
    switch (kind) {
        case PartKind::data:
            return 'D';
        case PartKind::unlisted:
            return '?';
        case PartKind::section:
            return 'S';
        case PartKind::filter:
            return 'F';
        case PartKind::index:
            return 'I';
        case PartKind::properties:
            return 'P';
        case PartKind::footer:
            return '#';
        case PartKind::gap:
            return '.';
        case PartKind::unowned:
            return '!';
    }
    return '!';
}

std::string draw_map(const TableLayout& layout, std::size_t width, bool color) {
    const std::uint64_t size = layout.parts.back().end();
    const std::size_t columns = std::max<std::size_t>(width, 2 * margin + 1) - 2 * margin;
    const std::size_t rows =
        std::clamp<std::size_t>(layout.parts.size() * cells_per_part / columns, 1, rows_max);
    Map map;
    map.cells.assign(columns * rows, '.');
    map.fixed.assign(map.cells.size(), false);
    fill(map, layout, size);
    mark(map, layout, size);
    std::string text;
    for (std::size_t row = 0; row < rows; ++row) {
        text.append(margin, ' ');
        char before = '\0';
        for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
            if (color && map.cells[i] != before) {
                text += before == '\0' ? "" : "\x1b[0m";
                text += color_of(map.cells[i]);
                before = map.cells[i];
            }
            text += map.cells[i];
        }
        text += color ? "\x1b[0m\n" : "\n";
    }
    return text;
}

}  // namespace strata::tools
