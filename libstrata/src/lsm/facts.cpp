// SPDX-License-Identifier: Apache-2.0
#include "lsm/facts.hpp"

namespace strata {

void describe_view(const ReadView& view, Stats& stats) {
    stats.history_floor = view.history_floor;
    if (view.active) {
        ++stats.memtables;
        stats.memtable_bytes += view.active->memory();
    }
    for (const SealedMemtable& sealed : view.sealed) {
        ++stats.memtables;
        stats.memtable_bytes += sealed.memtable->memory();
    }
    for (const RunFacts& run : view.version->facts()) {
        ++stats.runs;
        for (const TableFacts& table : run.tables) {
            ++stats.tables;
            stats.table_bytes += table.length;
            stats.table_entries += table.entries;
            stats.table_deletes += table.deletes;
        }
    }
}

Stats describe(const StoreCore& core) {
    Stats stats;
    stats.store_id = core.store_id().to_hex();
    stats.last_sequence = core.visible.load();
    stats.durable_sequence = core.log.durable_sequence();
    describe_view(*core.view(), stats);
    const StoreLog::Totals log = core.log.totals();
    stats.log_segments = log.segments;
    stats.log_bytes = log.bytes;
    stats.log_bytes_written = log.written;
    stats.syncs = log.syncs;
    const BlockCache::Counters cache = core.cache->counters();
    stats.cache_bytes = cache.block_bytes;
    stats.cache_hits = cache.hits;
    stats.cache_misses = cache.misses;
    stats.memory_limit = core.cache->capacity();
    stats.flush_bytes_written = core.counters.flush_bytes.load();
    stats.merge_bytes_written = core.counters.merge_bytes.load();
    stats.flushes = core.counters.flushes.load();
    stats.merges = core.counters.merges.load();
    stats.snapshots = core.snapshots->size();
    stats.delayed_microseconds = core.counters.delayed_us.load();
    stats.limiter = core.counters.limiter.load();
    stats.failure = core.failure.cause();
    stats.events = core.events.list();
    return stats;
}

}  // namespace strata
