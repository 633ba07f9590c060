// SPDX-License-Identifier: Apache-2.0
// Proves that the check of a directory finds nothing in a sound store, names file and offset of
// what is damaged in each kind of file, and writes nothing.
#include "inspect/check.hpp"

#include "base/coding.hpp"
#include "base/file_name.hpp"
#include "base/hash.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/format.hpp"
#include "table/table.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace strata::test {
namespace {

std::shared_ptr<StrictFileSystem> make_store() {
    auto disk = StrictFileSystem::create();
    Options options;
    options.file_system = disk;
    const auto store = must(open("/s", options));
    for (int i = 0; i < 300; ++i) {
        must(store->put("key" + std::to_string(i), std::string(100, 'v')));
    }
    must(store->flush());
    must(store->put("in the log", "2"));
    must(store->close());
    return disk;
}

std::string newest_of(FileSystem& files, FileType type) {
    std::string newest;
    for (const std::string& name : must(files.list("/s"))) {
        if (parse_file_name(name).type == type) {
            newest = "/s/" + name;
        }
    }
    return newest;
}

void flip(FileSystem& files, const std::string& path, std::uint64_t offset) {
    const auto file = must(files.open(path, OpenMode::write));
    char byte = 0;
    REQUIRE(must(file->read(offset, {&byte, 1})) == 1);
    byte = static_cast<char>(byte ^ 1);
    must(file->write(offset, {&byte, 1}));
}

TEST_CASE("a sound store has no findings, and checking writes nothing") {
    const auto disk = make_store();
    const auto files = FaultFileSystem::create(disk);
    bool wrote = false;
    files->set_decide([&](const FileCall& call) {
        wrote = wrote || call.name == "write" || call.name == "rename" || call.name == "unlink" ||
                call.name == "truncate" || call.name == "lock";
        return Fault::none;
    });
    const CheckReport report = must(check_store(*files, "/s", {}));
    CHECK(report.findings.empty());
    CHECK(report.entries == 301);
    CHECK(report.blocks > 3);
    CHECK_FALSE(wrote);
}

TEST_CASE("damage is found in every kind of file") {
    for (const FileType type : {FileType::table, FileType::wal, FileType::manifest}) {
        const auto disk = make_store();
        const std::string path = newest_of(*disk, type);
        flip(*disk, path, 70);
        const CheckReport report = must(check_store(*disk, "/s", {}));
        REQUIRE_FALSE(report.findings.empty());
        const Finding& finding = report.findings.front();
        CHECK((finding.file + finding.message).find(path) != std::string::npos);
    }
}

TEST_CASE("without full, a damaged block is not looked at, a missing table is") {
    const auto disk = make_store();
    const std::string path = newest_of(*disk, FileType::table);
    flip(*disk, path, 70);
    CHECK(must(check_store(*disk, "/s", {.full = false})).findings.empty());
    must(disk->unlink(path));
    CHECK_FALSE(must(check_store(*disk, "/s", {.full = false})).findings.empty());
}

TEST_CASE("blocks are looked at although the index is damaged") {
    const auto disk = make_store();
    const std::string path = newest_of(*disk, FileType::table);
    const CheckReport sound = must(check_store(*disk, "/s", {}));
    const BlockHandle index = must(Table::open(*disk, path, {}, nullptr))->footer().index();
    flip(*disk, path, index.offset + 10);
    const CheckReport report = must(check_store(*disk, "/s", {}));
    CHECK(report.blocks == sound.blocks);
    CHECK(report.entries == sound.entries);
    REQUIRE_FALSE(report.findings.empty());
    CHECK(report.findings.front().file == path);
    CHECK(report.findings.front().offset == index.offset);
    flip(*disk, path, 70);
    const CheckReport worse = must(check_store(*disk, "/s", {}));
    CHECK(worse.blocks == sound.blocks - 1);
    CHECK(std::ranges::any_of(worse.findings, [](const Finding& finding) {
        return finding.offset == 0 && finding.message.find("index is damaged") != std::string::npos;
    }));
}

TEST_CASE("damage in the log is told with what is lost and what is behind") {
    const auto disk = make_store();
    {
        Options options;
        options.file_system = disk;
        const auto store = must(open("/s", options));
        must(store->put("lost", "1"));
        must(store->put("behind", "2"));
        must(store->close());
    }
    const std::string path = newest_of(*disk, FileType::wal);
    flip(*disk, path, 140);
    const CheckReport report = must(check_store(*disk, "/s", {}));
    REQUIRE(report.findings.size() == 1);
    const Finding& finding = report.findings.front();
    CHECK(finding.file == path);
    CHECK(finding.offset == 116);
    CHECK(finding.message.find("the operations 302 to 302 are lost") != std::string::npos);
    REQUIRE_FALSE(report.notes.empty());
    CHECK(report.notes.front().find("2 operations of the log verify") != std::string::npos);
}

TEST_CASE("progress ends where it should, and a torn tail is told apart") {
    const auto disk = make_store();
    std::uint64_t last = 0;
    std::uint64_t of = 0;
    CheckOptions options;
    options.progress = [&](std::uint64_t done, std::uint64_t total) {
        CHECK(done >= last);
        CHECK(done <= total);
        last = done;
        of = total;
    };
    const CheckReport report = must(check_store(*disk, "/s", options));
    CHECK_FALSE(report.torn_tail);
    CHECK(last != 0);
    CHECK(of == last);
}

TEST_CASE("tables that are checked side by side are told in the manifest's order") {
    constexpr int tables = 12;
    const auto disk = StrictFileSystem::create();
    Options options;
    options.file_system = disk;
    options.workers = 0;
    std::vector<std::string> paths;
    {
        const auto store = must(open("/s", options));
        for (int i = 0; i < tables; ++i) {
            // The first table is by far the largest, so that later ones are done before it.
            for (int j = 0; j < (i == tables - 1 ? 4000 : 100); ++j) {
                must(store->put("key" + std::to_string(j), std::string(100, 'v')));
            }
            must(store->flush());
        }
        for (const RunInfo& run : must(store->runs())) {
            for (const TableInfo& table : run.tables) {
                paths.push_back(file_path("/s", FileType::table, table.number));
            }
        }
        must(store->close());
    }
    REQUIRE(paths.size() == tables);
    const CheckReport sound = must(check_store(*disk, "/s", {}));
    CHECK(sound.findings.empty());
    CHECK(sound.entries == 11 * 100 + 4000);
    CHECK(sound.files >= tables + 1);

    for (const std::string& path : paths) {
        flip(*disk, path, 70);
    }
    std::uint64_t last = 0;
    std::uint64_t of = 0;
    CheckOptions check;
    check.progress = [&](std::uint64_t done, std::uint64_t total) {
        CHECK(done >= last);
        last = done;
        of = total;
    };
    const CheckReport report = must(check_store(*disk, "/s", check));
    CHECK(last == of);
    CHECK(report.blocks == sound.blocks);
    CHECK(report.bytes == sound.bytes);
    std::vector<std::string> blamed;
    for (const Finding& finding : report.findings) {
        if (blamed.empty() || blamed.back() != finding.file) {
            blamed.push_back(finding.file);
        }
    }
    CHECK(blamed == paths);
}

// A store of as many tables as `sizes`, each a run of its own with so many entries; their paths in
// the order of the manifest, which is the other way round.
std::vector<std::string> make_tables(const std::shared_ptr<StrictFileSystem>& disk,
                                     const std::vector<int>& sizes) {
    Options options;
    options.file_system = disk;
    options.workers = 0;
    const auto store = must(open("/s", options));
    for (const int size : sizes) {
        for (int i = 0; i < size; ++i) {
            must(store->put("key" + std::to_string(i), std::string(100, 'v')));
        }
        must(store->flush());
    }
    must(store->put("in the log", "2"));
    std::vector<std::string> paths;
    for (const RunInfo& run : must(store->runs())) {
        for (const TableInfo& table : run.tables) {
            paths.push_back(file_path("/s", FileType::table, table.number));
        }
    }
    must(store->close());
    return paths;
}

enum class Damage : std::uint8_t { none, block, index, filter, footer, cut, grown, missing };
constexpr std::uint64_t damages = 8;

void damage(FileSystem& files, const std::string& path, Damage kind) {
    const TableFooter footer = must(Table::open(files, path, {}, nullptr))->footer();
    const std::uint64_t size = must(files.status(path))->size;
    switch (kind) {
        case Damage::none:
            break;
        case Damage::block:
            return flip(files, path, 70);
        case Damage::index:
            return flip(files, path, footer.index().offset + 10);
        case Damage::filter:
            return flip(files, path, footer.filter().offset + 10);
        case Damage::footer:
            return flip(files, path, size - 20);
        case Damage::cut:
            return must(must(files.open(path, OpenMode::write))->truncate(size - 5000));
        case Damage::grown:
            return must(must(files.open(path, OpenMode::write))->write(size, "more"));
        case Damage::missing:
            return must(files.unlink(path));
    }
}

std::string text_of(const CheckReport& report) {
    std::string text = std::to_string(report.files) + " files " + std::to_string(report.blocks) +
                       " blocks " + std::to_string(report.entries) + " entries " +
                       std::to_string(report.bytes) + " bytes\n";
    for (const Finding& finding : report.findings) {
        text += finding.file + " at " + std::to_string(finding.offset) + ": " + finding.message;
        text += '\n';
    }
    for (const std::string& note : report.notes) {
        text += "note " + note + '\n';
    }
    return text;
}

TEST_CASE("many threads say of damage of every kind what one thread says") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    const auto disk = StrictFileSystem::create();
    std::vector<int> sizes(14, 100);
    sizes.back() = 2000;  // the first that is looked at, and among the last to be done
    sizes[5] = 900;
    const std::vector<std::string> paths = make_tables(disk, sizes);
    REQUIRE(paths.size() == sizes.size());
    std::size_t findings = 0;
    for (int round = 0; round < 30; ++round) {
        CAPTURE(round);
        const auto damaged = disk->crash_clone(CrashPolicy::keep, 1);
        for (const std::string& path : paths) {
            damage(*damaged, path, static_cast<Damage>(random.below(damages)));
        }
        if (random.one_in(3)) {
            flip(*damaged, newest_of(*damaged, FileType::wal), 70);
        }
        const CheckOptions options{.full = !random.one_in(4)};
        const CheckReport one = must(check_store(*damaged, "/s", options, 1));
        findings += one.findings.size();
        const std::string expected = text_of(one);
        for (const std::size_t threads : {2U, 4U, 9U}) {
            CAPTURE(threads);
            REQUIRE(text_of(must(check_store(*damaged, "/s", options, threads))) == expected);
        }
        // One thread takes the tables as the manifest has them, and the log last.
        std::size_t place = 0;
        for (const Finding& finding : one.findings) {
            const auto found = std::find(paths.begin(), paths.end(), finding.file);
            const auto next = static_cast<std::size_t>(found - paths.begin());
            CHECK(next >= place);
            place = next;
        }
    }
    CHECK(findings > 150);
}

