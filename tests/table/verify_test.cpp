// SPDX-License-Identifier: Apache-2.0
// Proves that the check of a table, and reading back, notice each kind of difference between a
// table, its own properties, its filter and what is expected of it.
#include "table/verify.hpp"

#include "base/hash.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table/builder.hpp"
#include "table/table.hpp"
#include "table_support.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

namespace strata::test {
namespace {

class Subject {
  public:
    Subject() {
        TableBuilderOptions options = plain_options();
        options.block_size = 64;
        const BuiltTable table = build_table(
            *files, "/", parse_versions("a#5,put:one a#2,del b#4,put:two c#3,put:three"), options);
        path = table.path;
        facts = table.facts;
        entry_sum = table.entry_sum;
    }

    [[nodiscard]] std::string read_back_error() const {
        return must_fail(read_back(*files, path, facts, entry_sum)).message;
    }

    /// Writes the properties anew, changed and under a right check.
    void change_properties(const std::function<void(Properties&)>& change) {
        const auto table = must(Table::open(*files, path, {}, nullptr));
        Properties properties = table->properties();
        change(properties);
        replace_section(table->footer().properties(), encode_properties(properties),
                        BlockKind::properties);
    }

    void replace_section(const BlockHandle& handle, std::string bytes, BlockKind kind) {
        REQUIRE(bytes.size() == handle.size);
        const auto raw = static_cast<std::uint32_t>(bytes.size());
        append_trailer(bytes, {.raw_length = raw, .codec = Compression::none, .kind = kind},
                       plain_options().salt + handle.offset);
        must(must(files->open(path, OpenMode::write))->write(handle.offset, bytes));
    }

    [[nodiscard]] std::string first_finding() const {
        CheckReport report;
        must(verify_table(*files, path, {}, CheckOptions{}, report));
        return report.findings.empty() ? "" : report.findings.front().message;
    }

