// SPDX-License-Identifier: Apache-2.0
#include "common/digest.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstddef>
#include <string>

namespace strata::tools {
namespace {

XXH3_state_t* hash_of(void* state) noexcept { return static_cast<XXH3_state_t*>(state); }

}  // namespace

void Digest::Free::operator()(void* state) const noexcept { XXH3_freeState(hash_of(state)); }

Digest::Digest() : state_{XXH3_createState()} { XXH3_128bits_reset(hash_of(state_.get())); }

void Digest::add(const Iterator& at) {
    add(at.key());
    add(at.value());
    ++keys_;
    bytes_ += at.key().size() + at.value().size();
}

Facts Digest::facts() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash_of(state_.get())));
    std::string hex;
    for (const unsigned char byte : canonical.digest) {
        hex += fmt::format("{:02x}", byte);
    }
    return {{"digest", hex}, {"keys", keys_}, {"bytes", Size{bytes_}}};
}

void Digest::add(Bytes bytes) {
    char size[sizeof(std::uint32_t)];
    for (std::size_t i = 0; i < sizeof size; ++i) {
        size[i] = static_cast<char>(bytes.size() >> (8 * i) & 0xff);
    }
    XXH3_128bits_update(hash_of(state_.get()), size, sizeof size);
    XXH3_128bits_update(hash_of(state_.get()), bytes.data(), bytes.size());
}

}  // namespace strata::tools