TEST_CASE("what is no store is an error, not a finding") {
    const auto disk = StrictFileSystem::create();
    must(disk->create_directory("/s"));
    CHECK(must_fail(check_store(*disk, "/s", {})).code == ErrorCode::not_found);
    CHECK(must_fail(check_store(*disk, "/absent", {})).code == ErrorCode::not_found);
}

TEST_CASE("a table of a later format is refused, not called damaged") {
    const auto disk = make_store();
    const std::string path = newest_of(*disk, FileType::table);
    const auto file = must(disk->open(path, OpenMode::write));
    const std::uint64_t footer_at = must(file->size()) - table_footer_size;
    std::string footer(table_footer_size, '\0');
    must(file->read(footer_at, footer));
    store(footer.data() + 36, static_cast<std::uint16_t>(table_version + 1));
    store(footer.data() + 48, hash64(Bytes{footer}.substr(0, 48), 0));
    must(file->write(footer_at, footer));
    const Error error = must_fail(check_store(*disk, "/s", {}));
    CHECK(error.code == ErrorCode::unsupported);
    CHECK(error.message.find(path) != std::string::npos);
    CHECK(error.message.find("version 2, this program reads 1") != std::string::npos);
}

TEST_CASE("leftovers are notes") {
    const auto disk = make_store();
    must(must(disk->open("/s/000000000900.sst", OpenMode::create_new))->write(0, "x"));
    const CheckReport report = must(check_store(*disk, "/s", {}));
    CHECK(report.findings.empty());
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes.front().find("000000000900.sst") != std::string::npos);
}

}  // namespace
}  // namespace strata::test
