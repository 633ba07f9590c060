// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace strata::bench {

std::span<const EngineKind> engine_kinds() {
    static const std::vector<EngineKind> kinds{
        strata_kind(),  strata_memory_kind(),
#ifdef STRATA_BENCH_ROCKSDB
        rocksdb_kind(),
#endif
#ifdef STRATA_BENCH_LEVELDB
        leveldb_kind(),
#endif
#ifdef STRATA_BENCH_LMDB
        lmdb_kind(),
#endif
        raw_kind(),
    };
    return kinds;
}

void fail(std::string_view what, std::string_view why) {
    fmt::print(stderr, "engine_bench: {}: {}\n", what, why);
    // Without the destructors of an engine that is in an unknown state.
    std::_Exit(1);
}

}  // namespace strata::bench
