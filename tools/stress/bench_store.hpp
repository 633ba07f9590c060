// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/process_facts.hpp"
#include "http/http_store.hpp"
#include "stress/operations.hpp"
#include "stress/options.hpp"
#include "stress/target.hpp"
#include "stress/work_directory.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// The store that a benchmark runs on: a temporary one that is removed at the end, or the one that
/// the command line names, perhaps a server's. A store that was there before, or that a server has
/// records in, is not touched unless that was asked for.
namespace strata::tools {

class BenchStore {
  public:
    /// Decides where the store is and opens it. `where`: STORE of the command line, or empty.
    static Result<std::unique_ptr<BenchStore>> open(const StressOptions& options,
                                                    const std::string& where, const SyncMode& sync);
    BenchStore(const BenchStore&) = delete;
    BenchStore& operator=(const BenchStore&) = delete;
    /// Closes the store, and removes it when it is a temporary one.
    ~BenchStore();

    [[nodiscard]] Store& store() noexcept { return *store_; }
    /// What the workload runs against, for as long as the store is not reopened.
    [[nodiscard]] std::unique_ptr<Target> target(const SyncMode& sync);
    /// Whether a server has the store.
    [[nodiscard]] bool remote() const noexcept { return remote_ != nullptr; }
    /// Empty for a store in memory, and for one of a server.
    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    /// Whether it is removed at the end.
    [[nodiscard]] bool temporary() const noexcept { return parent_ != nullptr && !parent_->kept(); }
    [[nodiscard]] DiskUse disk() const { return disk_use(directory_); }

    /// Lets the store go without closing it, as a killed process does, and opens it again. Not for
    /// a server's.
    Status reopen_unclosed();
    Status close() { return store_->close(); }

  private:
    BenchStore() = default;

    Status open_remote(const StressOptions& options);

    std::string where_;
    std::string directory_;
    std::unique_ptr<WorkDirectory> parent_;  // of a temporary store
    Options settings_;
    std::unique_ptr<Store> store_;
    HttpStore* remote_ = nullptr;  // store_, when a server has it
};

/// What loading is told, and tells meanwhile.
struct LoadRequest {
    std::uint64_t keys = 0;
    std::uint64_t seed = 0;
    /// Called now and then with the keys written; true stops.
    std::function<bool(std::uint64_t done)> stop{};
};

/// Writes every key of a workload once, in random order, unsynced, and makes them durable. Returns
/// the number of keys written.
Result<std::uint64_t> load_keys(Store& store, const Workload& workload, const LoadRequest& request);

/// Whether a sample of the keys of a workload, the first and the last among them, is there.
Result<bool> holds_keys(Store& store, const Workload& workload);

/// Keys and values of everything in a store, without versions and overhead.
struct LiveData {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
};
Result<LiveData> live_data(Store& store);

}  // namespace strata::tools
