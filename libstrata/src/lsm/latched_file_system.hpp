// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/failure.hpp"

#include <strata/file_system.hpp>

#include <memory>

namespace strata {

/// The latch, enforced in one place for all that a running store writes: a failed fdatasync or
/// rename (unless out of space) and a failed sync of a directory set it before the caller knows,
/// and from then on every call that would change the disk is refused, also in the middle of what
/// another thread had begun. Reads pass. `failure` must outlive it and its files.
[[nodiscard]] std::shared_ptr<FileSystem> latched_file_system(std::shared_ptr<FileSystem> base,
                                                              Failure& failure);

}  // namespace strata
