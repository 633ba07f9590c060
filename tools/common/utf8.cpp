// SPDX-License-Identifier: Apache-2.0
#include "common/utf8.hpp"

#include <algorithm>
#include <cwchar>

namespace strata::tools {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Sorted. Spaces, format characters (bidirectional overrides could make a key look like another
// one), line separators, private use, tags.
constexpr Range not_printable[] = {
    {0x00, 0x1f},     {0x7f, 0xa0},     {0xad, 0xad},       {0x61c, 0x61c},
    {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f},   {0x2028, 0x202f},
    {0x205f, 0x206f}, {0x3000, 0x3000}, {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

bool is_continuation(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

std::size_t code_point_width(CodePoint point) noexcept {
    if (point.value < 0x80) {
        return 1;
    }
    const int width = wcwidth(static_cast<wchar_t>(point.value));
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

CodePoint decode_utf8(Bytes bytes) noexcept {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first < 0x80) {
        return {first, 1};
    }
    std::size_t size = 0;
    char32_t value = 0;
    char32_t least = 0;
    if (first >= 0xc2 && first < 0xe0) {
        size = 2;
        value = first & 0x1fU;
        least = 0x80;
    } else if (first >= 0xe0 && first < 0xf0) {
        size = 3;
        value = first & 0x0fU;
        least = 0x800;
    } else if (first >= 0xf0 && first < 0xf5) {
        size = 4;
        value = first & 0x07U;
        least = 0x10000;
    }
    if (size == 0 || bytes.size() < size) {
        return {};
    }
    for (std::size_t i = 1; i < size; ++i) {
        if (!is_continuation(bytes[i])) {
            return {};
        }
        value = value << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3fU);
    }
    const bool surrogate = value >= 0xd800 && value < 0xe000;
    if (value < least || value > 0x10ffff || surrogate) {
        return {};
    }
    return {value, size};
}

bool is_utf8(Bytes bytes) noexcept {
    while (!bytes.empty()) {
        const CodePoint point = decode_utf8(bytes);
        if (point.size == 0) {
            return false;
        }
        bytes.remove_prefix(point.size);
    }
    return true;
}

bool append_utf8(std::string& out, char32_t value) {
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return false;
    }
    const auto add = [&out](char32_t byte) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
    };
    if (value < 0x80) {
        add(value);
    } else if (value < 0x800) {
        add(0xc0 | value >> 6);
        add(0x80 | (value & 0x3f));
    } else if (value < 0x10000) {
        add(0xe0 | value >> 12);
        add(0x80 | (value >> 6 & 0x3f));
        add(0x80 | (value & 0x3f));
    } else {
        add(0xf0 | value >> 18);
        add(0x80 | (value >> 12 & 0x3f));
        add(0x80 | (value >> 6 & 0x3f));
        add(0x80 | (value & 0x3f));
    }
    return true;
}

bool is_printable(char32_t value) noexcept {
    if ((value & 0xfffe) == 0xfffe) {
        return false;
    }
    const auto* range = std::lower_bound(std::begin(not_printable), std::end(not_printable), value,
                                         [](const Range& r, char32_t v) { return r.last < v; });
    return range == std::end(not_printable) || value < range->first;
}

std::size_t display_width(Bytes text) noexcept {
    std::size_t width = 0;
    while (!text.empty()) {
        const CodePoint point = decode_utf8(text);
        width += point.size == 0 ? 1 : code_point_width(point);
        text.remove_prefix(std::max<std::size_t>(point.size, 1));
    }
    return width;
}

std::size_t fit_width(Bytes text, std::size_t width) noexcept {
    std::size_t used = 0;
    Bytes rest = text;
    while (!rest.empty()) {
        const CodePoint point = decode_utf8(rest);
        used += point.size == 0 ? 1 : code_point_width(point);
        if (used > width) {
            break;
        }
        rest.remove_prefix(std::max<std::size_t>(point.size, 1));
    }
    return text.size() - rest.size();
}

std::size_t count_code_points(Bytes text, std::size_t offset) noexcept {
    const Bytes before = text.substr(0, offset);
    return static_cast<std::size_t>(std::count_if(
        before.begin(), before.end(), [](char byte) { return !is_continuation(byte); }));
}

}  // namespace strata::tools
