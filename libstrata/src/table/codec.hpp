// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <span>
#include <string>

/// Compression of blocks: LZ4 (block format) and zstd level 1.
namespace strata {

/// Compresses `raw` into `out`, which is replaced, and returns the codec to note. When that saves
/// less than an eighth, or `codec` is none, the answer is none and `out` is left empty: the raw
/// bytes are stored as they are.
[[nodiscard]] Compression compress_block(Compression codec, Bytes raw, std::string& out);

/// Whether bytes of this size can unfold to `raw_length` at all; to be asked before memory for
/// them is allocated, since even verified bytes may come from a stranger.
[[nodiscard]] bool plausible_raw_length(Compression codec, Bytes stored, std::size_t raw_length);

/// Unfolds `stored` into `raw`, which must be filled exactly. The bytes may be damaged.
[[nodiscard]] Status decompress_block(Compression codec, Bytes stored, std::span<char> raw);

}  // namespace strata
