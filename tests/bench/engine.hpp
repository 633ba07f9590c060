// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the side-by-side benchmark asks of an engine. One file per engine implements it with that
/// engine's own public interface, set as somebody who knows the engine would. An error of an
/// engine ends the process with a message: a benchmark that goes on after one measures nothing.
namespace strata::bench {

struct EngineOptions {
    std::string directory;  ///< exists and is empty, or holds what the same engine left there
    /// True: a put returns when it would survive a power cut. False: when it would survive a
    /// killed process.
    bool sync = false;
    /// Of one memtable. An engine without memtables ignores it, and strata takes at most
    /// strata_memtable_bytes_max.
    std::size_t memtable_bytes = std::size_t{64} << 20;
    /// For cached blocks. An engine that leaves caching to the kernel ignores it.
    std::size_t cache_bytes = std::size_t{384} << 20;
    /// The data is larger than cache_bytes and lies in the kernel's cache: who can read it there
    /// in place, does. LevelDB and LMDB always do so.
    bool in_place = false;
    unsigned writers = 1;  ///< threads that will put at once; only the raw file asks
};

inline constexpr std::size_t strata_memtable_bytes_max = std::size_t{64} << 20;
/// The same for every engine that has filters.
inline constexpr int filter_bits_per_key = 10;

/// Reads one byte of each cache line, so that an engine that hands out a pointer into its cache
/// pays for the memory as one that copies does.
inline std::uint64_t consume(std::string_view bytes) {
    std::uint64_t sum = 0;
    for (std::size_t offset = 0; offset < bytes.size(); offset += 64) {
        sum += static_cast<unsigned char>(bytes[offset]);
    }
    return sum;
}

/// What a scan saw; the sum keeps the compiler and the engine from skipping the values.
struct ScanTotals {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t sum = 0;

    void add(std::string_view key, std::string_view value) {
        ++entries;
        bytes += key.size() + value.size();
        sum += consume(key) + consume(value);
    }
};

/// Reads of one thread; keeps what an engine wants reused from one read to the next.
class Reader {
  public:
    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;

    /// The newest value, valid until the next call, or empty when the key is absent.
    virtual std::optional<std::string_view> get(std::string_view key) = 0;
    /// Reads up to `entries` entries of the newest state, from the first key that is not below
    /// `from` upwards.
    virtual ScanTotals walk(std::string_view from, std::uint64_t entries) = 0;
};

struct KeyValue {
    std::string_view key;
    std::string_view value;
};

/// An open store. put, del and reader may be called by several threads at once; the others only
/// while nothing else runs. Destruction closes it.
class Engine {
  public:
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;

    virtual void put(std::string_view key, std::string_view value) = 0;
    /// Puts all of them or, after a crash, none.
    virtual void put_all(std::span<const KeyValue> entries) = 0;
    virtual void del(std::string_view key) = 0;
    virtual std::unique_ptr<Reader> reader() = 0;
    virtual ScanTotals scan(bool reverse) = 0;
    /// Brings the store into its smallest and fastest form and waits for it. Readers made before
    /// must be gone.
    virtual void compact() = 0;
};

/// An engine this program was built with.
struct EngineKind {
    const char* name;
    std::string version;
    bool on_disk;            ///< what is written can be read by another process later
    const char* log_suffix;  ///< of the names of its log files; empty: it has none
    std::unique_ptr<Engine> (*open)(const EngineOptions& options);
};

/// Every engine built in, strata first. The last, "raw", is no store but one file, the floor that
/// the disk sets to synced puts; it can do nothing else.
[[nodiscard]] std::span<const EngineKind> engine_kinds();

EngineKind strata_kind();
EngineKind strata_memory_kind();
EngineKind rocksdb_kind();
EngineKind leveldb_kind();
EngineKind lmdb_kind();
EngineKind raw_kind();

/// Prints "engine_bench: what: why" and ends the process.
[[noreturn]] void fail(std::string_view what, std::string_view why);

}  // namespace strata::bench
