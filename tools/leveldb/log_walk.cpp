// SPDX-License-Identifier: Apache-2.0
#include "leveldb/log_walk.hpp"
#include "io/file_contents.hpp"

#include <fmt/format.h>

#include <utility>

namespace strata::level {

Result<bool> LogWalk::next() {
    while (true) {
        if (!batch_) {
            const bool more = STRATA_TRY(next_batch());
            if (!more) {
                return false;
            }
            continue;
        }
        const bool more = STRATA_TRY(batch_->next());
        if (more) {
            return true;
        }
        batch_.reset();
    }
}

std::uint64_t LogWalk::log_number() const noexcept {
    const Bytes path = logs_[log_].path;
    return parse_file_name(base_name(std::string(path))).number;
}

/// One step of one log. False: no log is left.
Result<bool> LogWalk::next_batch() {
    if (log_ == logs_.size()) {
        return false;
    }
    LiveLog& log = logs_[log_];
    LogReader& reader = *log.reader;
    const LogEvent event = STRATA_TRY(reader.next());
    switch (event) {
        case LogEvent::record:
            STRATA_TRY(take_batch(reader));
            in_log_ = reader.end();
            break;
        case LogEvent::damage: {
            const LogGap& gap = reader.gap();
            STRATA_TRY(damaged_(
                {.path = log.path,
                 .offset = gap.offset,
                 .size = gap.size,
                 .message = fmt::format("{}: at {}: {}", log.path, gap.offset, gap.reason)}));
            break;
        }
        case LogEvent::torn:
            log.torn = reader.gap();
            break;
        case LogEvent::end:
            bytes_before_ += reader.size();
            in_log_ = 0;
            ++log_;
            break;
    }
    return true;
}

/// Reads a batch to its end before any of it is used.
Status LogWalk::take_batch(const LogReader& reader) {
    auto trial = BatchReader::create(reader.record());
    Status status;
    if (!trial) {
        status = trial.take_error();
    }
    for (bool more = status.has_value(); more;) {
        auto next = trial->next();
        if (!next) {
            status = next.take_error();
        }
        more = next && *next;
    }
    if (!status) {
        return damaged_({.path = reader.path(),
                         .offset = reader.offset(),
                         .size = reader.end() - reader.offset(),
                         .message = fmt::format("{}: at {}: {}", reader.path(), reader.offset(),
                                                status.error().message)});
    }
    batch_ = STRATA_TRY(BatchReader::create(reader.record()));
    return {};
}

}  // namespace strata::level
