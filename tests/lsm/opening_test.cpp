// SPDX-License-Identifier: Apache-2.0
// Proves what opening a directory does and refuses: creating, foreign directories, locks, options
// out of range, leftovers, unknown files and torn tails.
#include "lsm/opening.hpp"

#include "lsm_support.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace strata::test {
namespace {

Error refusal(const Options& options, const std::string& where = store_path) {
    return must_fail(open(where, options));
}

TEST_CASE("a store is created once, in a missing or an empty directory") {
    const Options options = small_options();
    CHECK(open_store(options)->open_report().created);
    CHECK_FALSE(open_store(options)->open_report().created);
    must(options.file_system->create_directory("/empty"));
    CHECK(must(open("/empty", options))->open_report().created);
    CHECK(must(open("lsm:/empty/", options))->open_report().closed_cleanly == false);
}

TEST_CASE("without create nothing is created") {
    Options options = small_options();
    options.create = false;
    CHECK(refusal(options).code == ErrorCode::not_found);
    CHECK_FALSE(exists(*options.file_system, store_path));
    must(options.file_system->create_directory(store_path));
    const Error error = refusal(options);
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.message.starts_with(store_path));
    CHECK(must(options.file_system->list(store_path)).empty());
    CHECK(refusal(reading(options)).code == ErrorCode::not_found);
    CHECK(must(options.file_system->list(store_path)).empty());
}

TEST_CASE("must_not_exist refuses a store that is there and leaves it as it is") {
    Options options = small_options();
    must(open_store(options)->put("k", "v"));
    options.must_not_exist = true;
    CHECK(refusal(options).code == ErrorCode::invalid_argument);
    options.must_not_exist = false;
    CHECK(text_of(*open_store(options)) == "k=v ");
}

TEST_CASE("what is no directory, or a directory of something else, is refused untouched") {
    const Options options = small_options();
    FileSystem& files = *options.file_system;
    must(create_file(files, "/file", "text")->sync());
    CHECK(refusal(options, "/file").code == ErrorCode::not_found);
    CHECK_FALSE(open("/missing/store", options).has_value());
    must(files.create_directory(store_path));
    create_file(files, "/store/notes.txt", "text");
    CHECK(refusal(options).code == ErrorCode::not_found);
    CHECK(must(files.list(store_path)) == std::vector<std::string>{"notes.txt"});
}

TEST_CASE("tables or segments without a manifest are no empty store") {
    const Options options = small_options();
    must(options.file_system->create_directory(store_path));
    create_file(*options.file_system, "/store/000000000007.sst", "bytes");
    CHECK(refusal(options).code == ErrorCode::corruption);
    CHECK(exists(*options.file_system, "/store/000000000007.sst"));
}

TEST_CASE("a second owner is told who the first is, and may wait for it") {
    const TempDir directory;
    Options options = small_options(nullptr);
    const std::string where = directory.path("store");
    auto owner = must(open(where, options));
    const Error error = refusal(options, where);
    CHECK(error.code == ErrorCode::busy);
    CAPTURE(error.message);
    CHECK(error.message.find("pid=" + std::to_string(::getpid())) != std::string::npos);
    CHECK(error.message.find("program=lsm_test") != std::string::npos);
    CHECK(error.message.find("since=20") != std::string::npos);
    options.wait_lock = std::chrono::minutes{1};
    std::thread waiting{[&] { CHECK(open(where, options)); }};
    must(owner->close());
    waiting.join();
}

TEST_CASE("options out of range are refused before anything is created") {
    const auto files = StrictFileSystem::create();
    const auto refused = [&](const std::function<void(Options&)>& change) {
        Options options = small_options(files);
        change(options);
        CHECK(refusal(options).code == ErrorCode::invalid_argument);
    };
    refused([](Options& o) { o.block_size = 255; });
    refused([](Options& o) { o.block_size = (std::size_t{1} << 20) + 1; });
    refused([](Options& o) { o.filter_bits = 33; });
    refused([](Options& o) { o.space_amp = 1.04; });
    refused([](Options& o) { o.space_amp = 10.1; });
    refused([](Options& o) { o.space_amp = std::numeric_limits<double>::quiet_NaN(); });
    refused([](Options& o) { o.memtable_size = 511; });
    refused([](Options& o) { o.memtable_size = (std::size_t{64} << 20) + 1; });
    refused([](Options& o) { o.workers = 65; });
    CHECK_FALSE(exists(*files, store_path));
}

TEST_CASE("leftovers of the store are removed, unknown files reported and left alone") {
    const Options options = small_options();
    must(open_store(options)->put("k", "v"));
    FileSystem& files = *options.file_system;
    create_file(files, "/store/000000000900.sst", "x");
    create_file(files, "/store/000000000901.manifest.tmp", "x");
    create_file(files, "/store/000000000902.wal", "x");
    create_file(files, "/store/notes.txt", "x");
    const auto store = open_store(options);
    CHECK(text_of(*store) == "k=v ");
    CHECK(store->open_report().files_removed >= 3);
    CHECK(store->open_report().unknown_files == std::vector<std::string>{"notes.txt"});
    CHECK(exists(files, "/store/notes.txt"));
    CHECK_FALSE(exists(files, "/store/000000000900.sst"));
    CHECK_FALSE(exists(files, "/store/000000000901.manifest.tmp"));
    CHECK_FALSE(exists(files, "/store/000000000902.wal"));
    // Numbers are never used twice, not even those of leftovers.
    must(store->flush());
    CHECK(must(store->runs()).front().tables.front().number > 902);
}

TEST_CASE("a torn tail is reported once, with its place, and the prefix is kept") {
    const Options options = small_options();
    must(open_store(options)->put("a", "1"));
    {
        const auto store = open_store(options);
        must(store->put("b", "2"));
        must(store->put("c", "torn-value", {.sync = SyncMode::none()}));
    }
    FileSystem& files = *options.file_system;
    std::string torn;
    for (const std::string& name : must(files.list(store_path))) {
        const std::string path = std::string{store_path} + "/" + name;
        const std::string bytes = content_of(files, path);
        if (const std::size_t at = bytes.find("torn-value"); at != std::string::npos) {
            torn = path;
            must(must(files.open(path, OpenMode::write))->write(at, "other"));
        }
    }
    REQUIRE_FALSE(torn.empty());
    const OpenReport seen = open_store(reading(options))->open_report();
    CHECK(seen.torn_tail);
    {
        const auto store = open_store(options);
        const OpenReport& report = store->open_report();
        CHECK(text_of(*store) == "a=1 b=2 ");
        CHECK_FALSE(report.closed_cleanly);
        CHECK(report.torn_tail);
        CHECK(report.torn_file == torn);
        CHECK(report.torn_offset == seen.torn_offset);
        CHECK(report.torn_bytes > 20);
        CHECK(report.operations_replayed == 2);
    }
    const auto again = open_store(options);
    CHECK_FALSE(again->open_report().torn_tail);
    CHECK(text_of(*again) == "a=1 b=2 ");
}

}  // namespace
}  // namespace strata::test
