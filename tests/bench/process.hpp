// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// What the kernel knows about this process and a directory.
namespace strata::bench {

class Engine;

/// User and system time of all threads of this process so far.
[[nodiscard]] double cpu_seconds();

/// Greatest resident set of this process, which includes pages of mapped files.
[[nodiscard]] std::uint64_t peak_memory_bytes();

/// write_bytes of /proc/self/io: bytes of the pages that this process made dirty plus what it
/// wrote past the page cache. It counts mapped writes, which wchar does not, and on a file system
/// in memory it stays 0.
[[nodiscard]] std::uint64_t storage_bytes_written();

/// Bytes allocated on disk for everything below `directory`.
[[nodiscard]] std::uint64_t disk_bytes(const std::string& directory);

/// Bytes in the files of `directory` whose names end in `suffix`: their sizes, or less where not
/// all of that is allocated. Space set aside behind a file's end does not count.
[[nodiscard]] std::uint64_t file_bytes(const std::string& directory, std::string_view suffix);

/// Runs `work` in a child process, so that the memory it used is not this one's, and ends this
/// process when it fails. What it left in the page cache is on the disk afterwards, so that the
/// kernel does not write beside what is measured. Call it before anything has started a thread.
void run_in_child(const std::function<void()>& work);

/// The same, but the child kills itself with SIGKILL when it has opened and filled a store.
void run_killed_child(const std::function<std::unique_ptr<Engine>()>& work);

/// Time since it was made.
class Stopwatch {
  public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - start_).count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
};

}  // namespace strata::bench
