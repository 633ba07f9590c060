// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"

// The state of a streaming hash is a public type only with this; its layout goes no further than
// this file.
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace strata {

std::uint64_t hash64(Bytes bytes, std::uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

struct StreamHash::State {
    XXH3_state_t xxh;
};

StreamHash::StreamHash(std::uint64_t seed) : state_{std::make_unique<State>()} {
    XXH3_64bits_reset_withSeed(&state_->xxh, seed);
}

StreamHash::~StreamHash() = default;

void StreamHash::update(Bytes bytes) noexcept {
    XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::uint64_t StreamHash::digest() const noexcept { return XXH3_64bits_digest(&state_->xxh); }

}  // namespace strata
