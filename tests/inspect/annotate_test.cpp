// SPDX-License-Identifier: Apache-2.0
// Proves that the bytes of tables, segments and manifests are explained without hole or overlap:
// the fields of a whole file join from its first byte to its last and hold its very bytes, also
// when any byte is changed or the file is cut; a window yields the fields that touch it and no
// others; and named fields say what the file says.
#include "inspect/annotate.hpp"

#include "entry/operation.hpp"
#include "log/format.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/builder.hpp"
#include "version/manifest.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {
namespace {

enum class What { table, segment, manifest };

struct Seen {
    std::string name{};
    std::string value{};
    std::uint64_t offset = 0;
    std::string bytes{};
};

struct Annotated {
    std::vector<Seen> fields{};
    std::size_t problems = 0;
};

Annotated annotated(What what, const std::string& bytes, Window window) {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/f", bytes);
    Annotated result;
    FieldWriter writer{window, [&result](const Field& field) {
                           result.fields.push_back({fmt::format("{}: {}", field.part, field.name),
                                                    field.is_text ? field.text : field.value,
                                                    field.offset, std::string{field.bytes}});
                       }};
    if (what == What::table) {
        const TableParts table = must(TableParts::open(*files, "/f"));
        must(annotate_table(table, writer));
        result.problems = table.findings().size();
    } else if (what == What::segment) {
        must(annotate_segment(*files, "/f", writer));
    } else {
        must(annotate_manifest(*files, "/f", writer));
    }
    result.problems += writer.problems().size();
    return result;
}

/// The fields of the whole file: they join, and they are its bytes.
Annotated check_whole(What what, const std::string& bytes) {
    Annotated result = annotated(what, bytes, {0, bytes.size()});
    std::string joined;
    for (const Seen& field : result.fields) {
        CHECK(field.offset == joined.size());
        joined += field.bytes;
    }
    CHECK(joined == bytes);
    return result;
}

std::string table_bytes(Compression codec) {
    const auto files = StrictFileSystem::create();
    TableBuilderOptions options;
    options.number = 12;
    options.block_size = 128;
    options.codec = codec;
    options.salt = 99;
    const auto builder = must(TableBuilder::create(*files, "/", options));
    for (int i = 0; i < 12; ++i) {
        const std::string key =
            fmt::format("{}key{}", i / 4, std::string(static_cast<std::size_t>(i), 'x'));
        const Kind kind = i % 5 == 3 ? Kind::del : i % 5 == 4 ? Kind::put_expiring : Kind::put;
        const std::string value(kind == Kind::del ? 0 : 40, 'v');
        must(builder->add({.key = key,
                           .sequence = static_cast<Sequence>(100 - i),
                           .kind = kind,
                           .value = value,
                           .expiry = kind == Kind::put_expiring ? 77U : 0U}));
    }
    must(builder->finish());
    return content_of(*files, "/000000000012.sst");
}

std::string segment_bytes() {
    std::string bytes = encode_segment_header({.number = 7, .salt = 1});
    const std::uint64_t key = decode_segment_header(bytes).key;
    const auto add = [&bytes, key](FrameKind kind, std::uint32_t before, Bytes payload) {
        append_frame(bytes,
                     {.key = key,
                      .offset = bytes.size(),
                      .kind = kind,
                      .operations_before = before,
                      .mark = 64},
                     payload);
    };
    add(FrameKind::link, 0, encode_link({.first_sequence = 42, .predecessor = 6}));
    std::string operations;
    append_operation(operations, {.key = "k1", .kind = Kind::put, .value = "v"});
    append_operation(operations,
                     {.key = "k2", .kind = Kind::put_expiring, .value = "ww", .expiry = 9});
    append_operation(operations, {.key = "k3", .kind = Kind::del});
    add(FrameKind::ops, 0, operations);
    add(FrameKind::mark, 3, encode_mark(5));
    add(FrameKind::pad, 3, "anything");
    add(FrameKind::seal, 3, encode_seal({.next_number = 9, .next_key = 3}));
    return bytes + std::string(30, '\0');
}

std::string manifest_bytes() {
    Manifest manifest;
    manifest.number = 9;
    manifest.next_number = 10;
    manifest.last_sequence = 41;
    manifest.active = 8;
    manifest.sealed.push_back(
        {.number = 7, .key = 5, .length = 4096, .first_sequence = 42, .last_sequence = 50});
    TableFacts table;
    table.number = 5;
    table.length = 1024;
    table.sequence_min = 3;
    table.sequence_max = 41;
    table.entries = 30;
    table.key_min = "apple";
    table.key_max = "pear";
    manifest.runs.push_back({.tier = 0, .tables = {table}});
    manifest.set_history_floor(40);
    return encode_manifest(manifest);
}

std::string value_of(const Annotated& annotated, const std::string& name) {
    const auto found = std::ranges::find(annotated.fields, name, &Seen::name);
    REQUIRE_MESSAGE(found != annotated.fields.end(), name);
    return found->value;
}

TEST_CASE("whole files, explained to the last byte") {
    const Annotated table = check_whole(What::table, table_bytes(Compression::none));
    CHECK(table.problems == 0);
    CHECK(value_of(table, "footer: file number") == "12");
    CHECK(value_of(table, "footer: magic") == "STRATSST");
    CHECK(value_of(table, "footer: check").ends_with(", verifies"));
    CHECK(value_of(table, "data block 0: trailer check").ends_with(", verifies"));
    CHECK(value_of(table, "data block 0: record 0 sequence") == "100");
    CHECK(value_of(table, "data block 0: record 0 value") == std::string(40, 'v'));
    CHECK(check_whole(What::table, table_bytes(Compression::zstd)).problems == 0);
    const Annotated segment = check_whole(What::segment, segment_bytes());
    CHECK(segment.problems == 0);
    CHECK(value_of(segment, "ops frame: seq 42 key") == "k1");
    CHECK(value_of(segment, "ops frame: seq 43 expiry") == "9");
    CHECK(value_of(segment, "ops frame: seq 44 kind") == "del");
    CHECK(value_of(segment, "seal frame: next segment") == "9");
    const Annotated manifest = check_whole(What::manifest, manifest_bytes());
    CHECK(manifest.problems == 0);
    CHECK(value_of(manifest, "table 0: greatest key") == "pear");
    CHECK(value_of(manifest, "sealed segment 0: last sequence") == "50");
    CHECK(value_of(manifest, "property 0: name") == "history.floor");
    CHECK(value_of(manifest, "check: check").ends_with(", verifies"));
}

struct Sample {
    What what = What::table;
    std::string bytes{};
};
std::vector<Sample> samples() {
    return {{What::table, table_bytes(Compression::none)},
            {What::table, table_bytes(Compression::lz4)},
            {What::segment, segment_bytes()},
            {What::manifest, manifest_bytes()}};
}

TEST_CASE("any byte changed: still every byte is shown") {
    for (const Sample& sample : samples()) {
        for (std::size_t at = 0; at < sample.bytes.size(); ++at) {
            CAPTURE(at);
            std::string bytes = sample.bytes;
            bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
            const Annotated result = check_whole(sample.what, bytes);
            CHECK((sample.what == What::segment || result.problems != 0));
        }
    }
}

TEST_CASE("any length: still every byte is shown") {
    for (const Sample& sample : samples()) {
        for (std::size_t size = 0; size < sample.bytes.size(); size += 53) {
            CAPTURE(size);
            check_whole(sample.what, sample.bytes.substr(0, size));
        }
    }
}

TEST_CASE("a window has the fields that touch it, and no others") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const Sample& sample : samples()) {
        const Annotated whole = check_whole(sample.what, sample.bytes);
        for (int i = 0; i < 300; ++i) {
            Window window{.begin = random.below(sample.bytes.size())};
            window.end = window.begin + random.between(1, 40);
            std::string expected;
            for (const Seen& field : whole.fields) {
                if (field.offset < window.end && field.offset + field.bytes.size() > window.begin) {
                    expected += fmt::format("{} = {}\n", field.name, field.value);
                }
            }
            std::string found;
            for (const Seen& field : annotated(sample.what, sample.bytes, window).fields) {
                found += fmt::format("{} = {}\n", field.name, field.value);
            }
            CHECK(found == expected);
        }
    }
}

}  // namespace
}  // namespace strata::test
