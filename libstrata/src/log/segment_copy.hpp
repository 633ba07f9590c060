// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// Writes a segment file of its own, outside any store, from batches of others: what can be saved
/// of a damaged log as a log that is whole. One thread.
///
///     create(...); add_batch(...), add_mark(...) in order; finish(...)
///
/// Times are the caller's, so that a copy keeps those of the original. A file that exists is never
/// replaced. Without finish() the destructor removes what was written.
namespace strata {

struct SegmentCopyFacts {
    StoreId store{};
    std::uint64_t number = 1;
    Sequence first_sequence = 1;  ///< of the first operation; the rest count on from it
    std::uint64_t time_ms = 0;    ///< of the link, since 1970
};

class SegmentCopy {
  public:
    static Result<std::unique_ptr<SegmentCopy>> create(FileSystem& files, const std::string& path,
                                                       const SegmentCopyFacts& facts);
    SegmentCopy(const SegmentCopy&) = delete;
    SegmentCopy& operator=(const SegmentCopy&) = delete;
    ~SegmentCopy();

    /// One batch of `count` > 0 operations. unsupported: the file would pass segment_size_max.
    Status add_batch(Bytes operations_encoded, std::uint32_t count);
    Status add_mark(std::uint64_t time_ms);
    /// Makes everything durable, then seals the segment with a mark that says so, and makes that
    /// and the name durable.
    Status finish(std::uint64_t time_ms);

    /// Sequence that the next operation gets.
    [[nodiscard]] Sequence next_sequence() const noexcept {
        return facts_.first_sequence + operations_;
    }
    /// Bytes of the file, written or waiting.
    [[nodiscard]] std::uint64_t size() const noexcept { return written_ + pending_.size(); }

  private:
    SegmentCopy(FileSystem& files, std::string path, const SegmentCopyFacts& facts)
        : files_{files}, path_{std::move(path)}, facts_{facts} {}
    Status write_pending();

    FileSystem& files_;
    std::string path_;
    SegmentCopyFacts facts_;
    std::unique_ptr<File> file_{};
    std::uint64_t key_ = 0;
    std::uint64_t written_ = 0;
    std::uint32_t operations_ = 0;
    std::string pending_{};
    bool finished_ = false;
};

}  // namespace strata
