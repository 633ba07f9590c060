// SPDX-License-Identifier: Apache-2.0
// Proves that a repair saves exactly what can be read and accounts for the rest: bytes of every
// file of small stores are flipped, files are cut, removed and partly zeroed. The new store must
// check clean and hold, of each key, the newest version outside of the damage, computed here from
// the sound files; each key that is missing, out of date or back from the dead must be covered by
// the ledger; no byte of the source may change.
#include <strata/repair.hpp>

#include "base/file_name.hpp"
#include "damaged_store.hpp"
#include "entry/operation.hpp"
#include "inspect/store_files.hpp"
#include "log/segment_report.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table/table.hpp"
#include "version/manifest_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::StoreImage;
using Files = std::map<std::string, std::string>;

bool thorough() {
    const char* text = std::getenv("STRATA_LONG");
    return text != nullptr && *text != '\0' && *text != '0';
}

struct Version {
    Sequence sequence = 0;
    bool deleted = false;
    std::string value{};
};
using Versions = std::map<std::string, Version>;  // the newest of each key

// Bytes with a check of their own, and the versions in them.
struct Unit {
    std::string file{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::vector<std::pair<std::string, Version>> versions{};
};

Version version_of(const Entry& entry) {
    return {entry.sequence, entry.kind == Kind::del, std::string{entry.value}};
}

void add_table(FileSystem& files, const std::string& name, std::vector<Unit>& units) {
    const auto table = must(Table::open(files, "/store/" + name, {}, nullptr));
    for (std::uint32_t i = 0; i < table->index().count(); ++i) {
        const BlockHandle handle = handle_at(table->index(), i);
        Unit unit{.file = name, .begin = handle.offset, .end = handle.end()};
        const auto block = must(table->file().read_data(handle));
        for (std::uint32_t r = 0; r < block->view.count(); ++r) {
            const BlockRecord record = block->view.record(r);
            unit.versions.emplace_back(
                block->view.key(r),
                Version{record.sequence, record.kind == Kind::del, std::string{record.value}});
        }
        units.push_back(std::move(unit));
    }
}

void add_segment(FileSystem& files, const std::string& name, std::vector<Unit>& units) {
    const auto take = [&](const FrameView& frame) {
        Unit unit{
            .file = name, .begin = frame.offset, .end = frame.offset + 20 + frame.payload.size()};
        if (frame.kind == FrameKind::ops) {
            OperationReader reader{frame.payload};
            Entry entry;
            entry.sequence = frame.first_sequence;
            while (reader.next(entry)) {
                unit.versions.emplace_back(entry.key, version_of(entry));
                ++entry.sequence;
            }
        }
        units.push_back(std::move(unit));
        return Status{};
    };
    must(read_segment_file(files, "/store/" + name, take));
}

std::vector<Unit> units_of(const StoreImage& image) {
    std::vector<Unit> units;
    const auto files = test::files_of(image.files);
    const Manifest manifest = *must(load_newest_manifest(*files, "/store"));
    for (const std::uint64_t number : live_numbers(manifest)) {
        const std::string table = file_name(FileType::table, number);
        const std::string segment = file_name(FileType::wal, number);
        if (image.files.contains(table)) {
            add_table(*files, table, units);
        } else if (image.files.contains(segment)) {
            add_segment(*files, segment, units);
        }
    }
    return units;
}

// What happened to one file: the bytes from `from` to `to`.
struct Damage {
    std::string name{};
    std::string what{};
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool cut = false;
    bool removed = false;
};

class Trial {
  public:
    explicit Trial(const StoreImage& image) : image_{image}, units_{units_of(image)} {
        for (const Unit& unit : units_) {
            note(unit, all_);
        }
    }

