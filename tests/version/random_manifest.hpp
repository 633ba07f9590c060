// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "version/manifest.hpp"

#include "support/random.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {

/// Runs that hold every invariant: `runs` of one to four tables with random keys.
inline std::vector<RunFacts> random_runs(Random& random, std::size_t runs,
                                         std::uint64_t& next_number, Sequence& last_sequence) {
    std::vector<RunFacts> result(runs);
    std::uint32_t tier = tier_last;
    for (std::size_t i = runs; i-- > 0;) {
        result[i].tier = tier;
        tier = static_cast<std::uint32_t>(random.below(std::min(tier + 1, tier_last)));
        std::vector<std::string> keys;
        for (std::uint64_t n = 2 * random.between(1, 4); keys.size() < n;) {
            std::string key = random.bytes(random.between(1, 20));
            if (std::ranges::find(keys, key) == keys.end()) {
                keys.push_back(std::move(key));
            }
        }
        std::ranges::sort(keys);
        const Sequence least = last_sequence + 1;
        last_sequence += random.between(1, 1000);
        for (std::size_t k = 0; k < keys.size(); k += 2) {
            TableFacts table{.number = next_number++,
                             .length = random.between(1, 1 << 20),
                             .footer_check = random.next(),
                             .file_check = random.next(),
                             .sequence_min = random.between(least, last_sequence),
                             .sequence_max = last_sequence,
                             .entries = random.between(5, 1000),
                             .deletes = random.below(6),
                             .raw_bytes = random.next(),
                             .tombstone_oldest_ms = random.next(),
                             .expiry_last = random.next(),
                             .key_min = keys[k],
                             .key_max = random.one_in(3) ? keys[k] : keys[k + 1]};
            result[i].tables.push_back(std::move(table));
        }
    }
    return result;
}

/// A manifest that holds every invariant, with `runs` runs and about as many of everything else.
inline Manifest random_manifest(Random& random, std::size_t runs) {
    Manifest manifest;
    manifest.store = StoreId::random();
    manifest.next_number = random.between(1, 50);
    manifest.runs = random_runs(random, runs, manifest.next_number, manifest.last_sequence);
    Sequence last = manifest.last_sequence;
    for (std::uint64_t i = random.below(runs + 2); i > 0; --i) {
        const Sequence first = last + 1;
        last += random.below(100);
        manifest.sealed.push_back(SegmentFacts{.number = manifest.next_number++,
                                               .key = random.next(),
                                               .length = random.below(1 << 20),
                                               .first_sequence = first,
                                               .last_sequence = last});
    }
    if (random.one_in(2)) {
        manifest.active = manifest.next_number++;
        manifest.active_key = random.next();
    }
    manifest.number = manifest.next_number++;
    manifest.time_ms = random.next();
    manifest.repaired = random.one_in(2);
    for (std::uint64_t i = random.below(runs + 2); i > 0; --i) {
        manifest.properties.emplace_back(random.letters(5) + std::to_string(i),
                                         random.bytes(random.below(12)));
    }
    return manifest;
}

}  // namespace strata::test
