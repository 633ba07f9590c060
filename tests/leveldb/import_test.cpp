// SPDX-License-Identifier: Apache-2.0
// Proves `import --from leveldb:DIR`: the store holds exactly what LevelDB's iterator gave, for
// random databases in byte order and with another comparator; an import that stopped goes on where
// it was; and no byte of a database changes without an error, a note, or no effect at all.
#include "cli/command_line.hpp"
#include "cli/session.hpp"
#include "leveldb/made_database.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace strata::test {
namespace {

/// A session on a store in memory.
class Shell {
  public:
    Shell()
        : output_{shown_},
          messages_{said_},
          diagnostics_{"strata-cli", messages_},
          session_{tools::SessionOptions{.store_name = "memory:"}, output_, diagnostics_} {}

    int run(const std::string& line) {
        said_.clear();
        const auto parsed = must(tools::parse_line(line));
        return session_.execute_all(parsed.commands);
    }

    [[nodiscard]] const std::string& said() const noexcept { return said_; }
    [[nodiscard]] Content content() {
        Content content;
        const auto iterator = must(session_.store().scan());
        while (must(iterator->next())) {
            content.emplace(iterator->key(), iterator->value());
        }
        return content;
    }

  private:
    std::string shown_;
    std::string said_;
    tools::Output output_;
    tools::Output messages_;
    tools::Diagnostics diagnostics_;
    tools::Session session_;
};

void fill(MadeDatabase& database, Random& random, int operations) {
    for (int i = 0; i < operations; ++i) {
        const std::string key = random.bytes(random.between(1, 2));
        if (random.one_in(4)) {
            database.del(key);
        } else {
            database.put(key, random.bytes(random.below(100)));
        }
    }
}

TEST_CASE("level import: exactly what LevelDB's iterator gives") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const bool reverse : {false, true}) {
        CAPTURE(reverse);
        const TempDir directory;
        const std::string path = directory.path("db");
        const MadeOptions options{.filter_bits = 10,
                                  .comparator = reverse ? reverse_comparator() : nullptr};
        for (int round = 0; round < 3; ++round) {
            Content expected;
            {
                MadeDatabase database{path, options};
                fill(database, random, 5000);
                expected = database.content();
            }
            Shell shell;
            CHECK(shell.run("import --from leveldb:" + path) == 0);
            CHECK((shell.said().find("test.Reverse") != std::string::npos) == reverse);
            const bool equal = shell.content() == expected;
            CHECK(equal);
        }
    }
}

TEST_CASE("level import: keys and values that no store holds") {
    const TempDir directory;
    const std::string path = directory.path("db");
    {
        MadeDatabase database{path, {.write_buffer = 1 << 20}};
        database.put("", "the empty key");
        database.put(std::string(key_size_max + 1, 'k'), "a long key");
        database.put(std::string(key_size_max, 'k'), "the longest key");
        database.put("z", "last");
    }
    Shell shell;
    CHECK(shell.run("import --from leveldb:" + path) == 2);
    CHECK(shell.said().find("--resume 0") != std::string::npos);
    const std::string rejects = directory.path("rejects");
    CHECK(shell.run("import --from leveldb:" + path + " --rejects " + rejects) == 9);
    CHECK(shell.content() ==
          Content{{std::string(key_size_max, 'k'), "the longest key"}, {"z", "last"}});
    const std::string lines = content_of(*posix_file_system(), rejects);
    CHECK(std::ranges::count(lines, '\n') == 2);
    CHECK(lines.find("the empty key") != std::string::npos);
}

TEST_CASE("level import: goes on where it stopped") {
    const TempDir directory;
    const std::string path = directory.path("db");
    Content expected;
    {
        MadeDatabase database{path, {.write_buffer = 4 << 20}};
        Random random{test_seed(1)};
        fill(database, random, 3000);
        database.compact();
        expected = database.content();
    }
    const std::string table = file_with(path, ".ldb");
    const auto files = posix_file_system();
    const std::string good = content_of(*files, table);
    for (std::size_t at = 0; at < good.size(); at += good.size() / 5) {
        CAPTURE(at);
        const auto file = must(files->open(table, OpenMode::write));
        const std::string changed(1, static_cast<char>(good[at] ^ 1));
        must(file->write(at, changed));
        Shell shell;
        CHECK(shell.run("import --from leveldb:" + path) == 5);
        const std::size_t resume = shell.said().find("--resume ");
        REQUIRE(resume != std::string::npos);
        const std::size_t before = shell.content().size();
        CHECK(before == std::stoul(shell.said().substr(resume + 9)));
        must(file->write(at, Bytes{good}.substr(at, 1)));
        CHECK(shell.run("import --from leveldb:" + path + " " +
                        shell.said().substr(resume, shell.said().find('\n') - resume)) == 0);
        const bool equal = shell.content() == expected;
        CHECK(equal);
    }
}

TEST_CASE("level import: no byte changes unseen") {
    const TempDir directory;
    const std::string path = directory.path("db");
    std::filesystem::copy(std::string{std::getenv("STRATA_TESTDATA")} + "/leveldb/small", path);
    Shell good;
    REQUIRE(good.run("import --from leveldb:" + path) == 0);
    const Content expected = good.content();
    REQUIRE(expected.size() == 60);
    const auto files = posix_file_system();
    for (const std::string& name : must(files->list(path))) {
        const std::string bytes = content_of(*files, path + "/" + name);
        for (std::size_t at = 0; at < bytes.size(); at += 3) {
            CAPTURE(name);
            CAPTURE(at);
            const auto file = must(files->open(path + "/" + name, OpenMode::write));
            const std::string changed(1, static_cast<char>(bytes[at] ^ (1 << (at % 8))));
            must(file->write(at, changed));
            Shell shell;
            const int status = shell.run("import --from leveldb:" + path);
            REQUIRE((status == 0 || status == 5 || status == 7));
            const bool told = shell.said().find("torn tail") != std::string::npos;
            const bool equal = status == 0 && shell.content() == expected;
            REQUIRE((equal || status != 0 || told));
            Shell greedy;
            const int partial = greedy.run("import --from leveldb:" + path + " --rejects " +
                                           directory.path("rejects"));
            REQUIRE((partial == 0 || partial == 9 || partial == 5));
            must(file->write(at, Bytes{bytes}.substr(at, 1)));
        }
    }
}

}  // namespace
}  // namespace strata::test
