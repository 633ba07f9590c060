// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/distribution.hpp"
#include "stress/mix.hpp"
#include "stress/values.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <optional>

/// The operations of one thread of a workload: a sequence that depends on the workload, the seed
/// and the number of the thread alone, never on time or on what other threads do.
namespace strata::tools {

struct Workload {
    Mix mix{};
    DistributionSpec distribution{};
    SizeSpec key_size = SizeSpec::fixed(16);
    SizeSpec value_size = SizeSpec::fixed(100);
    double compressible = 0.5;
    /// Keys that reads, puts and deletes choose from. Those of inserts come behind them.
    std::uint64_t keys = 1'000'000;
    /// Inserts fill the numbers of `keys` themselves, each once, instead of new ones.
    bool inserts_fill = false;
    bool scattered = false;           ///< inserts_fill: in random order instead of ascending
    bool deletes_absent = false;      ///< deletes go to absent keys between the others
    std::uint64_t scan_length = 100;  ///< records of one scan at most; 0: to the end of the store
    bool scan_length_varies = false;  ///< each scan: from 1 to scan_length, all alike
    bool scan_from_end = false;       ///< scans begin at the first (last) record of the store
};

/// One thing to do. Key and value belong to the stream that made it and are valid until its next
/// operation.
struct WorkItem {
    OperationKind kind = OperationKind::get;
    Bytes key{};  ///< empty for a scan: from the end of the store
    Bytes value{};
    std::uint64_t scan_length = 0;  ///< 0: to the end
};

/// Which one of how many threads.
struct ThreadPlace {
    unsigned thread = 0;
    unsigned threads = 1;
};

class OperationStream {
  public:
    OperationStream(const Workload& workload, std::uint64_t seed, ThreadPlace place);

    WorkItem next();

  private:
    [[nodiscard]] std::uint64_t insert_number();
    [[nodiscard]] std::uint64_t chosen_number();
    void scan(WorkItem& operation);

    Workload workload_;
    ThreadPlace place_;
    std::optional<OperationKind> only_kind_;
    Random random_;
    KeyMaker keys_;
    Values values_;
    KeyChooser chooser_;
    Permutation order_;
    std::uint64_t inserted_ = 0;
};

}  // namespace strata::tools