    std::shared_ptr<StrictFileSystem> files = StrictFileSystem::create();
    std::string path;
    TableFacts facts;
    std::uint64_t entry_sum = 0;
};

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("a good table") {
    Subject subject;
    must(read_back(*subject.files, subject.path, subject.facts, subject.entry_sum));
    CheckReport report;
    must(verify_table(*subject.files, subject.path, {}, CheckOptions{}, report));
    CHECK(report.findings.empty());
    CHECK(report.files == 1);
    CHECK(report.entries == 4);
    CHECK(report.blocks > 1);
    CHECK(report.bytes == subject.facts.length);
    CheckReport fast;
    must(verify_table(*subject.files, subject.path, {}, CheckOptions{.full = false}, fast));
    CHECK(fast.findings.empty());
    CHECK(fast.blocks == 0);
}

TEST_CASE("what was written differs from what is there") {
    Subject subject;
    subject.entry_sum += 1;
    CHECK(contains(subject.read_back_error(), "the sum of what was written"));
}

TEST_CASE("the facts of the manifest differ") {
    const std::vector<std::function<void(TableFacts&)>> changes{
        [](TableFacts& f) { f.number += 1; },       [](TableFacts& f) { f.length += 64; },
        [](TableFacts& f) { f.footer_check += 1; }, [](TableFacts& f) { f.file_check += 1; },
        [](TableFacts& f) { f.sequence_min -= 1; }, [](TableFacts& f) { f.sequence_max += 1; },
        [](TableFacts& f) { f.entries += 1; },      [](TableFacts& f) { f.deletes += 1; },
        [](TableFacts& f) { f.raw_bytes += 1; },    [](TableFacts& f) { f.expiry_last += 1; },
        [](TableFacts& f) { f.key_min += "x"; },    [](TableFacts& f) { f.key_max += "x"; },
    };
    for (const auto& change : changes) {
        Subject subject;
        change(subject.facts);
        CHECK(contains(subject.read_back_error(), "sst: at "));
    }
}

TEST_CASE("properties differ from the entries") {
    const std::vector<std::pair<const char*, std::function<void(Properties&)>>> changes{
        {"entries", [](Properties& p) { p.entries += 1; }},
        {"keys", [](Properties& p) { p.keys += 1; }},
        {"puts", [](Properties& p) { p.puts += 1; }},
        {"deletes", [](Properties& p) { p.deletes += 1; }},
        {"expiring", [](Properties& p) { p.expiring += 1; }},
        {"raw.bytes", [](Properties& p) { p.raw_bytes += 1; }},
        {"data.end", [](Properties& p) { p.data_end += 1; }},
        {"seq.min", [](Properties& p) { p.sequence_min += 1; }},
        {"seq.max", [](Properties& p) { p.sequence_max += 1; }},
        {"expiry.min", [](Properties& p) { p.expiry_min += 1; }},
        {"expiry.max", [](Properties& p) { p.expiry_max += 1; }},
        {"entry.sum", [](Properties& p) { p.entry_sum += 1; }},
        {"key.min", [](Properties& p) { p.key_min = "Z"; }},
        {"key.max", [](Properties& p) { p.key_max = "d"; }},
    };
    for (const auto& item : changes) {
        const char* const name = item.first;
        Subject subject;
        CHECK(subject.first_finding().empty());
        subject.change_properties(item.second);
        CAPTURE(name);
        CHECK(contains(subject.first_finding(), name));
    }
}

TEST_CASE("keys are told apart within a block and across blocks") {
    // Equal heads with suffixes of other lengths, rests that differ, versions of one key in several
    // blocks, sequences far above the least of their block.
    std::vector<Version> versions = parse_versions(
        R"(k#9,put:1 k#3,put:2 k\x00#8,put:3 k\x00\x00#7,del k\x00\x00\x00\x00#6,put:4)"
        R"( k\x00\x00\x00\x00y#5,put:5 k\x00\x00\x00\x00z#4,put:6 k\x00\x00\x00\x00z#2,put:7)"
        R"( zz#300,put:a zz#200,put:b zz#100,put:c zz#5000000000,put:d zz#70000,put:e)");
    for (const std::size_t block_size : {std::size_t{32}, std::size_t{64}, std::size_t{4096}}) {
        CAPTURE(block_size);
        const auto files = StrictFileSystem::create();
        TableBuilderOptions options = plain_options();
        options.block_size = block_size;
        const BuiltTable table = build_table(*files, "/", versions, options);
        must(read_back(*files, table.path, table.facts, table.entry_sum));
        CHECK(must(Table::open(*files, table.path, {}, nullptr))->properties().keys == 7);
    }
}

TEST_CASE("a gap between blocks that is not zero") {
    Subject subject;
    const auto table = must(Table::open(*subject.files, subject.path, {}, nullptr));
    const auto file = must(subject.files->open(subject.path, OpenMode::write));
    const std::uint64_t index = table->footer().index().offset;
    std::uint64_t gaps = 0;
    std::string bytes(static_cast<std::size_t>(index), '\0');
    must(file->read(0, bytes));
    for (std::uint64_t at = 0; at < table->properties().data_end; ++at) {
        must(file->write(at, "\1"));
        gaps += contains(subject.first_finding(), "between two blocks are not zero") ? 1U : 0U;
        must(file->write(at, Bytes{bytes}.substr(static_cast<std::size_t>(at), 1)));
    }
    CHECK(gaps != 0);
}

TEST_CASE("a filter that lacks a key") {
    Subject subject;
    const auto table = must(Table::open(*subject.files, subject.path, {}, nullptr));
    FilterBuilder filter{10};
    for (const char* key : {"a", "b", "another"}) {
        filter.add(hash64(key, 0));
    }
    subject.replace_section(table->footer().filter(), filter.finish(), BlockKind::filter);
    CHECK(contains(subject.first_finding(), "the filter denies 1 of the keys"));
}

TEST_CASE("a file that cannot be read is an error, not a finding") {
    Subject subject;
    CheckReport report;
    CHECK(must_fail(verify_table(*subject.files, "/none.sst", {}, CheckOptions{}, report)).code ==
          ErrorCode::not_found);
    const auto faulty = FaultFileSystem::create(subject.files);
    faulty->fail_nth(4, Fault::fail_before);
    CHECK(must_fail(verify_table(*faulty, subject.path, {}, CheckOptions{}, report)).code ==
          ErrorCode::io);
}

}  // namespace
}  // namespace strata::test
