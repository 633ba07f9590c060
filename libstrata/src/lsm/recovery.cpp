// SPDX-License-Identifier: Apache-2.0
#include "lsm/recovery.hpp"

#include "entry/operation.hpp"
#include "inspect/store_files.hpp"
#include "memtable/loader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace strata {
namespace {

// Builds memtables from the batches of the log, in order.
class Replay {
  public:
    explicit Replay(std::size_t memtable_size) : memtable_size_{memtable_size} {}

    Status take(const LogBatch& batch) {
        if (!current_ || (batch.segment != segment_ && current_->memory() >= memtable_size_)) {
            finish();
            current_ = std::make_shared<Memtable>(batch.first - 1, memtable_size_);
            loader_.emplace(*current_);
            segments_ = 0;
        }
        if (batch.segment != segment_) {
            segment_ = batch.segment;
            ++segments_;
        }
        OperationReader reader{batch.encoded};
        Entry entry;
        entry.sequence = batch.first;
        while (reader.next(entry)) {
            loader_->add(entry);
            ++entry.sequence;
        }
        return {};
    }

    // Newest first.
    std::vector<SealedMemtable> take_memtables() {
        finish();
        std::reverse(memtables_.begin(), memtables_.end());
        return std::move(memtables_);
    }

  private:
    void finish() {
        if (current_) {
            loader_->finish();
            memtables_.push_back({.memtable = std::move(current_),
                                  .last_segment = segment_,
                                  .segments = segments_,
                                  .recovered = true});
            current_.reset();
        }
    }

    std::size_t memtable_size_;
    std::shared_ptr<Memtable> current_;
    std::optional<MemtableLoader> loader_;  // of current_
    std::uint64_t segment_ = 0;
    std::uint64_t segments_ = 0;
    std::vector<SealedMemtable> memtables_;
};

}  // namespace

Result<Recovered> recover(FileSystem& file_system, const std::string& directory, Manifest manifest,
                          const RecoveryOptions& options) {
    Replay replay{options.memtable_size};
    Recovered recovered;
    recovered.log = STRATA_TRY(read_log(file_system, directory, log_input(manifest),
                                        [&](const LogBatch& batch) { return replay.take(batch); }));
    recovered.memtables = replay.take_memtables();
    recovered.report.closed_cleanly = manifest.active == 0 && recovered.log.closed;
    recovered.report.segments_read = recovered.log.segments.size();
    recovered.report.batches_replayed = recovered.log.batches;
    recovered.report.operations_replayed = recovered.log.operations;
    recovered.report.log_bytes_read = recovered.log.bytes;
    recovered.report.torn_tail = recovered.log.torn;
    recovered.report.torn_file = recovered.log.torn_path;
    recovered.report.torn_offset = recovered.log.torn_offset;
    recovered.report.torn_bytes = recovered.log.torn_bytes;
    recovered.manifest = std::move(manifest);
    return recovered;
}

}  // namespace strata
