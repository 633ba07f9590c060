// SPDX-License-Identifier: Apache-2.0
// Proves that a table gives back exactly what was put in, by find and by cursors in both
// directions, against a plain sorted vector, for keys, versions and values of all shapes.
#include "table/table.hpp"

#include "base/hash.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/verify.hpp"
#include "table_support.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace strata::test {
namespace {

using namespace std::string_literals;

constexpr Sequence newest = strata::sequence_max;

Version put(std::string key, std::string value) {
    return {.key = std::move(key), .sequence = 1, .kind = Kind::put, .value = std::move(value)};
}

/// Keys of many shapes: short and long, sharing prefixes, prefixes of each other, 0x00 and 0xff.
std::string random_key(Random& random) {
    static const std::vector<std::string> prefixes{
        "", "a", "user:", "user:0000", "\xff\xff"s, "\0\0"s, std::string(300, 'p')};
    std::string key = prefixes[random.below(prefixes.size())];
    const std::uint64_t size = random.below(7);
    for (std::uint64_t i = 0; i < size; ++i) {
        key.push_back(
            "\0\x01"
            "abc\xfe\xff"[random.below(7)]);
    }
    return key.empty() ? "k" : key;
}

std::vector<Version> random_entries(Random& random, std::size_t count) {
    std::vector<Version> entries;
    std::set<std::pair<std::string, Sequence>> seen;
    while (entries.size() < count) {
        Version entry{.kind = Kind::put};
        entry.key = !entries.empty() && random.one_in(3) ? entries.back().key : random_key(random);
        entry.sequence = random.between(1, random.one_in(4) ? 1'000'000'000'000 : 500);
        if (!seen.emplace(entry.key, entry.sequence).second) {
            continue;
        }
        switch (random.below(5)) {
            case 0:
                entry.kind = Kind::del;
                break;
            case 1:
                entry.kind = Kind::put_expiring;
                entry.expiry = random.below(1'000'000'000'000);
                break;
            default:
                break;
        }
        if (entry.kind != Kind::del) {
            entry.value = random.bytes(random.below(random.one_in(20) ? 3000 : 40));
        }
        entries.push_back(entry);
    }
    std::ranges::sort(entries);
    return entries;
}

std::size_t lower_bound(const std::vector<Version>& entries, Bytes key, Sequence sequence) {
    const auto at = std::ranges::find_if(entries, [&](const Version& entry) {
        return compare_entries(entry.key, entry.sequence, key, sequence) >= 0;
    });
    return static_cast<std::size_t>(at - entries.begin());
}

/// Moves a cursor and a position in the vector alike, at random, and compares.
void walk_at_random(Random& random, const std::vector<Version>& entries, Cursor& cursor,
                    int steps) {
    // Behind the entries, or before them by wrap-around: nowhere.
    std::size_t place = entries.size();
    for (int i = 0; i < steps; ++i) {
        const Version& some = entries[random.below(entries.size())];
        const std::string key = random.one_in(2) ? some.key : random_key(random);
        const Sequence sequence = random.one_in(2) ? some.sequence : random.between(0, 600);
        bool stands = false;
        switch (place < entries.size() ? random.below(12) : random.below(4)) {
            case 0:
                stands = must(cursor.seek_first());
                place = 0;
                break;
            case 1:
                stands = must(cursor.seek_last());
                place = entries.size() - 1;
                break;
            case 2:
                stands = must(cursor.seek(key, sequence));
                place = lower_bound(entries, key, sequence);
                break;
            case 3:
                stands = must(cursor.seek_before(key));
                place = lower_bound(entries, key, newest) - 1;
                break;
            case 4:
            case 5:
            case 6:
            case 7:
                stands = must(cursor.next());
                place += 1;
                break;
            default:
                stands = must(cursor.prev());
                place -= 1;
                break;
        }
        REQUIRE(stands == (place < entries.size()));
        if (stands) {
            REQUIRE(to_version(cursor.entry()) == entries[place]);
        }
    }
}

void check_walks(const std::vector<Version>& entries, Cursor& cursor) {
    std::size_t at = 0;
    for (bool more = must(cursor.seek_first()); more; more = must(cursor.next())) {
        REQUIRE(at < entries.size());
        REQUIRE(to_version(cursor.entry()) == entries[at]);
        at += 1;
    }
    CHECK(at == entries.size());
    for (bool more = must(cursor.seek_last()); more; more = must(cursor.prev())) {
        REQUIRE(at > 0);
        at -= 1;
        REQUIRE(to_version(cursor.entry()) == entries[at]);
    }
    CHECK(at == 0);
}

void check_find(const Table& table, const std::vector<Version>& entries, Bytes key,
                Sequence sequence) {
    const std::size_t at = lower_bound(entries, key, sequence);
    const bool expected = at < entries.size() && entries[at].key == key;
    const auto found = must(table.find(key, sequence));
    REQUIRE(found.has_value() == expected);
    if (expected) {
        REQUIRE(to_version(found->entry) == entries[at]);
        REQUIRE(table.may_contain(hash64(key, 0)));
    }
}

void check_table(Random& random, const std::vector<Version>& entries,
                 const TableBuilderOptions& options) {
    const auto files = StrictFileSystem::create();
    const BuiltTable built = build_table(*files, "/", entries, options);
    must(read_back(*files, built.path, built.facts, built.entry_sum));
    const auto cache = std::make_shared<BlockCache>(std::size_t{64} << 10);
    const auto table = must(Table::open(
        *files, built.path, {.number = 12, .footer_check = built.facts.footer_check}, cache));
    CHECK(table->properties().entries == entries.size());
    for (const Version& entry : entries) {
        for (const Sequence sequence :
             {Sequence{0}, entry.sequence - 1, entry.sequence, entry.sequence + 1, newest}) {
            check_find(*table, entries, entry.key, sequence);
        }
    }
    for (int i = 0; i < 300; ++i) {
        check_find(*table, entries, random_key(random), random.between(0, 600));
    }
    for (const CacheUse use : {CacheUse::fill, CacheUse::none}) {
        const auto cursor = table->cursor(use);
        check_walks(entries, *cursor);
        walk_at_random(random, entries, *cursor, 1000);
    }
}

TEST_CASE("random tables of all codecs and block sizes give back what was put in") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        for (const std::size_t block_size : {std::size_t{1}, std::size_t{256}, std::size_t{8192}}) {
            for (const unsigned count : {1U, 2U, 7U, 600U}) {
                TableBuilderOptions options = plain_options();
                options.codec = codec;
                options.block_size = block_size;
                options.filter_bits = static_cast<unsigned>(random.below(3) * 7);
                check_table(random, random_entries(random, count), options);
            }
        }
    }
}

