// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

/// Integers in files: little-endian, fixed width or varint (unsigned LEB128, at most 10 bytes).
namespace strata {

static_assert(std::endian::native == std::endian::little,
              "strata stores integers as the processor holds them, which must be little-endian");

template <std::unsigned_integral T>
[[nodiscard]] T load(const char* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <std::unsigned_integral T>
void store(char* to, T value) noexcept {
    std::memcpy(to, &value, sizeof value);
}

template <std::unsigned_integral T>
void append(std::string& to, T value) {
    char bytes[sizeof value];
    store(bytes, value);
    to.append(bytes, sizeof bytes);
}

inline constexpr std::size_t varint_size_max = 10;

[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) noexcept {
    return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

/// Writes `value` at `to`, which has room for varint_size(value) bytes; returns the end.
inline char* store_varint(char* to, std::uint64_t value) noexcept {
    while (value >= 0x80) {
        *to++ = static_cast<char>(value | 0x80);
        value >>= 7;
    }
    *to++ = static_cast<char>(value);
    return to;
}

inline void append_varint(std::string& to, std::uint64_t value) {
    char bytes[varint_size_max];
    to.append(bytes, static_cast<std::size_t>(store_varint(bytes, value) - bytes));
}

/// Reads a varint that store_varint wrote at `from` and moves behind it. Unchecked: for memory of
/// this process alone.
[[nodiscard]] inline std::uint64_t load_varint(const char*& from) noexcept {
    std::uint64_t value = static_cast<unsigned char>(*from++);
    if (value < 0x80) [[likely]] {
        return value;
    }
    value &= 0x7f;
    for (unsigned shift = 7;; shift += 7) {
        const std::uint64_t byte = static_cast<unsigned char>(*from++);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

/// The first 8 bytes of `bytes`, zeros behind a shorter string, as an integer that orders like
/// them: different windows decide a comparison, equal ones do not.
[[nodiscard]] inline std::uint64_t load_window(Bytes bytes) noexcept {
    std::uint64_t window = 0;
    if (bytes.size() >= sizeof window) [[likely]] {
        std::memcpy(&window, bytes.data(), sizeof window);
    } else if (!bytes.empty()) {
        std::memcpy(&window, bytes.data(), bytes.size());
    }
    return __builtin_bswap64(window);
}

/// Least multiple of `step` (a power of two) that is not below `value`.
[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t step) noexcept {
    return (value + step - 1) & ~(step - 1);
}

/// Reads fields from bytes that may be damaged. Every call checks the bytes that remain; after the
/// first that does not fit, ok() is false for ever and every field reads as zero or empty, so that
/// a parser checks once, before it uses anything.
class FieldReader {
  public:
    explicit FieldReader(Bytes bytes) noexcept : bytes_{bytes} {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool at_end() const noexcept { return bytes_.empty(); }
    [[nodiscard]] Bytes rest() const noexcept { return bytes_; }
    void fail() noexcept {
        ok_ = false;
        bytes_ = {};
    }

    template <std::unsigned_integral T>
    [[nodiscard]] T fixed() noexcept {
        if (bytes_.size() < sizeof(T)) {
            fail();
            return 0;
        }
        const T value = load<T>(bytes_.data());
        bytes_.remove_prefix(sizeof(T));
        return value;
    }

    /// A varint longer than 10 bytes, or beyond 64 bits, does not fit.
    [[nodiscard]] std::uint64_t varint() noexcept {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes_.size() && i < varint_size_max; ++i) {
            const auto byte = static_cast<unsigned char>(bytes_[i]);
            if (i == varint_size_max - 1 && byte > 1) {
                break;
            }
            value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
            if (byte < 0x80) {
                bytes_.remove_prefix(i + 1);
                return value;
            }
        }
        fail();
        return 0;
    }

    [[nodiscard]] Bytes take(std::uint64_t size) noexcept {
        if (size > bytes_.size()) {
            fail();
            return {};
        }
        const Bytes taken = bytes_.substr(0, static_cast<std::size_t>(size));
        bytes_.remove_prefix(taken.size());
        return taken;
    }

  private:
    Bytes bytes_;
    bool ok_ = true;
};

}  // namespace strata
