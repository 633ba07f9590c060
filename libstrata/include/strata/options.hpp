// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace strata {

class FileSystem;
class Snapshot;

/// When a write is acknowledged. In all three modes an acknowledged write survives a killed
/// process; what differs is a power cut.
struct SyncMode {
    enum class Kind : std::uint8_t {
        sync,      ///< after its bytes are on stable storage: survives a power cut
        interval,  ///< a sync starts at most `interval` after the first unsynced write
        none,      ///< a power cut may lose a suffix of such writes, never leave a hole
    };
    Kind kind = Kind::sync;
    std::chrono::milliseconds interval{0};

    static SyncMode sync() { return {}; }
    static SyncMode none() { return {Kind::none, {}}; }
    static SyncMode every(std::chrono::milliseconds interval) { return {Kind::interval, interval}; }
};

enum class Compression : std::uint8_t { none = 0, lz4 = 1, zstd = 2 };

/// How to open a store. Every field has a default that is right for most uses.
struct Options {
    bool create = true;           ///< create the store when the directory holds none
    bool must_not_exist = false;  ///< refuse a store that is already there
    bool read_only = false;       ///< a fixed view of one moment; takes no lock, writes no byte
    std::chrono::milliseconds wait_lock{0};  ///< how long to wait for another owner
    SyncMode sync{};                         ///< default of writes that do not name a mode

    /// Bytes for memtables, cached blocks, filters and indexes together.
    std::size_t memory = std::size_t{256} << 20;
    /// Bytes of one memtable; unset: memory / 8, at most 64 MiB. From 512 B to 64 MiB when set.
    std::optional<std::size_t> memtable_size{};
    /// Bytes of a data block before compression, from 256 B to 1 MiB.
    std::size_t block_size = std::size_t{8} << 10;
    Compression compression = Compression::lz4;  ///< of every tier but the first, which has none
    /// Filter bits per key of the middle tiers, 0 to 32; the youngest tier has more, the last run
    /// fewer. 0: no filters.
    unsigned filter_bits = 10;
    /// Greatest wanted ratio of stored to live bytes under updates, 1.05 to 10. Less space costs
    /// more merging.
    double space_amp = 1.25;
    /// Reads see uncompressed blocks where the kernel caches them instead of copying them into
    /// `memory`: faster when the data is larger than that and fits the machine's. A block is
    /// verified when it is first read, and not again when the kernel drops it and reads it back;
    /// a block that the medium cannot give back then, or a table that somebody cuts short, ends
    /// the process (SIGBUS) where otherwise a read would fail.
    bool mapped_tables = false;
    unsigned workers = 1;  ///< threads that merge; flushing has one of its own. 0: no merging
    std::shared_ptr<FileSystem> file_system{};  ///< unset: the operating system's
};

struct WriteOptions {
    std::optional<SyncMode> sync{};  ///< unset: the store's mode
};

struct ReadOptions {
    const Snapshot* snapshot = nullptr;  ///< unset: the newest visible state. Must outlive the call
    /// Reads the state right after this sequence, instead of a snapshot: invalid_argument above the
    /// last one, gap below Stats::history_floor.
    std::optional<Sequence> at{};
};

/// A range of keys and how to walk it.
struct ScanOptions {
    std::optional<std::string> from{};   ///< first key, inclusive
    std::optional<std::string> to{};     ///< last key, exclusive
    std::optional<std::string> after{};  ///< keys greater than this one (less, when reverse)
    std::string prefix{};                ///< only keys that begin with it
    bool reverse = false;                ///< from the greatest key down
    const Snapshot* snapshot = nullptr;  ///< unset: the state when scan() was called
    std::optional<Sequence> at{};        ///< as in ReadOptions
    /// Every version still stored, not above the state's sequence: of each key the newest first,
    /// deletions too (Iterator::deleted()), in both directions.
    bool all_versions = false;
};

}  // namespace strata
