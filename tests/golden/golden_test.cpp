// SPDX-License-Identifier: Apache-2.0
// Proves that files which strata once wrote are read for ever: every file and every store in
// testdata/golden, from a copy, against what golden/content.hpp says they hold.
#include "golden/content.hpp"

#include "base/file_name.hpp"
#include "base/hash.hpp"
#include "log/format.hpp"
#include "log/reader.hpp"
#include "log/segment_report.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"
#include "table/table.hpp"
#include "table/verify.hpp"
#include "version/manifest_file.hpp"

#include <strata/store.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

namespace strata::golden {
namespace {

using test::must;
using test::TempDir;

std::string golden(const std::string& name) {
    const char* testdata = std::getenv("STRATA_TESTDATA");
    REQUIRE(testdata != nullptr);
    return std::string{testdata} + "/golden/v1/" + name;
}

// A copy of one directory of golden files, gone when the test ends.
class Copy {
  public:
    explicit Copy(const std::string& name) {
        std::filesystem::copy(golden(name), path(), std::filesystem::copy_options::recursive);
    }
    [[nodiscard]] std::string path() const { return scratch_.path("copy"); }
    [[nodiscard]] std::string file(FileType type, std::uint64_t number) const {
        return file_path(path(), type, number);
    }
    [[nodiscard]] std::size_t files() const {
        const std::filesystem::directory_iterator begin{path()};
        return static_cast<std::size_t>(std::distance(begin, {}));
    }

