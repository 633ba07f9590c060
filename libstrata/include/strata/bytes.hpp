// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Byte strings, sequences and the limits of what a store accepts.
namespace strata {

/// A borrowed run of bytes: a key, a value, a part of a file. It may hold any byte, NUL included,
/// and is valid as long as its owner says. Order is by unsigned byte, a prefix before its
/// extension; that is what operator< of string_view does, since its character traits compare
/// like memcmp.
using Bytes = std::string_view;

/// Position of one operation in commit order. The first operation of a store has sequence 1;
/// 0 means "none". A version of a key keeps its sequence for ever, so it serves as its ETag.
using Sequence = std::uint64_t;

/// Reads "at" this sequence see everything committed so far.
inline constexpr Sequence sequence_max = ~Sequence{0} >> 8;

/// Longest key, in bytes. A key has at least one byte.
inline constexpr std::size_t key_size_max = std::size_t{64} << 10;

/// Longest value, in bytes. The empty value is a value and differs from an absent key.
inline constexpr std::size_t value_size_max = std::size_t{64} << 20;

/// Longest encoded batch, in bytes: one value of the greatest size with its key always fits.
inline constexpr std::size_t batch_size_max = std::size_t{65} << 20;

}  // namespace strata
