// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/records.hpp"
#include "leveldb/write_batch.hpp"

#include <optional>
#include <vector>

/// The operations of the logs of a database, oldest first.
namespace strata::level {

class LogWalk {
  public:
    /// Both must outlive the walk.
    LogWalk(std::vector<LiveLog>& logs, const DamageHandler& damaged)
        : logs_{logs}, damaged_{damaged} {}

    /// Moves to the next operation; false behind the last. A batch gives all of its operations or,
    /// when it is damaged anywhere, none. A torn end is kept with its log, and is no damage.
    Result<bool> next();

    [[nodiscard]] InternalKey key() const noexcept { return batch_->key(); }
    [[nodiscard]] Bytes value() const noexcept { return batch_->value(); }
    /// The log that the current operation is from, and its number.
    [[nodiscard]] const std::string& log_path() const noexcept { return logs_[log_].path; }
    [[nodiscard]] std::uint64_t log_number() const noexcept;
    /// Where its batch begins in the log, and where it begins in the batch.
    [[nodiscard]] std::uint64_t batch_offset() const noexcept {
        return logs_[log_].reader->offset();
    }
    [[nodiscard]] std::size_t operation_offset() const noexcept {
        return batch_->operation_offset();
    }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_before_ + in_log_; }

  private:
    Result<bool> next_batch();
    Status take_batch(const LogReader& reader);

    std::vector<LiveLog>& logs_;
    const DamageHandler& damaged_;
    std::size_t log_ = 0;
    std::optional<BatchReader> batch_;
    std::uint64_t bytes_before_ = 0;  ///< of the logs that were read to their end
    std::uint64_t in_log_ = 0;
};

}  // namespace strata::level
