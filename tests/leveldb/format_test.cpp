// SPDX-License-Identifier: Apache-2.0
// Proves what is read of names, keys, handles and compressed blocks, with good and bad bytes.
#include "leveldb/format.hpp"

#include "support/must.hpp"

#include <doctest/doctest.h>
#include <snappy-c.h>
#include <zstd.h>

#include <string>

namespace strata::level {
namespace {

TEST_CASE("level names: what they say") {
    struct Case {
        const char* name;
        FileType type;
        std::uint64_t number;
    };
    const Case cases[] = {
        {"000005.ldb", FileType::table, 5},
        {"000006.sst", FileType::table, 6},
        {"123456789.log", FileType::log, 123456789},
        {"MANIFEST-000002", FileType::manifest, 2},
        {"CURRENT", FileType::current, 0},
        {"LOCK", FileType::lock, 0},
        {"LOG", FileType::info_log, 0},
        {"LOG.old", FileType::info_log, 0},
        {"", FileType::other, 0},
        {".ldb", FileType::other, 0},
        {"x.ldb", FileType::other, 0},
        {"5", FileType::other, 0},
        {"5.dbtmp", FileType::other, 0},
        {"MANIFEST-", FileType::other, 0},
        {"MANIFEST-x", FileType::other, 0},
        {"99999999999999999999.ldb", FileType::other, 0},
    };
    for (const Case& one : cases) {
        CAPTURE(one.name);
        const FileName parsed = parse_file_name(one.name);
        CHECK(parsed.type == one.type);
        CHECK(parsed.number == one.number);
    }
    CHECK(table_name(5) == "000005.ldb");
    CHECK(log_name(1234567) == "1234567.log");
}

TEST_CASE("level keys: sequence and kind behind the user's key") {
    const std::string bytes{"ab\x01\x05\0\0\0\0\0\0", 10};
    const auto key = parse_internal_key(bytes);
    REQUIRE(key.has_value());
    CHECK(key->user_key == "ab");
    CHECK(key->sequence == 5);
    CHECK(key->kind == Kind::put);
    CHECK_FALSE(parse_internal_key("1234567").has_value());
    CHECK_FALSE(parse_internal_key(std::string{"ab\x02\x05\0\0\0\0\0\0", 10}).has_value());
    CHECK(precedes({.user_key = "a", .sequence = 1}, {.user_key = "b", .sequence = 9}));
    CHECK(precedes({.user_key = "a", .sequence = 2}, {.user_key = "a", .sequence = 1}));
    CHECK_FALSE(precedes({.user_key = "a", .sequence = 1}, {.user_key = "a", .sequence = 1}));
}

TEST_CASE("level handles: two varints") {
    Bytes bytes = "\x85\x01\x07rest";
    const auto handle = take_handle(bytes);
    REQUIRE(handle.has_value());
    CHECK(handle->offset == 133);
    CHECK(handle->size == 7);
    CHECK(bytes == "rest");
    Bytes cut = "\x85\x01\x87";
    CHECK_FALSE(take_handle(cut).has_value());
}

TEST_CASE("level codecs: good bytes unfold, bad ones say why") {
    const std::string raw(5000, 'x');
    CHECK(test::must(unfold(0, raw)) == raw);

    std::string snappy(snappy_max_compressed_length(raw.size()), '\0');
    std::size_t size = snappy.size();
    REQUIRE(snappy_compress(raw.data(), raw.size(), snappy.data(), &size) == SNAPPY_OK);
    snappy.resize(size);
    CHECK(test::must(unfold(1, snappy)) == raw);
    CHECK(test::must_fail(unfold(1, snappy.substr(0, size - 1))).code == ErrorCode::corruption);
    CHECK(test::must_fail(unfold(1, "")).code == ErrorCode::corruption);
    // Claims 4 GiB less one.
    CHECK(test::must_fail(unfold(1, "\xff\xff\xff\xff\x0f")).code == ErrorCode::corruption);
    // Claims 66 MiB in 6 bytes.
    CHECK(test::must_fail(unfold(1, std::string{"\x80\x80\x80\x21\0\0", 6})).code ==
          ErrorCode::corruption);

    std::string zstd(ZSTD_compressBound(raw.size()), '\0');
    zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), raw.data(), raw.size(), 1));
    CHECK(test::must(unfold(2, zstd)) == raw);
    CHECK(test::must_fail(unfold(2, zstd.substr(0, zstd.size() - 1))).code ==
          ErrorCode::corruption);
    CHECK(test::must_fail(unfold(2, "\x78\x9c zlib")).code == ErrorCode::unsupported);
    CHECK(test::must_fail(unfold(4, raw)).code == ErrorCode::unsupported);
    CHECK(codec_text(1) == "snappy");
    CHECK(codec_text(77) == "codec 77");
}

}  // namespace
}  // namespace strata::level
