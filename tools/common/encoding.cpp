// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.hpp"

#include <charconv>
#include <cstddef>

namespace strata::tools {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t uuid_bytes = 16;

int base64_digit(char digit) noexcept {
    if (digit >= 'A' && digit <= 'Z') {
        return digit - 'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - 'a' + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - '0' + 52;
    }
    if (digit == '+' || digit == '-') {
        return 62;
    }
    return digit == '/' || digit == '_' ? 63 : -1;
}

unsigned byte_at(Bytes bytes, std::size_t at) noexcept {
    return static_cast<unsigned char>(bytes[at]);
}

bool is_uuid_dash(std::size_t byte) noexcept {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

}  // namespace

int hex_digit(char digit) noexcept {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

void append_hex(std::string& out, Bytes bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out.push_back(hex_digits[byte_at(bytes, i) >> 4]);
        out.push_back(hex_digits[byte_at(bytes, i) & 15]);
    }
}

std::optional<std::string> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]);
        const int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
}

void append_base64(std::string& out, Bytes bytes) {
    const std::size_t whole = bytes.size() / 3 * 3;
    for (std::size_t i = 0; i < whole; i += 3) {
        const unsigned bits =
            byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
        const char four[] = {base64_digits[bits >> 18], base64_digits[bits >> 12 & 63],
                             base64_digits[bits >> 6 & 63], base64_digits[bits & 63]};
        out.append(four, sizeof four);
    }
    const std::size_t rest = bytes.size() - whole;
    if (rest != 0) {
        const unsigned second = rest == 2 ? byte_at(bytes, whole + 1) : 0;
        const unsigned bits = byte_at(bytes, whole) << 16 | second << 8;
        out.push_back(base64_digits[bits >> 18]);
        out.push_back(base64_digits[bits >> 12 & 63]);
        out.push_back(rest == 2 ? base64_digits[bits >> 6 & 63] : '=');
        out.push_back('=');
    }
}

std::optional<std::string> parse_base64(std::string_view text) {
    const std::size_t padded = text.size();
    while (!text.empty() && text.back() == '=') {
        text.remove_suffix(1);
    }
    const bool padding_wrong =
        padded != text.size() && (padded % 4 != 0 || padded - text.size() > 2);
    if (padding_wrong || text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 3);
    unsigned bits = 0;
    unsigned held = 0;
    for (const char digit : text) {
        const int value = base64_digit(digit);
        if (value < 0) {
            return std::nullopt;
        }
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<char>(bits >> held & 0xff));
        }
    }
    // Two texts for the same bytes would make the form ambiguous.
    if ((bits & ((1U << held) - 1)) != 0) {
        return std::nullopt;
    }
    return bytes;
}

void append_uuid(std::string& out, Bytes bytes) {
    for (std::size_t i = 0; i < uuid_bytes && i < bytes.size(); ++i) {
        if (is_uuid_dash(i)) {
            out.push_back('-');
        }
        append_hex(out, bytes.substr(i, 1));
    }
}

std::optional<std::string> parse_uuid(std::string_view text) {
    constexpr std::size_t size_with_dashes = 2 * uuid_bytes + 4;
    if (text.size() != size_with_dashes) {
        return text.size() == 2 * uuid_bytes ? parse_hex(text) : std::nullopt;
    }
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-')) {
            return std::nullopt;
        }
        if (!dash) {
            digits.push_back(text[i]);
        }
    }
    return parse_hex(digits);
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (text.empty() || error != std::errc{} || stopped != end || value > max) {
        return std::nullopt;
    }
    return value;
}

void append_big_endian(std::string& out, std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0;) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    }
}

void append_little_endian(std::string& out, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    }
}

}  // namespace strata::tools