    void run(const Files& files, const Damage& damage) {
        INFO(damage.name, " (", image_.roles.at(damage.name), "): ", damage.what);
        const auto system = test::files_of(files);
        std::map<std::string, Sequence> suspects;
        const RepairOptions options{.out = "/out",
                                    .suspect =
                                        [&](const RepairSuspect& suspect) {
                                            suspects[std::string{suspect.key}] = suspect.sequence;
                                        },
                                    .file_system = system};
        auto repaired = repair_directory("/store", options);
        INFO((repaired ? "" : repaired.error().message));
        REQUIRE(repaired.has_value());
        INFO(repaired->verdict);
        for (const auto& [name, bytes] : files) {
            REQUIRE(test::content_of(*system, "/store/" + name) == bytes);
        }
        CHECK(must(system->list("/store")).size() == files.size());
        const CheckReport checked = must(check_directory("/out", {}, system.get()));
        INFO((checked.findings.empty() ? "" : checked.findings.front().message));
        REQUIRE(checked.findings.empty());
        CHECK(must(load_newest_manifest(*system, "/out"))->repaired);
        compare(system, *repaired, suspects, damage);
        judge(*repaired, damage);
        ++runs_;
        complete_ += repaired->complete ? 1U : 0U;
        suspects_ += suspects.size();
    }

    void report(const std::string& name) const {
        MESSAGE(name, ": ", runs_, " damaged stores repaired, ", complete_, " of them complete, ",
                suspects_, " suspects named");
    }
    [[nodiscard]] std::uint64_t suspects() const { return suspects_; }

  private:
    static void note(const Unit& unit, Versions& newest) {
        for (const auto& [key, version] : unit.versions) {
            Version& held = newest[key];
            if (held.sequence < version.sequence) {
                held = version;
            }
        }
    }

    // Whether a damage leaves a unit readable. A table without its footer is lost, whatever else is
    // damaged in it costs nothing but the blocks that are hit.
    [[nodiscard]] bool survives(const Unit& unit, const Damage& damage) const {
        if (unit.file != damage.name) {
            return true;
        }
        if (damage.removed) {
            return false;
        }
        const std::uint64_t size = image_.files.at(damage.name).size();
        const bool footer_lost = damage.to - damage.from > 1 && damage.to > size - 64;
        if (unit.file.ends_with(".sst") && footer_lost) {
            return false;
        }
        return damage.to <= unit.begin || damage.from >= unit.end;
    }

    [[nodiscard]] static bool covers(const RepairLoss& loss, const std::string& key, Sequence at) {
        return loss.sequence_to != 0 && at >= loss.sequence_from && at <= loss.sequence_to &&
               (!loss.key_from || *loss.key_from <= key) && (!loss.key_to || key <= *loss.key_to);
    }

    void compare(const std::shared_ptr<FileSystem>& system, const RepairReport& report,
                 const std::map<std::string, Sequence>& suspects, const Damage& damage) const {
        Versions readable;
        for (const Unit& unit : units_) {
            if (survives(unit, damage)) {
                note(unit, readable);
            }
        }
        Options options;
        options.file_system = system;
        options.read_only = true;
        const auto store = must(open("/out", options));
        std::uint64_t live = 0;
        for (const std::string& key : image_.keys) {
            INFO(key);
            const auto got = must(store->get(key));
            const auto best = readable.find(key);
            const bool shown = best != readable.end() && !best->second.deleted;
            live += shown ? 1U : 0U;
            REQUIRE(got.has_value() == shown);
            if (shown) {
                CHECK(got->bytes() == best->second.value);
                CHECK(got->sequence() == best->second.sequence);
            }
            const Version& right = all_.at(key);
            if ((best == readable.end() && !right.deleted) ||
                (best != readable.end() && best->second.sequence != right.sequence)) {
                check_ledger(report, suspects, key, right.sequence, shown);
            }
        }
        CHECK(report.keys_written == live);
        CHECK(must(load_newest_manifest(*system, "/out"))->history_floor() >= report.last_sequence);
    }

    // A version is lost: the ledger says so, and names the key when an older version is shown.
    static void check_ledger(const RepairReport& report,
                             const std::map<std::string, Sequence>& suspects,
                             const std::string& key, Sequence lost, bool shown) {
        const RepairLoss* loss = nullptr;
        for (const RepairLoss& candidate : report.losses) {
            if (covers(candidate, key, lost)) {
                loss = &candidate;
            }
        }
        REQUIRE(loss != nullptr);
        if (shown && (loss->key_from || loss->key_to)) {
            CHECK(suspects.contains(key));
        }
        CHECK((!report.complete || loss->kind == "torn-tail"));
        CHECK(report.verdict != "complete");
    }

