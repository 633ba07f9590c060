// SPDX-License-Identifier: Apache-2.0
// Proves that strata-wal-dump over logs of LevelDB ends well whatever their bytes are: every mode
// over a log and a manifest with any byte changed, or cut anywhere, in memory; and that the
// commands of --script hold every operation of a log.
#include "leveldb/made_database.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "wal_dump/options.hpp"
#include "wal_dump/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {
namespace {

struct Ran {
    int status = 0;
    std::string shown{};
};

Ran run(FileSystem& files, const std::string& option, const std::string& path) {
    tools::WalDumpOptions options;
    if (!option.empty()) {
        const std::size_t equals = std::min(option.find('='), option.size());
        const std::string value = equals == option.size() ? "" : option.substr(equals + 1);
        must(tools::apply_wal_dump_option(options, option.substr(0, equals), value));
    }
    must(tools::apply_wal_dump_files(options, {path}));
    tools::resolve_style(options, -1);
    Ran ran;
    std::string said;
    tools::Output output{ran.shown};
    tools::Output messages{said};
    tools::Diagnostics diagnostics{"strata-wal-dump", messages};
    ran.status = tools::run_wal_dump(options, files, output, diagnostics);
    return ran;
}

void run_all(FileSystem& files, const std::string& path) {
    const int checked = run(files, "check", path).status;
    REQUIRE((checked == 0 || checked == 5));
    for (const char* option : {"", "batches", "stats", "tail=2", "json", "offsets", "on-error=skip",
                               "on-error=stop", "format=table"}) {
        CAPTURE(option);
        REQUIRE(run(files, option, path).status == checked);
    }
    const int script = run(files, "script", path).status;
    REQUIRE((script == checked || script == 5 || script == 2));
    const int hex = run(files, "hex", path).status;
    REQUIRE(hex == 2);
}

TEST_CASE("strata-wal-dump over damaged logs of LevelDB") {
    const auto files = in_memory(testdata_path("leveldb/small"));
    for (const char* path : {"/000008.log", "/MANIFEST-000006"}) {
        CAPTURE(path);
        const std::string bytes = content_of(*files, path);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
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
        run_all(*files, path);
        CHECK(run(*files, "check", path).status == 0);
    }
}

TEST_CASE("strata-wal-dump: the commands of a log of LevelDB") {
    const auto files = in_memory(testdata_path("leveldb/small"));
    const Ran script = run(*files, "script", "/000008.log");
    CHECK(script.status == 0);
    CHECK(std::ranges::count(script.shown, '\n') == 5 + 2);
    const Ran records = run(*files, "", "/");
    CHECK(std::ranges::count(records.shown, '\n') == 5);
}

}  // namespace
}  // namespace strata::test
