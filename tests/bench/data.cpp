// SPDX-License-Identifier: Apache-2.0
#include "data.hpp"

#include "stress/distribution.hpp"

namespace strata::bench {

std::vector<std::uint32_t> zipf_picks(std::uint64_t seed, std::size_t count, std::uint64_t bound) {
    tools::KeyChooser chooser{{.kind = tools::DistributionSpec::Kind::zipf}, bound};
    Random random{seed};
    std::vector<std::uint32_t> picks(count);
    for (std::uint32_t& pick : picks) {
        pick = static_cast<std::uint32_t>(chooser.next(random));
    }
    return picks;
}

}  // namespace strata::bench