    void judge(const RepairReport& report, const Damage& damage) const {
        const std::string& role = image_.roles.at(damage.name);
        if (role == "manifest") {
            CHECK_FALSE(report.newest_manifest);
            REQUIRE_FALSE(report.losses.empty());
            CHECK(report.losses.front().kind == "manifest");
            CHECK(report.losses.front().file ==
                  (damage.removed ? report.losses.front().file : "/store/" + damage.name));
            CHECK(report.verdict != "complete");
        } else {
            CHECK(report.newest_manifest);
        }
        if (role == "lock" || role == "old-manifest") {
            CHECK(report.complete);
        }
        CHECK(report.last_sequence + 1 >= image_.history.size() - 20);
    }

    const StoreImage& image_;
    std::vector<Unit> units_;
    Versions all_;
    std::uint64_t runs_ = 0;
    std::uint64_t complete_ = 0;
    std::uint64_t suspects_ = 0;
};

void flip_bytes(const StoreImage& image, Trial& trial) {
    const std::size_t step = thorough() ? 1 : 64;
    std::size_t phase = 0;
    for (const auto& [name, bytes] : image.files) {
        phase = (phase + 23) % step;
        for (std::size_t at = phase; at < bytes.size(); at += step) {
            Files damaged = image.files;
            char& byte = damaged[name][at];
            byte = static_cast<char>(byte ^ (1 << (at % 8)));
            trial.run(damaged, {.name = name,
                                .what = "bit of byte " + std::to_string(at) + " flipped",
                                .from = at,
                                .to = at + 1});
        }
    }
}

void cut_files(const StoreImage& image, Trial& trial) {
    const std::size_t parts = thorough() ? 64 : 6;
    for (const auto& [name, bytes] : image.files) {
        for (std::size_t part = 0; part < parts && !bytes.empty(); ++part) {
            const std::size_t at = bytes.size() * part / parts;
            Files damaged = image.files;
            damaged[name].resize(at);
            trial.run(damaged, {.name = name,
                                .what = "cut at " + std::to_string(at),
                                .from = at,
                                .to = bytes.size(),
                                .cut = true});
        }
    }
}

void zero_sectors(const StoreImage& image, Trial& trial) {
    constexpr std::size_t sector = 512;
    for (const auto& [name, bytes] : image.files) {
        for (std::size_t at = 0; at < bytes.size(); at += sector) {
            const std::size_t end = std::min(at + sector, bytes.size());
            Files damaged = image.files;
            damaged[name].replace(at, end - at, end - at, '\0');
            if (damaged[name] == bytes) {
                continue;
            }
            trial.run(damaged, {.name = name,
                                .what = "sector at " + std::to_string(at) + " zeroed",
                                .from = at,
                                .to = end});
        }
    }
}

void remove_files(const StoreImage& image, Trial& trial) {
    for (const auto& [name, bytes] : image.files) {
        if (image.roles.at(name) == "manifest") {
            continue;  // then an older one is the newest
        }
        Files damaged = image.files;
        damaged.erase(name);
        trial.run(
            damaged,
            {.name = name, .what = "removed", .from = 0, .to = bytes.size(), .removed = true});
    }
}

void damage_everything(const std::string& name, const StoreImage& image) {
    Trial trial{image};
    flip_bytes(image, trial);
    cut_files(image, trial);
    zero_sectors(image, trial);
    remove_files(image, trial);
    trial.report(name);
    CHECK(trial.suspects() > 0);
}

TEST_CASE("repair: a store that was killed") {
    damage_everything("killed", test::build_image(1, false, Compression::none));
}

TEST_CASE("repair: a store that was closed, compressed") {
    damage_everything("closed", test::build_image(2, true, Compression::lz4));
}

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
