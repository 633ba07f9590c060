// SPDX-License-Identifier: Apache-2.0
// Proves what the reader of logs says of logs written by LevelDB: all records of a good one, and of
// one that was cut at every byte, or had any byte changed, or stretches of zeros, what LevelDB
// itself would still read, with the right word for the rest.
#include "leveldb/log_reader.hpp"

#include "leveldb/made_database.hpp"
#include "leveldb/write_batch.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::level {
namespace {

using test::must;

struct ReadLog {
    std::vector<std::string> records{};
    std::vector<LogGap> damage{};
    std::vector<LogGap> torn{};
    std::vector<std::uint64_t> ends{};
};

ReadLog read_log(const std::string& bytes, bool resync = false) {
    const auto files = StrictFileSystem::create();
    test::create_file(*files, "/l", bytes);
    const auto reader = must(LogReader::open(*files, "/l"));
    reader->set_resync(resync);
    ReadLog read;
    while (true) {
        const LogEvent event = must(reader->next());
        if (event == LogEvent::end) {
            CHECK(must(reader->next()) == LogEvent::end);
            return read;
        }
        if (event == LogEvent::record) {
            read.records.emplace_back(reader->record());
            read.ends.push_back(reader->end());
            CHECK(reader->offset() < reader->end());
            CHECK(reader->end() <= bytes.size());
            continue;
        }
        const LogGap& gap = reader->gap();
        CHECK_FALSE(gap.reason.empty());
        CHECK(gap.size > 0);
        CHECK(gap.offset + gap.size <= bytes.size());
        (event == LogEvent::torn ? read.torn : read.damage).push_back(gap);
    }
}

/// A log of records of many sizes, some over several blocks.
std::string make_log(std::size_t records, std::size_t size_max) {
    const test::TempDir directory{"log"};
    const std::string path = directory.path("db");
    test::Random random{test::test_seed(1)};
    {
        test::MadeDatabase database{path, {.write_buffer = 64 << 20}};
        for (std::size_t i = 0; i < records; ++i) {
            database.put(std::to_string(i), random.bytes(random.below(size_max)));
        }
    }
    return test::content_of(*posix_file_system(), test::file_with(path, ".log"));
}

/// Where every record of `read` stands in the good log, in order; false for a stranger.
bool subset(const ReadLog& read, const ReadLog& good) {
    auto at = good.records.begin();
    for (const std::string& record : read.records) {
        at = std::find(at, good.records.end(), record);
        if (at == good.records.end()) {
            return false;
        }
        ++at;
    }
    return true;
}

TEST_CASE("level log: every record of a good log") {
    const ReadLog good = read_log(make_log(300, 5000));
    REQUIRE(good.records.size() == 300);
    CHECK(good.damage.empty());
    CHECK(good.torn.empty());
    for (std::size_t i = 0; i < good.records.size(); ++i) {
        auto batch = must(BatchReader::create(good.records[i]));
        REQUIRE(must(batch.next()));
        CHECK(batch.key().user_key == std::to_string(i));
        CHECK(batch.key().sequence == i + 1);
        CHECK_FALSE(must(batch.next()));
    }
}

TEST_CASE("level log: cut at every byte") {
    const std::string bytes = make_log(40, 3000);
    REQUIRE(bytes.size() > log_block_size);
    const ReadLog good = read_log(bytes);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        CAPTURE(size);
        const ReadLog cut = read_log(bytes.substr(0, size));
        const auto whole = static_cast<std::size_t>(
            std::ranges::count_if(good.ends, [size](std::uint64_t end) { return end <= size; }));
        const std::uint64_t end = whole == 0 ? 0 : good.ends[whole - 1];
        REQUIRE(cut.records.size() == whole);
        REQUIRE(cut.damage.empty());
        // The zeros at the end of a block belong to no record.
        const bool trailer = end / log_block_size != size / log_block_size &&
                             size % log_block_size == 0 && size - end < log_header_size;
        REQUIRE(cut.torn.size() == (size == end || trailer ? 0 : 1));
        REQUIRE(subset(cut, good));
    }
}

TEST_CASE("level log: cut logs give what LevelDB gives") {
    const test::TempDir directory;
    const std::string path = directory.path("db");
    {
        test::MadeDatabase database{path, {.write_buffer = 64 << 20}};
        test::Random random{test::test_seed(1)};
        for (int i = 0; i < 40; ++i) {
            database.put(std::to_string(i), random.bytes(random.below(3000)));
        }
    }
    const std::string log = test::file_with(path, ".log");
    const std::string bytes = test::content_of(*posix_file_system(), log);
    for (std::size_t size = 0; size < bytes.size(); size += 997) {
        CAPTURE(size);
        const test::TempDir copy;
        const std::string target = copy.path("db");
        std::filesystem::copy(path, target);
        std::filesystem::resize_file(target + "/" + std::filesystem::path{log}.filename().string(),
                                     size);
        const auto expected = test::content_by_leveldb(target, {});
        REQUIRE(expected != nullptr);
        CHECK(read_log(bytes.substr(0, size)).records.size() == expected->size());
    }
}

