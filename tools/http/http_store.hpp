// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/remote.hpp"

#include <strata/store.hpp>

#include <atomic>
#include <memory>
#include <string>

/// A store that strata-serve has open. Every method is one request, or a few; errors are those of
/// the store there, with the same codes and messages, and those of the way to it, which name the
/// server (io).
///
/// What differs from a store on disk: a Snapshot is only a sequence that reads name, so that they
/// end with gap when the server keeps it no longer. close() lets go of the connections and closes
/// nothing there; writes that asked for no sync become durable when the server finds it right, or
/// by sync(). checkpoint() is unsupported.
namespace strata::tools {

class HttpStore final : public Store {
  public:
    /// Connects when it is first used. `read_only`: refuses writes by itself.
    HttpStore(HttpSettings settings, bool read_only);

    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override;
    Result<std::optional<Value>> get(Bytes key, const ReadOptions& options) override;
    Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                       const ReadOptions& options) override;
    Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options) override;
    Result<std::unique_ptr<Snapshot>> snapshot() override;
    Result<History> history(Bytes key, const HistoryOptions& options) override;
    Result<Explanation> explain_get(Bytes key, const ReadOptions& options) override;
    Result<Explanation> explain_scan(const ScanOptions& options, std::uint64_t limit) override;
    Result<Explanation> explain_write(const Batch& batch, const WriteOptions& options) override;
    Status sync() override;
    Status flush() override;
    Status compact() override;
    Result<CheckpointReport> checkpoint(const std::string& directory) override;
    Result<CheckReport> check(const CheckOptions& options) override;
    Result<Stats> stats() override;
    Result<std::vector<RunInfo>> runs() override;
    Result<std::vector<FileInfo>> files() override;
    Result<RangeEstimate> estimate(const ScanOptions& options) override;
    [[nodiscard]] const OpenReport& open_report() const noexcept override { return open_report_; }
    /// Asks the server; where that fails, the last one that it told.
    [[nodiscard]] Sequence last_sequence() const noexcept override;
    Status close() override;

    /// As scan(), of which so many records are enough (0: all). The server sends no more, unless a
    /// bound is very long, so that the connection serves again.
    Result<std::unique_ptr<Iterator>> scan_some(const ScanOptions& options, std::uint64_t limit);
    /// Number of keys in a range, counted there.
    Result<std::uint64_t> count(const ScanOptions& options);

  private:
    [[nodiscard]] Error refused(const char* what) const;
    Result<std::string> get_text(std::string target);
    Result<std::vector<std::optional<Value>>> get_by_body(std::span<const Bytes> keys,
                                                          std::optional<Sequence> at);
    void saw(Sequence sequence) const noexcept;

    const std::shared_ptr<Remote> remote_;
    const bool read_only_;
    const OpenReport open_report_{};
    mutable std::atomic<Sequence> last_sequence_{0};
};

/// Opens a store by its name: "http://HOST:PORT", "https://HOST:PORT" or "unix:PATH".
Result<std::unique_ptr<HttpStore>> open_http_store(const std::string& name, std::string token,
                                                   bool read_only);

/// The token that a person gave: the first word of the file, or of $STRATA_TOKEN where `file` is
/// empty, or none.
Result<std::string> read_token(const std::string& file);

}  // namespace strata::tools