TEST_CASE("versions of one key go on over many blocks") {
    Random random{test_seed(2)};
    std::vector<Version> entries;
    for (const std::string key : {"a", "b", "c"}) {
        for (Sequence sequence = key == "b" ? 400 : 2; sequence > 0; --sequence) {
            entries.push_back({.key = key,
                               .sequence = sequence * 3,
                               .kind = Kind::put,
                               .value = random.bytes(20)});
        }
    }
    std::ranges::sort(entries);
    TableBuilderOptions options = plain_options();
    options.block_size = 256;
    check_table(random, entries, options);
}

TEST_CASE("keys and values of the greatest size") {
    Random random{test_seed(3)};
    std::vector<Version> entries;
    entries.push_back(put(std::string(key_size_max, 'k'), "v"));
    entries.push_back(put(std::string(key_size_max - 1, 'k') + "l", ""));
    entries.push_back(put(std::string(key_size_max - 1, 'k'), "short"));
    entries.push_back(put("big", std::string(value_size_max, 'x')));
    entries.push_back(put(std::string(key_size_max, '\xff'), random.bytes(70'000)));
    std::ranges::sort(entries);
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        TableBuilderOptions options = plain_options();
        options.codec = codec;
        const auto files = StrictFileSystem::create();
        const BuiltTable built = build_table(*files, "/", entries, options);
        must(read_back(*files, built.path, built.facts, built.entry_sum));
        const auto table = must(Table::open(*files, built.path, {}, nullptr));
        check_walks(entries, *table->cursor(CacheUse::none));
        check_walks(entries, *table->cursor(CacheUse::fill));
        for (const Version& entry : entries) {
            check_find(*table, entries, entry.key, newest);
        }
    }
}

TEST_CASE("facts and properties say what is in the table") {
    const std::vector<Version> entries =
        parse_versions("a#9,put:one a#4,del b#5,put_expiring@77:two c#6,put_expiring@55:");
    const auto files = StrictFileSystem::create();
    const BuiltTable built = build_table(*files, "/", entries, plain_options());
    const std::string content = content_of(*files, built.path);
    CHECK(built.facts.number == 12);
    CHECK(built.facts.length == content.size());
    CHECK(built.facts.file_check == hash64(content, 0));
    CHECK(built.facts.footer_check == load<std::uint64_t>(content.data() + content.size() - 16));
    CHECK(built.facts.sequence_min == 4);
    CHECK(built.facts.sequence_max == 9);
    CHECK(built.facts.entries == 4);
    CHECK(built.facts.deletes == 1);
    CHECK(built.facts.raw_bytes == 10);
    CHECK(built.facts.tombstone_oldest_ms == 1'700'000'000'000);
    CHECK(built.facts.expiry_last == 0);
    CHECK(built.facts.key_min == "a");
    CHECK(built.facts.key_max == "c");
    const auto table = must(Table::open(*files, built.path, {}, nullptr));
    const Properties& properties = table->properties();
    CHECK(properties.keys == 3);
    CHECK(properties.puts == 3);
    CHECK(properties.deletes == 1);
    CHECK(properties.expiring == 2);
    CHECK(properties.expiry_min == 55);
    CHECK(properties.expiry_max == 0);
    CHECK(properties.writer == "test");
    CHECK(properties.store_id == plain_options().store_id);
}

TEST_CASE("a table of another number or check is refused") {
    const auto files = StrictFileSystem::create();
    const BuiltTable built = build_table(*files, "/", {put("k", "v")}, plain_options());
    const Error number = must_fail(Table::open(*files, built.path, {.number = 13}, nullptr));
    CHECK(number.code == ErrorCode::corruption);
    CHECK(number.message.find("says table 12, expected 13") != std::string::npos);
    const Error check =
        must_fail(Table::open(*files, built.path, {.number = 12, .footer_check = 1}, nullptr));
    CHECK(check.code == ErrorCode::corruption);
}

TEST_CASE("a cursor may be sought with its own key") {
    Random random{test_seed(4)};
    const std::vector<Version> entries = random_entries(random, 300);
    const auto files = StrictFileSystem::create();
    TableBuilderOptions options = plain_options();
    options.block_size = 256;
    const BuiltTable built = build_table(*files, "/", entries, options);
    const auto table = must(Table::open(*files, built.path, {}, nullptr));
    const auto cursor = table->cursor(CacheUse::none);
    for (bool more = must(cursor->seek_first()); more;) {
        const std::string key{cursor->entry().key};
        const std::size_t at = lower_bound(entries, key, newest);
        const bool before = must(cursor->seek_before(cursor->entry().key));
        REQUIRE(before == (at > 0));
        if (before) {
            REQUIRE(to_version(cursor->entry()) == entries[at - 1]);
        }
        more = must(cursor->seek(key, 0));
    }
}

TEST_CASE("offsets ascend with the key and reach the end of the data") {
    Random random{test_seed(5)};
    const std::vector<Version> entries = random_entries(random, 2000);
    const auto files = StrictFileSystem::create();
    const BuiltTable built = build_table(*files, "/", entries, plain_options());
    const auto table = must(Table::open(*files, built.path, {}, nullptr));
    std::uint64_t last = 0;
    for (const Version& entry : entries) {
        const std::uint64_t offset = table->offset_of(entry.key);
        CHECK(offset >= last);
        last = offset;
    }
    CHECK(table->offset_of(Bytes{"\0", 1}) == 0);
    CHECK(table->offset_of(std::string(70'000, '\xff')) == table->data_end());
}

}  // namespace
}  // namespace strata::test