TEST_CASE("level log: any byte changed") {
    const std::string bytes = make_log(60, 2000);
    REQUIRE(bytes.size() > log_block_size);
    const ReadLog good = read_log(bytes);
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (std::size_t at = 0; at < bytes.size(); at += random.between(1, 40)) {
        CAPTURE(at);
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
        const ReadLog read = read_log(changed);
        REQUIRE(subset(read, good));
        REQUIRE((read.records.size() == good.records.size() || !read.damage.empty() ||
                 !read.torn.empty()));
        // Only what lies in the last record can look like an interrupted write.
        if (at < good.ends[good.ends.size() - 2]) {
            REQUIRE(read.torn.empty());
            REQUIRE_FALSE(read.damage.empty());
            const LogGap& gap = read.damage.front();
            REQUIRE(gap.offset <= at);
            REQUIRE(gap.offset + gap.size > at);
        }
    }
}

TEST_CASE("level log: resync loses the damaged record alone") {
    const std::string bytes = make_log(60, 2000);
    const ReadLog good = read_log(bytes);
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (std::size_t at = 0; at < good.ends[good.ends.size() - 2]; at += random.between(1, 200)) {
        CAPTURE(at);
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
        const ReadLog read = read_log(changed, true);
        REQUIRE(subset(read, good));
        REQUIRE(read.damage.size() == 1);
        REQUIRE(read.records.size() + 1 >= good.records.size());
    }
}

TEST_CASE("level log: a length beyond the file is torn at the end only") {
    const std::string bytes = make_log(20, 500);
    REQUIRE(bytes.size() < log_block_size);
    const ReadLog good = read_log(bytes);
    std::uint64_t begin = 0;
    for (const std::uint64_t end : good.ends) {
        CAPTURE(begin);
        std::string changed = bytes;
        changed[begin + 5] = '\x7f';
        const ReadLog read = read_log(changed);
        const bool last = end == bytes.size();
        CHECK(read.torn.size() == (last ? 1 : 0));
        CHECK(read.damage.size() == (last ? 0 : 1));
        begin = end;
    }
}

TEST_CASE("level log: zeros") {
    const std::string bytes = make_log(60, 4000);
    REQUIRE(bytes.size() > 3 * log_block_size);
    const ReadLog good = read_log(bytes);
    SUBCASE("behind the end") {
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
            const ReadLog read = read_log(bytes + std::string(size, '\0'));
            CHECK(read.records == good.records);
            CHECK(read.damage.empty());
            REQUIRE(read.torn.size() == 1);
            CHECK(read.torn[0].offset == bytes.size());
            CHECK(read.torn[0].size == size);
        }
    }
    SUBCASE("from a sector in the last record on") {
        std::string cut = bytes;
        const std::uint64_t last = good.ends[good.ends.size() - 2];
        const std::size_t sector = (last + 1000) / 512 * 512;
        REQUIRE(sector < bytes.size());
        std::fill(cut.begin() + static_cast<std::ptrdiff_t>(sector), cut.end(), '\0');
        const ReadLog read = read_log(cut);
        CHECK(read.records.size() == good.records.size() - 1);
        CHECK(read.damage.empty());
        CHECK(read.torn.size() == 1);
    }
    SUBCASE("a block in the middle") {
        std::string hole = bytes;
        std::fill_n(hole.begin() + log_block_size, log_block_size, '\0');
        const ReadLog read = read_log(hole);
        CHECK(read.torn.empty());
        REQUIRE(read.damage.size() == 1);
        CHECK(read.damage[0].offset <= log_block_size);
        CHECK(read.damage[0].offset + read.damage[0].size >= 2 * log_block_size);
        CHECK(subset(read, good));
    }
}

TEST_CASE("level log: no log at all") {
    CHECK(read_log("").records.empty());
    const ReadLog text =
        read_log("This is no log, but a text of some length that holds no record.");
    CHECK(text.records.empty());
    CHECK(text.torn.size() + text.damage.size() == 1);
    test::Random random{test::test_seed(1)};
    const ReadLog noise = read_log(random.bytes(200'000));
    CHECK(noise.records.empty());
    CHECK_FALSE(noise.damage.empty());
}

TEST_CASE("level batch: lengths, kinds and counts are checked") {
    const std::string head{"\x07\0\0\0\0\0\0\0\x01\0\0\0", 12};
    const auto walk = [](const std::string& record) -> Status {
        auto batch = STRATA_TRY(BatchReader::create(record));
        while (true) {
            const bool more = STRATA_TRY(batch.next());
            if (!more) {
                return {};
            }
        }
    };
    must(walk(head + std::string{"\x01\x01k\x01v", 5}));
    must(walk(head + std::string{"\x00\x01k", 3}));
    for (const std::string& bad :
         {std::string{}, head.substr(0, 11), head, head + "\x02\x01k", head + "\x01\x02k",
          head + "\x01\x01k\x02v", head + "\x01\x01k\x01vx", head + std::string{"\x01", 1},
          std::string{"\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\0\0", 12}}) {
        CAPTURE(bad);
        CHECK(test::must_fail(walk(bad)).code == ErrorCode::corruption);
    }
}

}  // namespace
}  // namespace strata::level
