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
#include "support/random.hpp"
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
            for (const auto& version : unit.versions) {
                values_.insert({version.first, version.second.value});
            }
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

    // Several files are damaged at once: what is shown was written, and what is not is accounted
    // for.
    void run_many(const Files& files) {
        const auto system = test::files_of(files);
        const RepairOptions options{.out = "/out", .file_system = system};
        auto repaired = repair_directory("/store", options);
        INFO((repaired ? repaired->verdict : repaired.error().message));
        REQUIRE(repaired.has_value());
        REQUIRE(must(check_directory("/out", {}, system.get())).findings.empty());
        Options read;
        read.file_system = system;
        read.read_only = true;
        const auto store = must(open("/out", read));
        for (const std::string& key : image_.keys) {
            INFO(key);
            const auto got = must(store->get(key));
            if (got) {
                CHECK(values_.contains({key, std::string{got->bytes()}}));
            }
            const Version& right = all_.at(key);
            const bool same = got ? got->sequence() == right.sequence : right.deleted;
            if (!same) {
                const bool covered = std::ranges::any_of(
                    repaired->losses,
                    [&](const RepairLoss& loss) { return covers(loss, key, right.sequence); });
                CHECK(covered);
                CHECK(repaired->verdict != "complete");
            }
        }
        ++runs_;
        complete_ += repaired->complete ? 1U : 0U;
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
    std::set<std::pair<std::string, std::string>> values_;  // all that were ever written
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

TEST_CASE("repair: several files are damaged at once") {
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const bool clean : {true, false}) {
        const StoreImage image =
            test::build_image(7, clean, clean ? Compression::lz4 : Compression::none);
        Trial trial{image};
        const int rounds = thorough() ? 5000 : 150;
        for (int round = 0; round < rounds; ++round) {
            CAPTURE(round);
            Files files = image.files;
            std::string what;
            const std::uint64_t damages = random.between(2, 6);
            for (std::uint64_t i = 0; i < damages; ++i) {
                auto file = files.begin();
                std::advance(file, static_cast<std::ptrdiff_t>(random.below(files.size())));
                std::string& bytes = file->second;
                if (bytes.empty()) {
                    continue;
                }
                const std::size_t at = random.below(bytes.size());
                what += file->first + ":" + std::to_string(at) + " ";
                if (random.one_in(4)) {
                    const std::size_t size = std::min<std::size_t>(200, bytes.size() - at);
                    bytes.replace(at, size, random.bytes(size));
                } else if (random.one_in(8) && !file->first.ends_with(".wal")) {
                    bytes.resize(at);  // of a log, without its manifest, nobody could tell
                } else {
                    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
                }
            }
            INFO(what);
            trial.run_many(files);
        }
        trial.report(clean ? "several, closed" : "several, killed");
    }
}

TEST_CASE("repair: a file system that fails") {
    const StoreImage image = test::build_image(8, true, Compression::none);
    for (std::uint64_t n = 1;; ++n) {
        CAPTURE(n);
        const auto system = test::files_of(image.files);
        const auto failing = FaultFileSystem::create(system);
        failing->fail_nth(n, Fault::fail_before);
        const auto repaired = repair_directory("/store", {.out = "/out", .file_system = failing});
        for (const auto& [name, bytes] : image.files) {
            REQUIRE(test::content_of(*system, "/store/" + name) == bytes);
        }
        if (failing->faults() == 0) {
            CHECK(repaired.has_value());
            CHECK(n > 50);
            break;
        }
        if (repaired) {
            CHECK(must(check_directory("/out", {}, system.get())).findings.empty());
        } else {
            CHECK(repaired.error().message.find("/") != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace strata
