// SPDX-License-Identifier: Apache-2.0
// Proves that a benchmark leaves alone what it did not make, takes away what it made for itself,
// and writes every key that a workload reads.
#include "stress/bench_store.hpp"

#include "stress/target.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<BenchStore>> open(const StressOptions& options, const std::string& where) {
    return BenchStore::open(options, where, SyncMode::none());
}

}  // namespace

TEST_CASE("a temporary store goes at the end, unless it is to be kept") {
    const test::TempDir directory;
    ::setenv("TMPDIR", directory.path().c_str(), 1);
    StressOptions options;
    std::string where;
    {
        const auto store = test::must(open(options, ""));
        where = store->directory();
        CHECK(store->temporary());
        CHECK(fs::exists(where));
        CHECK(where.starts_with(directory.path()));
    }
    CHECK(fs::is_empty(directory.path()));
    options.keep = true;
    {
        const auto store = test::must(open(options, ""));
        where = store->directory();
    }
    CHECK(fs::exists(where));
    ::unsetenv("TMPDIR");
}

TEST_CASE("a store that was there is refused, and named stores stay") {
    const test::TempDir directory;
    const std::string where = directory.path("store");
    StressOptions options;
    { CHECK_FALSE(test::must(open(options, where))->temporary()); }
    CHECK(fs::exists(where));
    const Error error = test::must_fail(open(options, where));
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message.find("--use-existing") != std::string::npos);
    CHECK(test::must_fail(open(options, "lsm:" + where)).code == ErrorCode::invalid_argument);
    options.use_existing = true;
    CHECK(open(options, where).has_value());
    fs::create_directory(directory.path("empty"));
    CHECK(open(StressOptions{}, directory.path("empty")).has_value());
    std::ofstream{directory.path("file")} << "x";
    CHECK_FALSE(open(StressOptions{}, directory.path("file")).has_value());
}

TEST_CASE("loading writes every key once, and a sample finds them") {
    StressOptions options;
    const auto place = test::must(open(options, "memory:"));
    Workload workload;
    workload.keys = 2500;
    CHECK_FALSE(test::must(holds_keys(place->store(), workload)));
    LoadRequest request;
    request.keys = workload.keys - 1;
    CHECK(test::must(load_keys(place->store(), workload, request)) == 2499);
    request.keys = workload.keys;
    CHECK(test::must(load_keys(place->store(), workload, request)) == 2500);
    CHECK(test::must(holds_keys(place->store(), workload)));
    const LiveData live = test::must(live_data(place->store()));
    CHECK(live.records == 2500);
    CHECK(live.bytes == 2500 * 116);
    // The last key alone is missing.
    KeyMaker keys{workload.key_size};
    test::must(place->store().del(keys.live(2499)));
    CHECK_FALSE(test::must(holds_keys(place->store(), workload)));
    request.stop = [](std::uint64_t) { return true; };
    CHECK(test::must(load_keys(place->store(), workload, request)) == 1000);
}

TEST_CASE("a store that was let go without close holds what was acknowledged") {
    const test::TempDir directory;
    const auto place = test::must(open({}, directory.path("store")));
    test::must(place->store().put("key", "value"));
    test::must(place->reopen_unclosed());
    CHECK_FALSE(place->store().open_report().closed_cleanly);
    CHECK(test::must(place->store().get("key"))->bytes() == "value");
}

TEST_CASE("a target answers as its store does") {
    const auto place = test::must(open({}, "memory:"));
    StoreTarget target{place->store(), SyncMode::none()};
    for (const char* key : {"a", "b", "c"}) {
        test::must(target.put(key, "value"));
    }
    CHECK(test::must(target.get("a")).bytes == 6);
    CHECK(test::must(target.get("z")).records == 0);
    CHECK(test::must(target.scan({})).records == 3);
    CHECK(test::must(target.scan({"b", false, 0})).records == 2);
    CHECK(test::must(target.scan({"b", true, 0})).records == 2);
    CHECK(test::must(target.scan({"", true, 1})).records == 1);
    CHECK(test::must(target.scan({"x", false, 5})).records == 0);
    test::must(target.del("b"));
    CHECK(test::must(target.get("b")).records == 0);
}

}  // namespace strata::tools
