// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Facts that a store tells about itself. Plain data; sizes in bytes, times in the unit named.
namespace strata {

/// What opening found and did.
struct OpenReport {
    bool created = false;        ///< the store was new
    bool closed_cleanly = true;  ///< the last owner called close()
    std::uint64_t segments_read = 0;
    std::uint64_t batches_replayed = 0;
    std::uint64_t operations_replayed = 0;
    std::uint64_t log_bytes_read = 0;
    bool torn_tail = false;  ///< the end of the log was dropped, see the next three
    std::string torn_file;   ///< the segment the tail was torn in
    std::uint64_t torn_offset = 0;
    std::uint64_t torn_bytes = 0;
    std::uint64_t files_removed = 0;         ///< leftovers that no manifest names
    std::vector<std::string> unknown_files;  ///< names that are not the store's; left alone
    std::uint64_t microseconds = 0;
};

/// Something the store did by itself, newest last.
struct Event {
    std::uint64_t time_ms = 0;  ///< since 1970
    std::string text;           ///< one line: "flush 000000000012.sst 4.1 MiB 31 ms"
};

struct Stats {
    std::string store_id;  ///< 32 hexadecimal digits
    Sequence last_sequence = 0;
    Sequence durable_sequence = 0;  ///< operations up to here survive a power cut
    /// Reads at sequences from here on find everything; below it versions are gone.
    Sequence history_floor = 0;

    std::uint64_t memtables = 0;
    std::uint64_t memtable_bytes = 0;
    std::uint64_t log_segments = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t runs = 0;
    std::uint64_t tables = 0;
    std::uint64_t table_bytes = 0;
    std::uint64_t table_entries = 0;
    std::uint64_t table_deletes = 0;

    std::uint64_t cache_bytes = 0;
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
    std::uint64_t memory_limit = 0;

    std::uint64_t user_bytes_written = 0;  ///< keys and values accepted since opening
    std::uint64_t log_bytes_written = 0;
    std::uint64_t flush_bytes_written = 0;
    std::uint64_t merge_bytes_written = 0;
    std::uint64_t syncs = 0;
    std::uint64_t groups = 0;
    std::uint64_t flushes = 0;
    std::uint64_t merges = 0;

    std::uint64_t snapshots = 0;
    std::uint64_t delayed_microseconds = 0;  ///< that writes were paced or stopped
    std::string limiter = "none";  ///< what slows writes now: none, memory, flush, merge, disk
    std::string failure;           ///< first cause why writes are refused; empty: they are not
    std::vector<Event> events;     ///< the last 100
};

struct HistoryOptions {
    std::uint64_t limit = 0;  ///< at most so many versions; 0: all
};

/// A version of a key that the store still has.
struct StoredVersion {
    Sequence sequence = 0;
    bool deleted = false;          ///< a tombstone, which has no value
    std::uint64_t value_size = 0;  ///< bytes
    std::string place;             ///< memtable, sealed memtable, table; memory in a store there
    std::string file;              ///< the log segment or table that holds it; empty: none
    std::optional<std::uint64_t> run{};  ///< of a table: RunInfo::number
};

struct History {
    /// Versions that were replaced at or below it may be gone; so may deletions that have nothing
    /// left to delete. All others are there.
    Sequence floor = 0;
    std::vector<StoredVersion> versions;  ///< newest first
    bool more = false;                    ///< the limit left older ones out
};

struct TableInfo {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
    std::uint64_t entries = 0;
    std::uint64_t deletes = 0;
    Sequence sequence_min = 0;
    Sequence sequence_max = 0;
    std::string key_min;
    std::string key_max;
};

struct RunInfo {
    std::uint64_t number = 0;  ///< newest run: 0
    std::uint32_t tier = 0;    ///< 0 holds flushes
    std::vector<TableInfo> tables;
};

struct FileInfo {
    std::string name;
    std::string role;  ///< lock, manifest, old-manifest, wal, table, orphan, unknown
    std::uint64_t size = 0;
};

/// What a checkpoint or a restored store consists of. Sizes in bytes.
struct CheckpointReport {
    Sequence last_sequence = 0;  ///< of the last operation in it
    std::uint64_t tables = 0;
    std::uint64_t tables_linked = 0;  ///< of those, sharing their bytes with the store
    std::uint64_t segments = 0;
    std::uint64_t bytes_linked = 0;
    std::uint64_t bytes_copied = 0;
    std::uint64_t microseconds = 0;
};

struct RangeEstimate {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

struct CheckOptions {
    bool full = true;  ///< read every block; false: structures and bounds only
    /// Called now and then with the bytes done, which only grow, and of all that will be read: from
    /// one thread at a time, but not always the same. May be empty.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
};

/// One thing found wrong.
struct Finding {
    std::string file;
    std::uint64_t offset = 0;
    std::string message;  ///< what was expected and what was found
};

struct CheckReport {
    std::uint64_t files = 0;
    std::uint64_t blocks = 0;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    bool torn_tail = false;          ///< the log ends as an interrupted write leaves it
    std::vector<Finding> findings;   ///< empty: all is well
    std::vector<std::string> notes;  ///< worth knowing, not wrong: a torn tail, unknown files
};

}  // namespace strata
