// SPDX-License-Identifier: Apache-2.0
#include "workload.hpp"

namespace strata::bench {

std::span<const Workload> workloads() {
    static const std::vector<Workload> all = [] {
        std::vector<Workload> joined;
        for (const auto part : {fill_workloads(), read_workloads(), mixed_workloads(),
                                recovery_workloads(), published_workloads()}) {
            joined.insert(joined.end(), part.begin(), part.end());
        }
        return joined;
    }();
    return all;
}

}  // namespace strata::bench
