// SPDX-License-Identifier: Apache-2.0
// Proves that every name in a store's directory gets its role, that a missing or cut table is
// named, and that reading facts about files changes none of them.
#include "inspect/store_files.hpp"

#include "base/file_name.hpp"
#include "support/must.hpp"
#include "version/manifest_file.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

namespace strata::test {
namespace {

std::shared_ptr<StrictFileSystem> make_store() {
    auto disk = StrictFileSystem::create();
    Options options;
    options.file_system = disk;
    const auto store = must(open("/s", options));
    must(store->put("a", "1"));
    must(store->flush());
    must(store->put("b", "2"));
    must(store->close());
    return disk;
}

std::map<std::string, std::string> roles(FileSystem& files) {
    std::map<std::string, std::string> found;
    for (const FileInfo& file : must(list_files(files, "/s"))) {
        found[file.role] += file.name + " ";
    }
    return found;
}

void create(FileSystem& files, const std::string& name) {
    must(must(files.open("/s/" + name, OpenMode::create_new))->write(0, "x"));
}

TEST_CASE("every file has a role") {
    const auto disk = make_store();
    create(*disk, "000000000900.sst");
    create(*disk, "000000000901.manifest.tmp");
    create(*disk, "notes.txt");
    const auto found = roles(*disk);
    CHECK(found.at("orphan") == "000000000900.sst 000000000901.manifest.tmp ");
    CHECK(found.at("unknown") == "notes.txt ");
    CHECK(found.at("lock") == "LOCK ");
    CHECK(found.count("table") == 1);
    CHECK(found.count("wal") == 1);
    CHECK(found.count("manifest") == 1);
    CHECK(found.count("old-manifest") == 1);
    const DirectoryContents contents = must(list_store(*disk, "/s"));
    CHECK(contents.has_manifest);
    CHECK(contents.has_data);
    CHECK(contents.greatest_number == 901);
}

TEST_CASE("a missing table and a cut one are named") {
    const auto disk = make_store();
    const Manifest manifest = *must(load_newest_manifest(*disk, "/s"));
    must(check_tables_present(*disk, "/s", manifest));
    const std::string path =
        file_path("/s", FileType::table, manifest.runs.front().tables.front().number);
    const auto file = must(disk->open(path, OpenMode::write));
    must(file->truncate(must(file->size()) - 1));
    const Error cut = must_fail(check_tables_present(*disk, "/s", manifest));
    CHECK(cut.code == ErrorCode::corruption);
    CHECK(cut.message.find(path) != std::string::npos);
    must(disk->unlink(path));
    const Error missing = must_fail(check_tables_present(*disk, "/s", manifest));
    CHECK(missing.message.find("missing") != std::string::npos);
}

TEST_CASE("the log's input says what the manifest says") {
    const auto disk = make_store();
    const Manifest manifest = *must(load_newest_manifest(*disk, "/s"));
    const LogInput input = log_input(manifest);
    CHECK(input.store == manifest.store);
    CHECK(input.active == 0);
    REQUIRE(input.sealed.size() == 1);
    CHECK(input.sealed.front().last_sequence == 2);
    CHECK(input.last_in_tables == 1);
    CHECK(live_numbers(manifest).size() == 3);
}

}  // namespace
}  // namespace strata::test
