// SPDX-License-Identifier: Apache-2.0
#include "leveldb/owner.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace strata::level {

std::optional<std::uint64_t> database_owner(const std::string& directory) {
    const std::string path = directory + "/LOCK";
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return std::nullopt;
    }
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool asked = ::fcntl(descriptor, F_GETLK, &lock) == 0;
    ::close(descriptor);
    if (!asked || lock.l_type == F_UNLCK) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(lock.l_pid);
}

}  // namespace strata::level
