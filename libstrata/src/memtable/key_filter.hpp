// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace strata {

/// Which keys a memtable may have, so that most reads of others cost it one cache miss instead of
/// a search: a Bloom filter whose bits of a key lie in one word (Putze, Sanders, Singler 2007).
/// It does not grow; a memtable of more keys than it was made for lets more reads through.
///
/// Threads: one writer; any number of readers meanwhile, who find every key that was published to
/// them (release, acquire) after add().
class KeyFilter {
  public:
    /// For a memtable that is sealed after `bytes`; a small one has no filter, and every
    /// key is let through.
    explicit KeyFilter(std::size_t bytes)
        : words_{bytes < bytes_min ? 0 : bytes / (bytes_per_bit * 64)},
          bits_{words_ == 0 ? nullptr : std::make_unique<std::atomic<std::uint64_t>[]>(words_)} {}

    /// `key_hash` is hash64(key, 0).
    void add(std::uint64_t key_hash) noexcept {
        if (bits_ != nullptr) {
            std::atomic<std::uint64_t>& word = bits_[place(key_hash)];
            word.store(word.load(std::memory_order_relaxed) | mask(key_hash),
                       std::memory_order_relaxed);
        }
    }

    /// False: the key was never added.
    [[nodiscard]] bool may_contain(std::uint64_t key_hash) const noexcept {
        const std::uint64_t wanted = mask(key_hash);
        return bits_ == nullptr ||
               (bits_[place(key_hash)].load(std::memory_order_relaxed) & wanted) == wanted;
    }

    /// Asks for the memory that may_contain() will look at.
    void prefetch(std::uint64_t key_hash) const noexcept {
        if (bits_ != nullptr) {
            __builtin_prefetch(&bits_[place(key_hash)]);
        }
    }

    [[nodiscard]] std::size_t memory() const noexcept { return words_ * sizeof(std::uint64_t); }

  private:
    // 16 bits for a key that takes 128 bytes with its value.
    static constexpr std::size_t bytes_per_bit = 8;
    static constexpr std::size_t bytes_min = std::size_t{1} << 20;

    [[nodiscard]] std::size_t place(std::uint64_t key_hash) const noexcept {
        return static_cast<std::size_t>(((key_hash >> 32) * words_) >> 32);
    }
    [[nodiscard]] static std::uint64_t mask(std::uint64_t key_hash) noexcept {
        const auto bit = [&](unsigned shift) {
            return std::uint64_t{1} << (key_hash >> shift & 63);
        };
        return bit(0) | bit(6) | bit(12) | bit(18);
    }

    std::size_t words_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> bits_;
};

}  // namespace strata
