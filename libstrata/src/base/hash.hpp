// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstdint>
#include <memory>

namespace strata {

/// XXH3_64bits_withSeed of Yann Collet's xxHash: the one checksum and hash of every format.
/// The call goes to the library, which picks the widest vector unit of the processor.
[[nodiscard]] std::uint64_t hash64(Bytes bytes, std::uint64_t seed) noexcept;

/// hash64 of bytes that come piece by piece: the digest is that of all pieces joined.
class StreamHash {
  public:
    explicit StreamHash(std::uint64_t seed);
    StreamHash(StreamHash&&) noexcept = default;
    StreamHash& operator=(StreamHash&&) noexcept = default;
    ~StreamHash();

    void update(Bytes bytes) noexcept;
    [[nodiscard]] std::uint64_t digest() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] constexpr std::uint32_t low32(std::uint64_t value) noexcept {
    return static_cast<std::uint32_t>(value);
}

}  // namespace strata
