// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/descriptor.hpp"

#include <strata/file_system.hpp>

#include <memory>
#include <string>

namespace strata {

/// A file of the operating system. `path` is what errors call it, also after a rename.
[[nodiscard]] std::unique_ptr<File> make_posix_file(std::string path, Descriptor descriptor);

/// The loops behind File::read and File::write, which the lock file uses too.
[[nodiscard]] Result<std::size_t> read_descriptor(const std::string& path, int descriptor,
                                                  std::uint64_t offset, std::span<char> out);
Status write_descriptor(const std::string& path, int descriptor, std::uint64_t offset, Bytes data);

/// Sets the length of a file.
Status truncate_descriptor(const std::string& path, int descriptor, std::uint64_t size);

}  // namespace strata
