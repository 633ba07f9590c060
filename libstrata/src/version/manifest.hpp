// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"
#include "version/runs.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The manifest, `N.manifest`: which files of a store are live. One whole file, replaced at once;
/// the highest number wins. It repeats what the tables say of themselves, so that opening a store
/// touches no table. The specification is strata-manifest(5); integers are little-endian:
///
///     at  size   field
///      0  8      magic STRATMAN
///      8  2, 2   version 1, reserved
///     12  4,4,4  required bits, optional bits, flags (bit 0: repaired)
///     24  16     store id
///     40  8      manifest number, which is in the name too
///     48  8,8,8  next file number, last sequence in tables, time in ms since 1970
///     72  8, 8   active segment (0: closed cleanly), its key
///     88  4 x 4  sealed segments s, runs r, tables t, properties q
///    104  40 s   sealed segments, oldest first: number, key, length, first and last sequence
///         104 t  tables, newest run first, keys ascending in a run: number, length, footer check,
///         + keys check of the whole file, least and greatest sequence, entries, deletes, raw
///                bytes, oldest tombstone, last expiry (11 x 8); run, tier, length of the least and
///                of the greatest key (4 x 4); the two keys
///         q      properties: name length u16, value length u32, name, value
///    end  8      check = hash64(all before, 0)
///
/// Example, explained in the manual page (one segment, one table, one property):
///
///     000 53 54 52 41 54 4d 41 4e 01 00 00 00 00 00 00 00
///     010 00 00 00 00 00 00 00 00 00 01 02 03 04 05 06 07
///     020 08 09 0a 0b 0c 0d 0e 0f 09 00 00 00 00 00 00 00
///     030 0a 00 00 00 00 00 00 00 29 00 00 00 00 00 00 00
///     040 00 68 e5 cf 8b 01 00 00 08 00 00 00 00 00 00 00
///     050 88 77 66 55 44 33 22 11 01 00 00 00 01 00 00 00
///     060 01 00 00 00 01 00 00 00 07 00 00 00 00 00 00 00
///     070 11 22 33 44 55 66 77 88 00 10 00 00 00 00 00 00
///     080 2a 00 00 00 00 00 00 00 32 00 00 00 00 00 00 00
///     090 05 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00
///     0a0 11 10 0f 0e 0d 0c 0b 0a a8 a7 a6 a5 a4 a3 a2 a1
///     0b0 03 00 00 00 00 00 00 00 29 00 00 00 00 00 00 00
///     0c0 1e 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
///     0d0 84 03 00 00 00 00 00 00 18 64 e5 cf 8b 01 00 00
///     0e0 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00
///     0f0 05 00 00 00 04 00 00 00 61 70 70 6c 65 70 65 61
///     100 72 0d 00 08 00 00 00 68 69 73 74 6f 72 79 2e 66
///     110 6c 6f 6f 72 28 00 00 00 00 00 00 00 a8 35 74 bd
///     120 08 9a b5 15
///
/// On write: the invariants below and those of runs.hpp are asserted. On read: magic, check,
/// version and required bits in this order, then every length, then the same invariants. A later
/// version may add properties and optional bits freely; whatever must not be ignored gets a
/// required bit or a new version number.
namespace strata {

inline constexpr std::uint16_t manifest_version = 1;
inline constexpr std::size_t manifest_header_size = 104;
inline constexpr std::size_t manifest_number_at = 40;
inline constexpr std::size_t manifest_segment_size = 40;
inline constexpr std::size_t manifest_table_size = 104;   ///< without its two keys
inline constexpr std::size_t manifest_property_size = 6;  ///< without name and value
inline constexpr std::size_t manifest_check_size = 8;
/// Longest manifest that is read, in bytes: a table takes 104 and its keys, so millions fit.
inline constexpr std::uint64_t manifest_size_max = std::uint64_t{1} << 30;

/// A sealed WAL segment whose whole length is on stable storage. `key` is the check of its header.
struct SegmentFacts {
    std::uint64_t number = 0;
    std::uint64_t key = 0;
    std::uint64_t length = 0;  ///< bytes
    Sequence first_sequence = 0;
    Sequence last_sequence = 0;  ///< first_sequence - 1 when it holds no operation

    friend bool operator==(const SegmentFacts&, const SegmentFacts&) = default;
};

/// Invariants, besides those of find_broken_invariant: all file numbers (the manifest's own, of
/// segments, of tables) are above 0, differ, and lie below next_number. Sealed segments ascend in
/// number and sequence, the active one has a higher number. No table has a sequence beyond
/// last_sequence. Property names differ and have 1 to 65535 bytes.
struct Manifest {
    StoreId store{};
    std::uint64_t number = 0;
    std::uint64_t next_number = 1;  ///< the next file of any kind gets it
    Sequence last_sequence = 0;     ///< greatest that is in tables; newer ones are in the log
    std::uint64_t time_ms = 0;      ///< when it was written, since 1970
    std::uint64_t active = 0;       ///< segment that takes writes; 0: closed cleanly
    std::uint64_t active_key = 0;
    bool repaired = false;               ///< the store was put together by a repair tool
    std::vector<SegmentFacts> sealed{};  ///< oldest first
    std::vector<RunFacts> runs{};        ///< newest first
    std::vector<std::pair<std::string, std::string>> properties{};  ///< unknown ones are kept

    /// Highest sequence below which history is incomplete: a read at a sequence that is not below
    /// it finds everything, a read below it may miss versions that compaction dropped. It is the
    /// property "history.floor" (u64); 0 when there is none.
    [[nodiscard]] Sequence history_floor() const noexcept;
    void set_history_floor(Sequence floor);

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Says which invariant a manifest breaks; empty when all hold.
[[nodiscard]] std::optional<std::string> find_broken_invariant(const Manifest& manifest);

/// The bytes of the file. The invariants must hold.
[[nodiscard]] std::string encode_manifest(const Manifest& manifest);

/// Reads what encode_manifest wrote. `path` is what errors call it. corruption: damaged, or an
/// invariant does not hold; unsupported: written by a later version, or with a required feature
/// that this program does not know.
[[nodiscard]] Result<Manifest> decode_manifest(Bytes bytes, const std::string& path);

}  // namespace strata
