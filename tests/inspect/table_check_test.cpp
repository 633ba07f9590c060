// SPDX-License-Identifier: Apache-2.0
// Proves that a table is checked by its path alone: a good one has no findings, damage is found and
// reading goes on behind it, and a table under another's name is noticed.
#include "inspect/table_check.hpp"

#include "base/file_name.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table/builder.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <string>

namespace strata::test {
namespace {

std::string make_table(FileSystem& files) {
    TableBuilderOptions options;
    options.number = 12;
    options.block_size = 1;
    const auto builder = must(TableBuilder::create(files, "/", options));
    for (const Version& version : parse_versions("a#5,put:one b#4,put:two c#3,put:three")) {
        must(builder->add(version.entry()));
    }
    must(builder->finish());
    return file_path("/", FileType::table, 12);
}

CheckReport check(FileSystem& files, const std::string& path) {
    CheckReport report;
    must(check_table(files, path, CheckOptions{}, report));
    return report;
}

TEST_CASE("a table and its damage") {
    const auto files = StrictFileSystem::create();
    const std::string path = make_table(*files);
    const CheckReport good = check(*files, path);
    CHECK(good.findings.empty());
    CHECK(good.entries == 3);
    CHECK(good.blocks == 3);
    must(must(files->open(path, OpenMode::write))->write(3, "x"));
    const CheckReport bad = check(*files, path);
    REQUIRE(bad.findings.size() == 1);
    CHECK(bad.findings[0].file == path);
    CHECK(bad.findings[0].offset == 0);
    CHECK(bad.entries == 2);
    CHECK(bad.blocks == 3);
}

TEST_CASE("a table under another's name") {
    const auto files = StrictFileSystem::create();
    const std::string path = make_table(*files);
    const std::string other = file_path("/", FileType::table, 13);
    must(files->rename(path, other));
    const CheckReport report = check(*files, other);
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].message.find("says table 12, expected 13") != std::string::npos);
    must(files->rename(other, "/copy"));
    CHECK(check(*files, "/copy").findings.empty());
}

}  // namespace
}  // namespace strata::test
