// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

/// What the kernel knows about this process and a directory.
namespace strata::tools {

/// User and system time of all threads of this process so far.
[[nodiscard]] double cpu_seconds();

/// Greatest resident set of this process, which includes pages of mapped files.
[[nodiscard]] std::uint64_t peak_memory_bytes();

/// write_bytes of /proc/self/io: bytes of the pages that this process made dirty plus what it
/// wrote past the page cache. It counts mapped writes, which wchar does not, and on a file system
/// in memory it stays 0.
[[nodiscard]] std::uint64_t storage_bytes_written();

struct DiskUse {
    std::uint64_t bytes = 0;  ///< allocated on disk
    std::uint64_t files = 0;
};
/// Of everything below `directory`; nothing when it is not there.
[[nodiscard]] DiskUse disk_use(const std::string& directory);
[[nodiscard]] inline std::uint64_t disk_bytes(const std::string& directory) {
    return disk_use(directory).bytes;
}

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

}  // namespace strata::tools
