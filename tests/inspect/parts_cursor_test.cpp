// SPDX-License-Identifier: Apache-2.0
// Proves that the cursor over a table that may be damaged gives what the ordinary cursor gives of a
// sound one, call by call, with the index and without it; and of a damaged one all entries of the
// other blocks, in order, with a finding for each block that is passed over.
#include "inspect/parts_cursor.hpp"

#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/builder.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {
namespace {

std::vector<Version> some_versions() {
    std::vector<Version> versions;
    for (int key = 0; key < 60; ++key) {
        for (int version = 0; version <= key % 3; ++version) {
            versions.push_back({.key = fmt::format("key{:03}", 2 * key),
                                .sequence = static_cast<Sequence>(1000 - version),
                                .kind = version == 1 ? Kind::del : Kind::put,
                                .value = version == 1 ? "" : "some value"});
        }
    }
    return versions;
}

std::string table_bytes(const std::vector<Version>& versions) {
    const auto files = StrictFileSystem::create();
    TableBuilderOptions options;
    options.number = 12;
    options.block_size = 200;
    options.salt = 5;
    const auto builder = must(TableBuilder::create(*files, "/", options));
    for (const Version& version : versions) {
        must(builder->add(version.entry()));
    }
    must(builder->finish());
    return content_of(*files, "/000000000012.sst");
}

/// A table in memory and what a cursor needs.
struct Opened {
    explicit Opened(const std::string& bytes) {
        create_file(*files, "/t", bytes);
        table.emplace(must(TableParts::open(*files, "/t")));
        cursor = must(PartsCursor::make(*table));
    }
    std::shared_ptr<StrictFileSystem> files = StrictFileSystem::create();
    std::optional<TableParts> table{};
    std::unique_ptr<PartsCursor> cursor{};
};

std::string without_index(std::string bytes) {
    const Opened sound{bytes};
    bytes[sound.table->footer()->index().offset + 1] ^= 0x20;
    return bytes;
}

std::vector<Version> walk(PartsCursor& cursor) {
    std::vector<Version> versions;
    for (bool more = must(cursor.seek_first()); more; more = must(cursor.next())) {
        versions.push_back(to_version(cursor.entry()));
    }
    return versions;
}

std::vector<Version> walk_back(PartsCursor& cursor) {
    std::vector<Version> versions;
    for (bool more = must(cursor.seek_last()); more; more = must(cursor.prev())) {
        versions.push_back(to_version(cursor.entry()));
    }
    std::ranges::reverse(versions);
    return versions;
}

TEST_CASE("a sound table: every call as by a list, with and without index") {
    const std::vector<Version> versions = some_versions();
    const std::string bytes = table_bytes(versions);
    for (const std::string& file : {bytes, without_index(bytes)}) {
        Opened opened{file};
        CHECK(opened.table->blocks() > 5);
        VectorCursor model{versions};
        Random random{test_seed(3)};
        INFO("STRATA_SEED=", random.seed());
        bool standing = false;
        for (int i = 0; i < 3000; ++i) {
            const std::string key = fmt::format("key{:03}", random.below(122));
            const Sequence sequence = random.between(996, 1001);
            const auto call = random.below(standing ? 12 : 4);
            const auto both = [call, &key, sequence](Cursor& cursor) {
                switch (call) {
                    case 0:
                        return must(cursor.seek_first());
                    case 1:
                        return must(cursor.seek_last());
                    case 2:
                        return must(cursor.seek(key, sequence));
                    case 3:
                        return must(cursor.seek_before(key));
                    default:
                        return must(call % 2 == 0 ? cursor.next() : cursor.prev());
                }
            };
            standing = both(model);
            CHECK(both(*opened.cursor) == standing);
            if (standing) {
                CHECK(to_version(opened.cursor->entry()) == to_version(model.entry()));
            }
        }
        CHECK(opened.cursor->findings().empty());
    }
}

TEST_CASE("damaged blocks are passed over, once noted, in both directions") {
    const std::vector<Version> versions = some_versions();
    const std::string good = table_bytes(versions);
    const Opened sound{good};
    for (std::uint32_t block = 0; block < sound.table->blocks(); ++block) {
        CAPTURE(block);
        const DataBlock lost = must(sound.table->read_block(block));
        std::string bytes = good;
        bytes[lost.handle.offset + 9] ^= 1;
        std::vector<Version> expected;
        for (const Version& version : versions) {
            const BlockView::Position found = lost.view.lower_bound(version.key, version.sequence);
            const bool inside = found.key_equal && found.index < lost.view.count() &&
                                lost.view.record(found.index).sequence == version.sequence;
            if (!inside) {
                expected.push_back(version);
            }
        }
        CHECK(expected.size() < versions.size());
        Opened opened{bytes};
        CHECK(walk(*opened.cursor) == expected);
        CHECK(walk_back(*opened.cursor) == expected);
        REQUIRE(opened.cursor->findings().size() == 1);
        CHECK(opened.cursor->findings()[0].offset == lost.handle.offset);
        Opened searched{without_index(bytes)};
        CHECK(walk(*searched.cursor) == expected);
        CHECK(walk_back(*searched.cursor) == expected);
    }
}

TEST_CASE("nothing at all is readable") {
    Opened opened{std::string(500, 'x')};
    CHECK_FALSE(must(opened.cursor->seek_first()));
    CHECK_FALSE(must(opened.cursor->seek_last()));
    CHECK_FALSE(must(opened.cursor->seek("a", 1)));
    CHECK_FALSE(must(opened.cursor->seek_before("a")));
}

}  // namespace
}  // namespace strata::test
