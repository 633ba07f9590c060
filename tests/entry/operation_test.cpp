// SPDX-License-Identifier: Apache-2.0
// Proves that operations survive their encoding, and that no damaged list is read beyond its end
// or accepted against the rules.
#include "entry/operation.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata {
namespace {

using namespace std::string_literals;

std::vector<Entry> samples(const std::string& big) {
    return {
        {.key = "k", .kind = Kind::put, .value = ""},
        {.key = "k1", .kind = Kind::put, .value = "v"},
        {.key = Bytes{"\0\xff", 2}, .kind = Kind::put, .value = big},
        {.key = big, .kind = Kind::del},
        {.key = "e", .kind = Kind::put_expiring, .value = "soon", .expiry = 1'700'000'000'000},
    };
}

TEST_CASE("the worked example") {
    std::string bytes;
    append_operation(bytes, {.key = "k1", .kind = Kind::put, .value = "v"});
    CHECK(bytes == "\x01\x02\x01k1v"s);
}

TEST_CASE("operations round trip") {
    const std::string big(300, 'x');
    std::string bytes;
    for (const Entry& entry : samples(big)) {
        const std::size_t before = bytes.size();
        append_operation(bytes, entry);
        CHECK(bytes.size() - before == operation_size(entry));
    }
    OperationReader reader{bytes};
    Entry read;
    for (const Entry& entry : samples(big)) {
        REQUIRE(reader.next(read));
        CHECK(read == entry);
    }
    CHECK_FALSE(reader.next(read));
    CHECK_FALSE(reader.failed());
    CHECK(reader.offset() == bytes.size());
}

TEST_CASE("every prefix that cuts an operation is refused") {
    const std::string long_key(200, 'y');
    for (const Entry& entry : samples(long_key)) {
        std::string bytes;
        append_operation(bytes, entry);
        for (std::size_t size = 1; size < bytes.size(); ++size) {
            OperationReader reader{Bytes{bytes}.substr(0, size)};
            Entry read;
            CHECK_FALSE(reader.next(read));
            CHECK(reader.failed());
        }
    }
}

TEST_CASE("malformed operations") {
    const std::vector<std::string> cases{
        "\x00\x01\x00k"s,                                      // kind 0
        "\x04\x01\x00k"s,                                      // reserved kind
        "\x01\x00\x01v"s,                                      // empty key
        "\x02\x01\x01kv"s,                                     // delete with a value
        "\x01\x81\x80\x04\x00"s + "k",                         // key over the limit
        "\x01\x01\x81\x80\x80\x20k"s,                          // value over the limit
        "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00k"s,  // huge length
    };
    for (const std::string& bytes : cases) {
        OperationReader reader{bytes};
        Entry read;
        CHECK_FALSE(reader.next(read));
        CHECK(reader.failed());
        CHECK_FALSE(reader.next(read));
    }
}

}  // namespace
}  // namespace strata
