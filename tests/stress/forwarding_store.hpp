// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/store.hpp>

#include <memory>
#include <utility>

namespace strata::tools {

/// A store that passes everything on to another one; what goes wrong is up to those who derive.
class ForwardingStore : public Store {
  public:
    explicit ForwardingStore(std::unique_ptr<Store> base) : base_{std::move(base)} {}

    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override {
        return base_->write(batch, options);
    }
    Result<std::optional<Value>> get(Bytes key, const ReadOptions& options) override {
        return base_->get(key, options);
    }
    Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                       const ReadOptions& options) override {
        return base_->get_many(keys, options);
    }
    Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options) override {
        return base_->scan(options);
    }
    Status flush() override { return base_->flush(); }
    Result<std::unique_ptr<Snapshot>> snapshot() override { return base_->snapshot(); }
    Result<History> history(Bytes key, const HistoryOptions& options) override {
        return base_->history(key, options);
    }
    Result<Explanation> explain_get(Bytes key, const ReadOptions& options) override {
        return base_->explain_get(key, options);
    }
    Result<Explanation> explain_scan(const ScanOptions& options, std::uint64_t limit) override {
        return base_->explain_scan(options, limit);
    }
    Result<Explanation> explain_write(const Batch& batch, const WriteOptions& options) override {
        return base_->explain_write(batch, options);
    }
    Status sync() override { return base_->sync(); }
    Status compact() override { return base_->compact(); }
    Result<CheckpointReport> checkpoint(const std::string& directory) override {
        return base_->checkpoint(directory);
    }
    Result<CheckReport> check(const CheckOptions& options) override {
        return base_->check(options);
    }
    Result<Stats> stats() override { return base_->stats(); }
    Result<std::vector<RunInfo>> runs() override { return base_->runs(); }
    Result<std::vector<FileInfo>> files() override { return base_->files(); }
    Result<RangeEstimate> estimate(const ScanOptions& options) override {
        return base_->estimate(options);
    }
    [[nodiscard]] const OpenReport& open_report() const noexcept override {
        return base_->open_report();
    }
    [[nodiscard]] Sequence last_sequence() const noexcept override {
        return base_->last_sequence();
    }
    Status close() override { return base_->close(); }

  protected:
    [[nodiscard]] Store& base() noexcept { return *base_; }

  private:
    std::unique_ptr<Store> base_;
};

}  // namespace strata::tools
