// SPDX-License-Identifier: Apache-2.0
// Proves what a repair does besides saving what is readable (repair_test.cpp): where it writes and
// where it refuses to, which tables it takes when the newest manifest cannot be read, which keys it
// names as suspect.
#include <strata/repair.hpp>

#include "base/file_name.hpp"
#include "damaged_store.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table/table.hpp"
#include "version/manifest_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::StoreImage;
using Files = std::map<std::string, std::string>;

TEST_CASE("repair: a sound store is complete, and nothing is written by a dry run") {
    const StoreImage image = test::build_image(3, true, Compression::none);
    const auto system = test::files_of(image.files);
    const RepairReport dry =
        must(repair_directory("/store", {.dry_run = true, .file_system = system}));
    CHECK(dry.verdict == "complete");
    CHECK(dry.losses.empty());
    CHECK_FALSE(must(system->status("/out")).has_value());
    const RepairReport report =
        must(repair_directory("/store", {.out = "/out", .file_system = system}));
    CHECK(report.keys_written == dry.keys_written);
    Options options;
    options.file_system = system;
    const auto store = must(open("/out", options));
    CHECK(test::compare(*store, image.history.back(), image.keys).same());
    CHECK(must(store->put("new", "1")) == image.history.size());
}

TEST_CASE("repair: no place is taken twice, and none inside of the store") {
    const StoreImage image = test::build_image(4, true, Compression::none);
    const auto system = test::files_of(image.files);
    for (const char* out : {"/store", "/store/new", "/./store//new", ""}) {
        CAPTURE(out);
        CHECK(
            test::must_fail(repair_directory("/store", {.out = out, .file_system = system})).code ==
            ErrorCode::invalid_argument);
    }
    must(repair_directory("/store", {.out = "/out", .file_system = system}));
    CHECK(
        test::must_fail(repair_directory("/store", {.out = "/out", .file_system = system})).code ==
        ErrorCode::invalid_argument);
    CHECK(test::must_fail(repair_directory("/none", {.out = "/o", .file_system = system})).code ==
          ErrorCode::not_found);
    must(system->create_directory("/empty"));
    CHECK(test::must_fail(repair_directory("/empty", {.out = "/o", .file_system = system})).code ==
          ErrorCode::not_found);
}

TEST_CASE("repair: a store that is open is refused") {
    const StoreImage image = test::build_image(5, true, Compression::none);
    const auto system = test::files_of(image.files);
    Options options;
    options.file_system = system;
    const auto store = must(open("/store", options));
    CHECK(
        test::must_fail(repair_directory("/store", {.out = "/out", .file_system = system})).code ==
        ErrorCode::busy);
}

// A store whose newest manifest is damaged right after a compaction: the one before names tables
// that are gone. Returns the files, and those that were there before the compaction.
struct Compacted {
    std::shared_ptr<StrictFileSystem> system{};
    Files before{};
    std::vector<std::string> inputs{};  // newest first
};
Compacted compact_and_damage() {
    Compacted store;
    store.system = StrictFileSystem::create();
    Options options = test::image_options(Compression::none);
    options.file_system = store.system;
    const auto opened = must(open("/store", options));
    must(opened->put("dead", "to be deleted"));
    must(opened->put("early", "only"));
    must(opened->put("kept", "first"));
    must(opened->flush());
    must(opened->del("dead"));
    must(opened->put("kept", "second"));
    must(opened->flush());
    const Manifest manifest = *must(load_newest_manifest(*store.system, "/store"));
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& table : run.tables) {
            store.inputs.push_back(file_path("/store", FileType::table, table.number));
            store.before[store.inputs.back()] =
                test::content_of(*store.system, store.inputs.back());
        }
    }
    must(opened->compact());
    must(opened->close());
    return store;
}

// Only the manifest of before the compaction can be read, as it was.
void leave_old_manifest(FileSystem& files, const Manifest& old) {
    for (const std::string& name : must(files.list("/store"))) {
        if (name.ends_with(".manifest")) {
            const auto file = must(files.open("/store/" + name, OpenMode::write));
            must(file->write(50, "damage"));
        }
    }
    const std::string path = file_path("/store", FileType::manifest, old.number);
    static_cast<void>(files.unlink(path));
    must(test::create_file(files, path, encode_manifest(old))->sync());
}

