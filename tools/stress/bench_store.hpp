// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/process_facts.hpp"
#include "stress/operations.hpp"
#include "stress/options.hpp"
#include "stress/work_directory.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// The store that a benchmark runs on: a temporary one that is removed at the end, or the one that
/// the command line names. A store that was there before is not touched unless that was asked for.
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
    /// Empty for a store in memory.
    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    /// Whether it is removed at the end.
    [[nodiscard]] bool temporary() const noexcept { return parent_ != nullptr && !parent_->kept(); }
    [[nodiscard]] DiskUse disk() const { return disk_use(directory_); }

    /// Lets the store go without closing it, as a killed process does, and opens it again.
    Status reopen_unclosed();
    Status close() { return store_->close(); }

  private:
    BenchStore() = default;

    std::string where_;
    std::string directory_;
    std::unique_ptr<WorkDirectory> parent_;  // of a temporary store
    Options settings_;
    std::unique_ptr<Store> store_;
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
