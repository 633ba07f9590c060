// SPDX-License-Identifier: Apache-2.0
#include "common/process_facts.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace strata::tools {

namespace {

rusage usage() {
    rusage facts{};
    getrusage(RUSAGE_SELF, &facts);
    return facts;
}

}  // namespace

double cpu_seconds() {
    // Exact, while getrusage() counts in the ticks of the scheduler.
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::uint64_t peak_memory_bytes() { return static_cast<std::uint64_t>(usage().ru_maxrss) * 1024; }

std::uint64_t storage_bytes_written() {
    std::ifstream file{"/proc/self/io"};
    std::string name;
    std::uint64_t value = 0;
    while (file >> name >> value) {
        if (name == "write_bytes:") {
            return value;
        }
    }
    return 0;
}

DiskUse disk_use(const std::string& directory) {
    // st_blocks counts units of 512 bytes whatever the file system's block size is.
    constexpr std::uint64_t block_unit = 512;
    DiskUse use;
    std::error_code error;
    std::filesystem::recursive_directory_iterator item{directory, error};
    for (const std::filesystem::recursive_directory_iterator end; !error && item != end;
         item.increment(error)) {
        struct stat facts {};
        if (lstat(item->path().c_str(), &facts) == 0) {
            use.bytes += static_cast<std::uint64_t>(facts.st_blocks) * block_unit;
            use.files += S_ISREG(facts.st_mode) ? 1 : 0;
        }
    }
    return use;
}

}  // namespace strata::tools
