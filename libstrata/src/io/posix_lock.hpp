// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"

#include <strata/file_system.hpp>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <sys/types.h>

namespace strata {

/// Which lock files this process holds, by device and inode. flock alone would do on a local disk;
/// where the kernel emulates it by record locks, two locks of one process do not exclude each
/// other. Thread-safe.
class LockRegistry {
  public:
    using Identity = std::pair<dev_t, ino_t>;

    /// False when this process holds it already.
    bool insert(Identity identity) STRATA_EXCLUDES(mutex_);
    void erase(Identity identity) STRATA_EXCLUDES(mutex_);

  private:
    Mutex mutex_;
    std::set<Identity> held_ STRATA_GUARDED_BY(mutex_);
};

/// FileSystem::lock: flock(LOCK_EX | LOCK_NB) of a file that is created when missing and not
/// unlinked here; when a holder unlinks it, whoever had opened it before is told that it is busy.
/// The lock ends with the object or with the process; a child made by fork does not prolong it
/// beyond the life of the object.
[[nodiscard]] Result<std::unique_ptr<FileLock>> lock_posix_file(
    const std::string& path, std::shared_ptr<LockRegistry> registry);

}  // namespace strata
