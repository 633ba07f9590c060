// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/store.hpp>

#include <cstdint>

/// What a workload is run against: a store, or something that answers like one.
namespace strata::tools {

/// What an operation met. Values are read in full, one byte of each cache line, so that a store
/// that hands out a pointer into its cache pays for the memory as one that copies does.
struct ReadFacts {
    std::uint64_t records = 0;  ///< found by a get (0 or 1), or walked over by a scan
    std::uint64_t bytes = 0;    ///< of their keys and values
};

struct ScanRequest {
    Bytes from{};              ///< empty: from the end of the store
    bool reverse = false;      ///< downwards
    std::uint64_t length = 0;  ///< records at most; 0: all
};

/// Used by many threads at once.
class Target {
  public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;

    virtual Result<ReadFacts> get(Bytes key) = 0;
    virtual Result<ReadFacts> scan(const ScanRequest& request) = 0;
    virtual Status put(Bytes key, Bytes value) = 0;
    virtual Status del(Bytes key) = 0;
    virtual Status write(const Batch& batch) = 0;
};

/// A store of this process, which must outlive it.
class StoreTarget : public Target {
  public:
    StoreTarget(Store& store, SyncMode sync) : store_{store} { options_.sync = sync; }

    Result<ReadFacts> get(Bytes key) override;
    Result<ReadFacts> scan(const ScanRequest& request) override;
    Status put(Bytes key, Bytes value) override;
    Status del(Bytes key) override;
    Status write(const Batch& batch) override;

  private:
    Store& store_;
    WriteOptions options_;
};

}  // namespace strata::tools
