// SPDX-License-Identifier: Apache-2.0
#include "lsm/outputs.hpp"

#include "base/file_name.hpp"
#include "version/runs.hpp"

#include <strata/store.hpp>

#include <fmt/format.h>

namespace strata {
namespace {

unsigned filter_bits(unsigned middle, std::uint32_t tier) {
    if (middle == 0) {
        return 0;
    }
    // 14 / 12 / 9 at the default of 10 would be the optimum of Monkey (Dayan and others, SIGMOD
    // 2017) for a store of this shape; the middle is what the user chose.
    if (tier == 0) {
        return middle + 4;
    }
    return tier == tier_last && middle > 1 ? middle - 1 : middle + 2;
}

}  // namespace

SinkOptions sink_options(StoreCore& core, std::uint32_t tier) {
    const Options& options = core.options();
    SinkOptions sink;
    sink.files = core.shared_files();
    sink.directory = core.directory();
    sink.table.store_id = core.store_id();
    sink.table.writer = fmt::format("strata {}", version());
    sink.table.codec = tier == 0 ? Compression::none : options.compression;
    sink.table.block_size = options.block_size;
    sink.table.filter_bits = filter_bits(options.filter_bits, tier);
    sink.next_number = [&core] { return core.next_number(); };
    return sink;
}

void discard_outputs(StoreCore& core, const std::vector<TableFacts>& tables) {
    if (core.failure.failed()) {
        return;
    }
    for (const TableFacts& table : tables) {
        core.add_obsolete(file_name(FileType::table, table.number));
    }
}

}  // namespace strata
