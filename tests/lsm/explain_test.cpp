// SPDX-License-Identifier: Apache-2.0
// Proves that explanations tell what reads meet, layer by layer, and what a write would do, on
// stores whose layers are known; and that explaining a write changes nothing.
#include "lsm/explain.hpp"

#include "lsm/lsm_support.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata {
namespace {

using test::must;

std::string verdicts(const Explanation& explanation) {
    std::string text;
    for (const ExplainStep& step : explanation.steps) {
        text += step.layer + (step.run ? std::to_string(*step.run) : "") + ": " + step.verdict;
        text += step.blocks_cached != 0 ? " cached" : "";
        text += step.blocks_read != 0 ? " read" : "";
        text += ", ";
    }
    return text;
}

// Run 1 has a to z but k; run 0 has c and deletes d; the memtable has a newer e.
std::unique_ptr<Store> layered_store() {
    Options options = test::small_options();
    options.block_size = 4096;
    options.workers = 0;
    options.compression = Compression::none;
    auto store = test::open_store(options);
    for (char key = 'a'; key <= 'z'; ++key) {
        if (key != 'k') {
            must(store->put(std::string(1, key), "old"));
        }
    }
    must(store->flush());
    must(store->put("c", "new"));
    must(store->del("d"));
    must(store->put("g", "new"));
    must(store->flush());
    must(store->put("e", "new"));
    return store;
}

TEST_CASE("a get is told layer by layer") {
    const auto store = layered_store();
    // The first read of a block comes from the file, the next one from the cache.
    auto told = must(store->explain_get("c"));
    CHECK(verdicts(told) == "memtable: not there, run0: found read, run1: not asked, ");
    CHECK(told.steps[1].bytes_read > 0);
    told = must(store->explain_get("c"));
    CHECK(verdicts(told) == "memtable: not there, run0: found cached, run1: not asked, ");
    CHECK(told.steps[1].file.find(".sst") != std::string::npos);

    told = must(store->explain_get("e"));
    CHECK(verdicts(told) == "memtable: found, run0: not asked, run1: not asked, ");
    CHECK(told.found);
    CHECK(told.value_size == 3);
    CHECK(told.sequence == store->last_sequence());
    CHECK(told.shadowed == 1);

    told = must(store->explain_get("d"));
    CHECK(verdicts(told) == "memtable: not there, run0: tombstone cached, run1: not asked, ");
    CHECK_FALSE(told.found);
    CHECK(told.tombstones == 1);
    CHECK(told.shadowed == 1);

    told = must(store->explain_get("z"));
    CHECK(verdicts(told) == "memtable: not there, run0: out of range, run1: found read, ");

    // Absent keys: the filter of a few keys knows most of them.
    told = must(store->explain_get("k"));
    CHECK(verdicts(told) == "memtable: not there, run0: out of range, run1: filter says no, ");
    CHECK(told.outcome.find("no layer has it") != std::string::npos);
    told = must(store->explain_get("zz"));
    CHECK(verdicts(told) == "memtable: not there, run0: out of range, run1: out of range, ");
}

TEST_CASE("a get at a sequence says what is too new for it") {
    const auto store = layered_store();
    const Sequence before = store->last_sequence() - 1;
    const auto told = must(store->explain_get("e", {.at = before}));
    CHECK(told.at == before);
    CHECK(told.too_new == 1);
    CHECK(told.shadowed == 0);
    CHECK(verdicts(told).starts_with("memtable: not there, "));
}

TEST_CASE("a scan tells what each layer gave and what it stepped over") {
    const auto store = layered_store();
    for (const bool reverse : {false, true}) {
        CAPTURE(reverse);
        const auto told = must(store->explain_scan({.to = "h", .reverse = reverse}));
        CHECK(told.records == 6);  // a b c e f g
        CHECK(told.tombstones == 1);
        // The old c, e and g, and the d that was deleted.
        CHECK(told.shadowed == 4);
        CHECK(told.too_new == 0);
        REQUIRE(told.steps.size() == 3);
        CHECK(told.steps[0].entries == 1);
        CHECK(told.steps[1].entries >= 3);
        CHECK(told.steps[2].entries >= 7);
        CHECK(told.steps[2].blocks_cached + told.steps[2].blocks_read == 1);
    }
    const auto limited = must(store->explain_scan({}, 2));
    CHECK(limited.records == 2);
    const auto outside = must(store->explain_scan({.from = "x"}));
    CHECK(verdicts(outside).find("run0: out of range") != std::string::npos);
    const auto versions = must(store->explain_scan({.all_versions = true}));
    CHECK(versions.records == 25 + 3 + 1);
    const auto past = must(store->explain_scan({.at = store->last_sequence() - 1}));
    CHECK(past.too_new == 1);
}

TEST_CASE("damage is told with the layer that has it") {
    auto files = StrictFileSystem::create();
    Options options = test::small_options(files);
    auto store = test::open_store(options);
    must(store->put("k", std::string(100, 'v')));
    must(store->flush());
    const auto runs = must(store->runs());
    const std::string number = std::to_string(runs[0].tables[0].number);
    const std::string path = std::string{test::store_path} + "/" +
                             std::string(12 - number.size(), '0') + number + ".sst";
    must(must(files->open(path, OpenMode::write))->write(40, "damage"));
    const auto told = must(store->explain_get("k"));
    REQUIRE(told.error);
    CHECK(told.error->code == ErrorCode::corruption);
    CHECK(told.steps.back().verdict == "failed");
    CHECK(told.outcome.find("failed: ") == 0);
}

TEST_CASE("a write is explained and not made") {
    auto files = StrictFileSystem::create();
    Options options = test::small_options(files);
    options.workers = 0;
    auto store = test::open_store(options);
    must(store->put("k", "old"));
    const auto sizes = test::sizes_in(*files, test::store_path);
    Batch batch;
    must(batch.put("k", "new"));
    must(batch.del("nothing"));
    auto told = must(store->explain_write(batch));
    CHECK(verdicts(told) ==
          "batch: 2 operations, key: replaces, key: deletes nothing, queue: nobody waits, "
          "pacing: no delay, log: appended, sync: fdatasync before it is acknowledged, "
          "memtable: has room, ");
    CHECK(told.outcome == "would be committed as sequence 3");
    told = must(store->explain_write(batch, {.sync = SyncMode::none()}));
    CHECK(verdicts(told).find("sync: no sync") != std::string::npos);

    must(batch.require("k", Condition::Absent{}));
    told = must(store->explain_write(batch));
    CHECK(told.outcome.starts_with("conflict"));

    CHECK(store->last_sequence() == 1);
    CHECK(test::text_of(*store) == "k=old ");
    CHECK(test::sizes_in(*files, test::store_path).size() >= sizes.size());

    // It says where the log would go on. The keeper may add a mark in between, then again.
    Batch other;
    must(other.put("l", "1"));
    CHECK(test::eventually([&] {
        const std::string end = "at " + std::to_string(must(store->stats()).log_bytes) + ", ";
        for (const ExplainStep& step : must(store->explain_write(other)).steps) {
            if (step.layer == "log" && step.detail.starts_with(end)) {
                return true;
            }
        }
        return false;
    }));

    // A full memtable would be sealed.
    Batch large;
    must(large.put("m", std::string(5000, 'x')));
    must(store->write(large));
    told = must(store->explain_write(other));
    CHECK(verdicts(told).find("log: new segment") != std::string::npos);
    CHECK(verdicts(told).find("memtable: full") != std::string::npos);

    const auto reader = test::open_store(test::reading(options));
    told = must(reader->explain_write(other));
    CHECK(verdicts(told).find("store: read-only") != std::string::npos);
}

}  // namespace
}  // namespace strata
