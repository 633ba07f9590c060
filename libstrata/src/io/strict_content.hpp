// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/testing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

/// The bytes of one file of StrictFileSystem, and what a power cut may make of them.
namespace strata {

/// Chooses among the values that something had since the last sync, oldest first. Some seeds
/// choose evenly, others mostly keep or mostly lose, since even choices over hundreds of sectors
/// would never lose just one.
class CrashChoice {
  public:
    CrashChoice(CrashPolicy policy, std::uint64_t seed) noexcept;

    /// An index below `count`: the durable value is 0, the volatile one count - 1.
    [[nodiscard]] std::size_t choose(std::size_t count) noexcept;

  private:
    std::uint64_t next() noexcept;

    CrashPolicy policy_;
    std::uint64_t state_;
    std::uint64_t leaning_;  ///< 0: even; 1: mostly volatile; 2: mostly durable
};

/// A sequence of 512-byte sectors, each shared with crash clones until it changes, and for every
/// sector that changed since the last sync the distinct values it had, the durable one first and
/// the volatile one last.
/// Invariant: bytes at and beyond size() are zero in the volatile image.
class StrictContent {
  public:
    static constexpr std::size_t sector_size = 512;
    /// In bytes; the sectors of a larger file would need too much memory for their bookkeeping.
    static constexpr std::uint64_t size_max = std::uint64_t{4} << 30;
    /// Values kept of one unsynced sector; beyond, one in the middle is forgotten. Appends of 8
    /// bytes stay below.
    static constexpr std::size_t values_max = 66;

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<char> out) const;
    void write(std::uint64_t offset, Bytes data);
    /// write() and resize() need: the end is at most size_max.
    void resize(std::uint64_t size);
    /// The volatile image becomes the durable one.
    void sync();
    /// What a power cut leaves: the size and every sector are chosen one by one.
    [[nodiscard]] StrictContent after_crash(CrashChoice& choice) const;

  private:
    using Data = std::array<char, sector_size>;
    using Sector = std::shared_ptr<const Data>;  ///< null: zeros

    static bool same(const Sector& a, const Sector& b) noexcept;
    void write_sector(std::size_t index, std::size_t offset, Bytes data);
    void set_sector(std::size_t index, Sector sector);
    void set_size(std::uint64_t size);
    [[nodiscard]] std::uint64_t size_after_crash(CrashChoice& choice) const;

    std::uint64_t size_ = 0;
    std::uint64_t durable_size_ = 0;
    std::set<std::uint64_t> other_sizes_;  ///< since the last sync, besides durable and volatile
    std::vector<Sector> sectors_;          ///< those beyond the end of the vector are zeros
    std::map<std::size_t, std::vector<Sector>> sector_history_;
};

}  // namespace strata
