// SPDX-License-Identifier: Apache-2.0
// Proves that strata-dump over files of LevelDB ends well whatever their bytes are: every command
// over a small database with any byte changed, or any file cut, in memory. The status says damage
// where the check of that file does, and good databases check clean.
#include "dump/commands.hpp"
#include "dump/options.hpp"
#include "dump/program.hpp"
#include "leveldb/check_database.hpp"
#include "leveldb/made_database.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {
namespace {

struct Ran {
    int status = 0;
    std::string shown{};
    std::string said{};
};

Ran run(FileSystem& files, const std::vector<std::string>& words, bool table) {
    tools::DumpOptions options;
    must(tools::apply_dump_option(options, "format", table ? "table" : "ndjson"));
    must(tools::apply_dump_words(options, words));
    tools::resolve_style(options, -1);
    Ran ran;
    tools::Output output{ran.shown};
    tools::Output messages{ran.said};
    tools::Diagnostics diagnostics{"strata-dump", messages};
    ran.status = tools::run_dump(options, files, output, diagnostics);
    return ran;
}

bool allowed(int status) { return status == 0 || status == 2 || status == 5 || status == 7; }

/// Every command over one file and over the whole database.
void run_all(FileSystem& files, const std::string& path) {
    CheckReport report;
    const bool table = path.ends_with(".ldb");
    if (table) {
        must(level::check_table(files, path, level::KeyOrder::bytewise, report));
    }
    const bool damaged = !report.findings.empty();
    for (const char* command : {"records", "props", "layout", "check", "identify"}) {
        CAPTURE(command);
        const Ran one = run(files, {command, path}, true);
        REQUIRE(allowed(one.status));
        REQUIRE(allowed(run(files, {command, "/"}, false).status));
    }
    if (damaged) {
        for (const char* command : {"check", "props"}) {
            CAPTURE(command);
            REQUIRE(run(files, {command, path}, false).status == 5);
        }
        REQUIRE(run(files, {"check", "/"}, false).status == 5);
    }
}

TEST_CASE("strata-dump over damaged files of LevelDB") {
    const auto files = in_memory(testdata_path("leveldb/small"));
    const auto whole = in_memory(testdata_path("leveldb/small"));
    const std::size_t step = std::getenv("STRATA_LONG") != nullptr ? 1 : 13;
    for (const std::string& name : must(whole->list("/"))) {
        CAPTURE(name);
        const std::string path = "/" + name;
        const std::string bytes = content_of(*whole, path);
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            CAPTURE(at);
            {
                const auto file = must(files->open(path, OpenMode::write));
                const std::string changed(1, static_cast<char>(bytes[at] ^ (1 << (at % 8))));
                must(file->write(at, changed));
            }
            run_all(*files, path);
            const auto file = must(files->open(path, OpenMode::write));
            must(file->truncate(at));
            run_all(*files, path);
            must(file->write(0, bytes));
        }
    }
}

TEST_CASE("strata-dump over good databases of LevelDB") {
    const TempDir directory;
    const std::string path = directory.path("db");
    Content expected;
    {
        MadeDatabase database{path, {.filter_bits = 10}};
        Random random{test_seed(1)};
        for (int i = 0; i < 5000; ++i) {
            database.put(random.letters(2), random.bytes(60));
            if (i % 5 == 0) {
                database.del(random.letters(2));
            }
        }
        expected = database.content();
    }
    const auto files = posix_file_system();
    CheckReport report;
    must(level::check_database(*files, path, report));
    CHECK(report.findings.empty());
    CHECK(run(*files, {"check", path}, true).status == 0);
    const Ran records = run(*files, {"records", path}, false);
    CHECK(records.status == 0);
    const auto lines = std::ranges::count(records.shown, '\n');
    CHECK(static_cast<std::size_t>(lines) == expected.size());
    const Ran layout = run(*files, {"layout", path}, true);
    CAPTURE(layout.said);
    CHECK(layout.status == 0);
    CHECK(layout.shown.find("100.00%") != std::string::npos);
}

}  // namespace
}  // namespace strata::test