  private:
    TempDir scratch_;
};

FileSystem& files() {
    static const auto system = posix_file_system();
    return *system;
}

std::vector<Version> walk(Cursor& cursor, bool forward) {
    std::vector<Version> seen;
    bool standing = must(forward ? cursor.seek_first() : cursor.seek_last());
    while (standing) {
        seen.push_back(test::to_version(cursor.entry()));
        standing = must(forward ? cursor.next() : cursor.prev());
    }
    if (!forward) {
        std::reverse(seen.begin(), seen.end());
    }
    return seen;
}

TEST_CASE("tables") {
    const Copy copy{"tables"};
    REQUIRE(copy.files() == tables().size());
    for (const GoldenTable& golden_table : tables()) {
        CAPTURE(golden_table.number);
        const std::string path = copy.file(FileType::table, golden_table.number);
        const std::vector<Version> entries = golden_table.entries();
        const auto table =
            must(Table::open(files(), path, {.number = golden_table.number}, nullptr));
        CHECK(walk(*table->cursor(CacheUse::none), true) == entries);
        CHECK(walk(*table->cursor(CacheUse::none), false) == entries);
        for (const Version& version : entries) {
            CAPTURE(test::to_text(version.entry()));
            CHECK(table->may_contain(hash64(version.key, 0)));
            const auto found = must(table->find(version.key, version.sequence));
            REQUIRE(found);
            CHECK(found->entry == version.entry());
        }
        CHECK(!must(table->find("no such key", sequence_max)));
        CHECK(table->properties().store_id == store_id());
        CHECK(table->properties().writer == "make_golden");
        CHECK(table->properties().entries == entries.size());
        if (golden_table.number == 5) {
            CHECK(must(table->block(0)).view().wide_offsets());
        }

        CheckReport report;
        must(
            verify_table(files(), path, {.identity = {.number = golden_table.number}}, {}, report));
        CHECK(report.findings.empty());
        CHECK(report.entries == entries.size());
    }
}

TEST_CASE("a closed log") {
    const Copy copy{"log"};
    REQUIRE(copy.files() == 2);
    const std::string first = copy.file(FileType::wal, log_first_segment);
    const auto header = decode_segment_header(test::content_of(files(), first));
    REQUIRE(header.verdict == HeaderVerdict::valid);
    std::size_t batches = 0;
    const LogInput input{.store = store_id(),
                         .active = log_first_segment,
                         .active_key = header.key,
                         .next_number = log_first_segment + 2};
    const LogVerdict verdict =
        must(read_log(files(), copy.path(), input, [&](const LogBatch& batch) {
            CAPTURE(batches);
            const LogContent expected = log_batch(batches);
            CHECK(batch.encoded == expected.encoded);
            CHECK(batch.operations == expected.operations);
            CHECK(batch.segment == log_first_segment + (batches < log_split ? 0 : 1));
            ++batches;
            return Status{};
        }));
    CHECK(batches == log_batches);
    CHECK(verdict.closed);
    CHECK(!verdict.torn);
}

TEST_CASE("a segment that nobody closed, with every kind of frame") {
    const Copy copy{"log-open"};
    REQUIRE(copy.files() == 1);
    const std::string path = copy.file(FileType::wal, log_open_segment);
    std::size_t batches = 0;
    std::size_t pads = 0;
    std::size_t marks = 0;
    const SegmentReport report = must(read_segment_file(files(), path, [&](const FrameView& frame) {
        pads += frame.kind == FrameKind::pad ? 1 : 0;
        marks += frame.kind == FrameKind::mark ? 1 : 0;
        if (frame.kind == FrameKind::ops) {
            CAPTURE(batches);
            CHECK(frame.payload == log_batch(batches).encoded);
            ++batches;
        }
        return Status{};
    }));
    CHECK(batches == log_batches);
    CHECK(pads == 8);
    CHECK(marks == 5);
    CHECK(report.verdict == SegmentReport::Verdict::clean);
    CHECK(report.end < report.file_size);
}

TEST_CASE("manifests") {
    const Copy copy{"manifests"};
    REQUIRE(copy.files() == manifests().size());
    for (const Manifest& manifest : manifests()) {
        CAPTURE(manifest.number);
        CHECK(must(read_manifest(files(), copy.file(FileType::manifest, manifest.number))) ==
              manifest);
    }
    CHECK(must(load_newest_manifest(files(), copy.path())) == manifests().back());
}

using State = std::map<std::string, std::string>;

State read_all(Store& store, bool reverse) {
    State state;
    const auto iterator = must(store.scan({.reverse = reverse}));
    std::string last;
    while (must(iterator->next())) {
        const std::string key{iterator->key()};
        CHECK((last.empty() || (reverse ? key < last : key > last)));
        state.emplace(key, iterator->value());
        last = key;
    }
    return state;
}

void check_state(Store& store, const GoldenStore& expected) {
    const State state = expected.state();
    CHECK(read_all(store, false) == state);
    CHECK(read_all(store, true) == state);
    for (std::size_t i = 0; i < 700; ++i) {
        const std::string key = key_of(i);
        CAPTURE(i);
        const auto value = must(store.get(key));
        const auto found = state.find(key);
        REQUIRE(value.has_value() == (found != state.end()));
        CHECK((!value || value->bytes() == found->second));
    }
    CHECK(store.last_sequence() == expected.last_sequence());
    CHECK(store.open_report().closed_cleanly == (expected.end == GoldenStore::End::closed));
    CHECK(store.open_report().torn_tail == (expected.end == GoldenStore::End::torn));
    CHECK(must(store.check()).findings.empty());
}

TEST_CASE("stores") {
    for (const GoldenStore& expected : stores()) {
        CAPTURE(expected.name);
        const Copy copy{"stores/" + expected.name};
        CHECK(must(check_directory(copy.path())).findings.empty());
        check_state(*must(open(copy.path(), {.read_only = true})), expected);
        const auto store = must(open(copy.path(), {.create = false}));
        check_state(*store, expected);

        // It is no museum piece: it takes writes, in the format of today, and merges the old ones.
        const Sequence last = must(store->put("written later", "x"));
        CHECK(last == expected.last_sequence() + 1);
        must(store->compact());
        must(store->close());
        State grown = expected.state();
        grown["written later"] = "x";
        const auto again = must(open(copy.path(), {.create = false}));
        CHECK(read_all(*again, false) == grown);
        CHECK(must(again->check()).findings.empty());
    }
    const std::filesystem::directory_iterator begin{golden("stores")};
    CHECK(static_cast<std::size_t>(std::distance(begin, {})) == stores().size());
}

}  // namespace
}  // namespace strata::golden
