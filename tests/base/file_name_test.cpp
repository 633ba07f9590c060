// SPDX-License-Identifier: Apache-2.0
// Proves that names of files are read exactly as they are written, and that nothing else counts.
#include "base/file_name.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace strata {
namespace {

TEST_CASE("names round trip") {
    for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{999'999'999'999},
                                       std::uint64_t{1'000'000'000'000}, ~std::uint64_t{0}}) {
        for (const FileType type :
             {FileType::manifest, FileType::manifest_temporary, FileType::wal, FileType::table}) {
            CHECK(parse_file_name(file_name(type, number)) == FileName{type, number});
        }
    }
    CHECK(file_name(FileType::wal, 7) == "000000000007.wal");
    CHECK(file_name(FileType::lock, 7) == "LOCK");
    CHECK(parse_file_name("LOCK") == FileName{FileType::lock, 0});
    CHECK(file_path("/db", FileType::manifest_temporary, 12) == "/db/000000000012.manifest.tmp");
}

TEST_CASE("other names are unknown") {
    for (const char* name :
         {"", ".", "7.wal", "0000000000007.wal", "000000000000.wal", "000000000007.WAL",
          "000000000007.wal.tmp", "000000000007.sst.tmp", "000000000007", "00000000000x.wal",
          "-00000000007.wal", "99999999999999999999.wal", "18446744073709551616.wal", "lock"}) {
        CAPTURE(name);
        CHECK(parse_file_name(name) == FileName{});
    }
}

}  // namespace
}  // namespace strata
