// SPDX-License-Identifier: Apache-2.0
#include "io/lock_holder.hpp"

#include "io/lock_text.hpp"
#include "io/owner.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace strata {
namespace {

/// One line of /proc/locks, "1: FLOCK  ADVISORY  WRITE 1234 08:02:5678 0 EOF": who has an exclusive
/// flock on which inode.
struct HeldLock {
    std::uint64_t process = 0;
    unsigned major_number = 0;
    unsigned minor_number = 0;
    std::uint64_t inode = 0;
};

std::optional<HeldLock> parse_lock(const std::string& line) {
    std::istringstream words{line};
    std::string number;
    std::string kind;
    std::string advisory;
    std::string mode;
    HeldLock lock;
    char colon = 0;
    // Somebody who only waits for a lock has "->" in the place of the kind.
    words >> number >> kind >> advisory >> mode >> lock.process >> std::hex >> lock.major_number >>
        colon >> lock.minor_number >> colon >> std::dec >> lock.inode;
    const bool held = !words.fail() && kind == "FLOCK" && mode == "WRITE";
    return held ? std::optional<HeldLock>{lock} : std::nullopt;
}

Owner read_owner(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text(lock_text_size_max, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parse_owner(text);
}

std::string words_of(const Owner& owner) {
    return fmt::format("pid {} ({}) on {}, since {}", owner.process, owner.program, owner.host,
                       owner.since);
}

}  // namespace

std::optional<std::string> lock_holder(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
        return std::nullopt;
    }
    const Owner owner = read_owner(path);
    std::ifstream locks{"/proc/locks"};
    for (std::string line; std::getline(locks, line);) {
        const std::optional<HeldLock> lock = parse_lock(line);
        if (!lock || lock->inode != found.st_ino) {
            continue;
        }
        // Some file systems show another device number in stat than the kernel lists.
        if (owner.process == lock->process && owner.process != 0) {
            return words_of(owner);
        }
        if (lock->major_number == major(found.st_dev) &&
            lock->minor_number == minor(found.st_dev)) {
            return fmt::format("pid {}", lock->process);
        }
    }
    return std::nullopt;
}

}  // namespace strata
