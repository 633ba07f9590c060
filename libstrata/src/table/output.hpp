// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/hash.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace strata {

/// Appends to a new file through a buffer of 1 MiB and hashes all that passes. Each full buffer is
/// handed to the disk at once, so that a large table does not delay the syncs of the log.
class TableOutput {
  public:
    explicit TableOutput(std::unique_ptr<File> file);

    [[nodiscard]] std::uint64_t position() const noexcept { return written_ + buffer_.size(); }
    Status append(Bytes bytes);
    /// Appends zeros up to a multiple of `alignment`.
    Status pad(std::size_t alignment);
    /// Writes what is buffered and makes the file durable.
    Status finish();
    /// hash64 of everything appended, seed 0; after finish().
    [[nodiscard]] std::uint64_t file_check() const noexcept { return hash_.digest(); }

  private:
    Status write_out(Bytes bytes);

    std::unique_ptr<File> file_;
    std::string buffer_;
    std::uint64_t written_ = 0;
    StreamHash hash_{0};
};

}  // namespace strata