Manifest manifest_before(const Compacted& store) {
    // The tables are enough to tell what it said of them.
    Manifest old;
    std::uint64_t greatest = 0;
    const auto scratch = StrictFileSystem::create();
    must(scratch->create_directory("/store"));
    for (const std::string& input : store.inputs) {
        must(test::create_file(*scratch, input, store.before.at(input))->sync());
        const auto table = must(Table::open(*scratch, input, {}, nullptr));
        const Properties& p = table->properties();
        old.store = p.store_id;
        old.last_sequence = std::max(old.last_sequence, p.sequence_max);
        greatest = std::max(greatest, table->number());
        old.runs.push_back({.tier = 0,
                            .tables = {{.number = table->number(),
                                        .length = table->footer().length,
                                        .footer_check = table->footer().check,
                                        .sequence_min = p.sequence_min,
                                        .sequence_max = p.sequence_max,
                                        .entries = p.entries,
                                        .deletes = p.deletes,
                                        .raw_bytes = p.raw_bytes,
                                        .key_min = p.key_min,
                                        .key_max = p.key_max}}});
    }
    old.number = greatest + 1;
    old.next_number = greatest + 2;
    return old;
}

TEST_CASE("repair: an older manifest names tables that a compaction has replaced") {
    const Compacted store = compact_and_damage();
    REQUIRE(store.inputs.size() == 2);
    leave_old_manifest(*store.system, manifest_before(store));
    const RepairReport report =
        must(repair_directory("/store", {.out = "/out", .file_system = store.system}));
    CHECK_FALSE(report.newest_manifest);
    CHECK(report.complete);
    CHECK(report.suspects == 0);
    Options options;
    options.file_system = store.system;
    const auto repaired = must(open("/out", options));
    CHECK_FALSE(must(repaired->get("dead")).has_value());
    CHECK(must(repaired->get("kept"))->bytes() == "second");
}

TEST_CASE("repair: a key that comes back from the dead is named") {
    const Compacted store = compact_and_damage();
    REQUIRE(store.inputs.size() == 2);
    // The older input was not unlinked yet; the one with the tombstone was.
    must(test::create_file(*store.system, store.inputs[1], store.before.at(store.inputs[1]))
             ->sync());
    leave_old_manifest(*store.system, manifest_before(store));
    std::vector<std::string> suspects;
    const auto note = [&](const RepairSuspect& suspect) { suspects.emplace_back(suspect.key); };
    const RepairReport report = must(
        repair_directory("/store", {.out = "/out", .suspect = note, .file_system = store.system}));
    CHECK(suspects == std::vector<std::string>{"dead"});
    CHECK(report.suspects == 1);
    Options options;
    options.file_system = store.system;
    const auto repaired = must(open("/out", options));
    CHECK(must(repaired->get("kept"))->bytes() == "second");
}

TEST_CASE("repair: what a compaction gave up stays dead") {
    const Compacted store = compact_and_damage();
    must(test::create_file(*store.system, store.inputs[1], store.before.at(store.inputs[1]))
             ->sync());
    const RepairReport report =
        must(repair_directory("/store", {.out = "/out", .file_system = store.system}));
    CHECK(report.verdict == "complete");
    CHECK(report.keys_written == 2);
    CHECK(report.notes.size() == 1);
}

TEST_CASE("repair: an older version in the same table is suspect") {
    const auto system = StrictFileSystem::create();
    Options options = test::image_options(Compression::none);
    options.file_system = system;
    std::string table;
    {
        const auto store = must(open("/store", options));
        std::vector<std::unique_ptr<Snapshot>> snapshots;
        for (const char letter : {'a', 'b', 'c'}) {
            must(store->put("key", std::string(300, letter)));
            snapshots.push_back(must(store->snapshot()));
        }
        must(store->put("later", std::string(300, 'd')));
        must(store->flush());
        table = file_path("/store", FileType::table, must(store->runs())[0].tables[0].number);
        snapshots.clear();
        must(store->close());
    }
    // The first block holds the newest version alone.
    const auto file = must(system->open(table, OpenMode::write));
    must(file->write(40, "damage"));
    std::vector<std::string> suspects;
    const auto note = [&](const RepairSuspect& suspect) { suspects.emplace_back(suspect.key); };
    const RepairReport report =
        must(repair_directory("/store", {.out = "/out", .suspect = note, .file_system = system}));
    CHECK(report.verdict == "lost at most 1 record between key and key");
    CHECK(suspects == std::vector<std::string>{"key"});
    const auto repaired = must(open("/out", options));
    CHECK(must(repaired->get("key"))->bytes() == std::string(300, 'b'));
}

TEST_CASE("repair: without any manifest, from tables and log") {
    const StoreImage image = test::build_image(6, true, Compression::none);
    Files files = image.files;
    std::erase_if(files, [](const auto& file) { return file.first.ends_with(".manifest"); });
    const auto system = test::files_of(files);
    const RepairReport report =
        must(repair_directory("/store", {.out = "/out", .file_system = system}));
    CHECK(report.manifest.empty());
    CHECK(report.verdict != "complete");
    Options options;
    options.file_system = system;
    const auto store = must(open("/out", options));
    const auto compared = test::compare(*store, image.history.back(), image.keys);
    CHECK(compared.difference == "");
}

}  // namespace
}  // namespace strata
