// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/file_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// File systems for tests: one in memory that forgets what was not synced, and one that makes
/// calls fail. They are public so that programs that embed strata, and strata-stress, can prove
/// their own crash safety with them.
namespace strata {

/// What a power cut does to data that was not synced.
enum class CrashPolicy : std::uint8_t {
    drop,  ///< loses all of it
    keep,  ///< keeps all of it
    torn,  ///< each unsynced 512-byte sector and each unsynced name survives or not, by chance
};

/// Files in memory, with two images: what processes see (volatile) and what stable storage holds
/// (durable). sync() moves a file's bytes and size to the durable image, sync_directory() a
/// directory's names. Between two syncs each 512-byte sector of a file may durably hold any value
/// it had since the last one, independently of all others; names survive one by one. Weaker than
/// any real file system on purpose. Thread-safe.
class StrictFileSystem : public FileSystem {
  public:
    /// A new, empty file system with an existing root directory "/".
    static std::shared_ptr<StrictFileSystem> create();

    /// An independent file system that holds what a power cut at this moment would leave. The
    /// same seed gives the same choices. Open files and locks do not come along.
    [[nodiscard]] virtual std::shared_ptr<StrictFileSystem> crash_clone(
        CrashPolicy policy, std::uint64_t seed) const = 0;

    /// Limits the bytes that all files may hold together; beyond, writes and reserve() answer
    /// no_space. 0: no limit.
    virtual void set_capacity(std::uint64_t bytes) = 0;
    [[nodiscard]] virtual std::uint64_t used_bytes() const = 0;
};

/// One call that a FaultFileSystem saw.
struct FileCall {
    std::uint64_t index = 0;  ///< counted from 1 over all calls
    /// open rename link unlink create_directory remove_directory list sync_directory status lock;
    /// of a file read write reserve sync truncate size; of a lock write_text. Advice (drop_cache,
    /// start_writeback) and closing are no calls.
    std::string name{};
    std::string path{};  ///< what the file was opened as; of a rename or link the old name
};

/// What to do with a call.
enum class Fault : std::uint8_t {
    none,         ///< let it through
    fail_before,  ///< EIO without effect
    fail_after,   ///< EIO although it took effect
    no_space,     ///< ENOSPC without effect
    short_write,  ///< of a write: half of the bytes reach the file, then EIO; else fail_before
    /// From now on (this call without effect) every call fails: the process is as good as dead.
    dead,
};

/// Passes calls on to another file system and asks a function, before each, whether it should
/// fail. Thread-safe; the function is called under a lock, one call at a time.
class FaultFileSystem : public FileSystem {
  public:
    using Decide = std::function<Fault(const FileCall&)>;

    static std::shared_ptr<FaultFileSystem> create(std::shared_ptr<FileSystem> base);

    /// Replaces the function; an empty one lets every call through.
    virtual void set_decide(Decide decide) = 0;
    /// Fails the n-th call from now (1 is the next).
    void fail_nth(std::uint64_t n, Fault fault);

    [[nodiscard]] virtual std::uint64_t calls() const = 0;
    /// Calls that were made to fail so far: a fault test that injected nothing proves nothing.
    [[nodiscard]] virtual std::uint64_t faults() const = 0;
};

}  // namespace strata
