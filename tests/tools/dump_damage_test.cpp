// SPDX-License-Identifier: Apache-2.0
// Proves that no damage of a small table makes a command of strata-dump crash, hang or lie: each
// byte of tables of all codecs is changed, each file is cut, zeroed, lengthened, and shown by every
// command, in process. The exit status is one of those that a file can cause; it is 5 where the
// check of tables finds damage in what the command reads; and reading changes no byte. With
// STRATA_THOROUGH set every bit and every length is tried, else every few.
#include "dump/commands.hpp"
#include "dump/program.hpp"

#include "inspect/table_check.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/builder.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace strata::test {
namespace {

bool thorough() { return std::getenv("STRATA_THOROUGH") != nullptr; }

std::string table_bytes(Compression codec) {
    const auto files = StrictFileSystem::create();
    TableBuilderOptions options;
    options.number = 12;
    options.block_size = 150;
    options.codec = codec;
    options.salt = 7;
    options.writer = "test";
    options.created_ms = 1'700'000'000'000;
    const auto builder = must(TableBuilder::create(*files, "/", options));
    for (int i = 0; i < 14; ++i) {
        // Two keys of different length, the second with two versions now and then.
        const std::string key = fmt::format("k:{:02}:{}", i / 2, i % 2 == 0 ? "xa" : "xabc");
        const std::string value(i % 5 == 4 ? 0 : 30, 'v');
        const Kind kind = i % 5 == 4 ? Kind::del : Kind::put;
        must(builder->add({.key = key, .sequence = 500, .kind = kind, .value = value}));
        if (i % 6 == 3) {
            must(builder->add({.key = key, .sequence = 499, .kind = Kind::put, .value = "old"}));
        }
    }
    must(builder->finish());
    return content_of(*files, "/000000000012.sst");
}

struct Shown {
    int status = 0;
    std::string output{};
    std::string messages{};
};

// By this name it is a table whatever its bytes are.
const std::string path = "/000000000012.sst";

Shown run(FileSystem& files, const std::string& command_line) {
    tools::DumpOptions options;
    std::vector<std::string> words;
    std::istringstream line{command_line};
    for (std::string word; line >> word;) {
        if (word.starts_with("--")) {
            const std::size_t equals = word.find('=');
            const std::string value = equals == word.npos ? "" : word.substr(equals + 1);
            must(tools::apply_dump_option(options, word.substr(2, equals - 2), value));
        } else {
            words.push_back(word == "TABLE" ? path : word);
        }
    }
    must(tools::apply_dump_words(options, words));
    tools::resolve_style(options, -1);
    Shown shown;
    {
        tools::Output output{shown.output};
        tools::Output messages{shown.messages};
        tools::Diagnostics diagnostics{"strata-dump", messages};
        shown.status = tools::run_dump(options, files, output, diagnostics);
    }
    return shown;
}

/// A command with what it reads of a table.
struct Command {
    const char* line;
    bool reads_all;      ///< every part and block, so that no damage escapes it
    bool may_be_absent;  ///< status 1 is an answer
};
constexpr Command commands[] = {
    {"records --all-versions TABLE", false, false},
    {"records --reverse --format=table TABLE", false, false},
    {"props --format=table TABLE", false, false},
    {"layout TABLE", true, false},
    {"layout --format=table --width=40 TABLE", true, false},
    {"layout --blocks --json TABLE", true, false},
    {"index TABLE", false, false},
    {"block --format=table 1 TABLE", false, false},
    {"filter --format=table --measure=20 TABLE", false, false},
    {"filter --test=k:01:xa TABLE", false, true},
    {"hex --format=table --bytes=1m TABLE", true, false},
    {"hex --json --block=0 --bytes=1m TABLE", false, false},
    {"hist --format=table TABLE", false, false},
    {"space --depth=1 TABLE", false, false},
    {"space --ranges=3 --format=table TABLE", false, false},
    {"check TABLE", true, false},
    {"identify TABLE", false, false},
};

bool is_damaged(FileSystem& files) {
    CheckReport report;
    must(check_table(files, path, {}, report));
    return !report.findings.empty();
}

void check_all_commands(const std::string& bytes) {
    const auto files = StrictFileSystem::create();
    create_file(*files, path, bytes);
    const bool damaged = is_damaged(*files);
    for (const Command& command : commands) {
        INFO("command: ", std::string{command.line});
        const Shown shown = run(*files, command.line);
        CAPTURE(shown.messages);
        // A word may name a block that a damaged table does not have any more: wrong use.
        const std::set<int> allowed = {0, 5, 7, 3, damaged ? 2 : 0, command.may_be_absent ? 1 : 0};
        CHECK(allowed.contains(shown.status));
        CHECK((shown.status == 5 ||
               !shown.messages.starts_with("strata-dump: /000000000012.sst: at")));
        if (command.reads_all && damaged) {
            CHECK((shown.status == 5 || shown.status == 7));
        }
        if (!damaged) {
            CHECK(shown.status <= (command.may_be_absent ? 1 : 0));
        }
    }
    CHECK(content_of(*files, path) == bytes);
}

std::vector<std::string> samples() {
    return {table_bytes(Compression::none), table_bytes(Compression::lz4),
            table_bytes(Compression::zstd)};
}

TEST_CASE("dump: sound tables") {
    for (const std::string& bytes : samples()) {
        check_all_commands(bytes);
    }
}

TEST_CASE("dump: every byte changed, through every command") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const std::string& sample : samples()) {
        const std::size_t stride = thorough() ? 1 : 67;
        for (std::size_t at = random.below(stride); at < sample.size(); at += stride) {
            for (int bit = 0; bit < 8; ++bit) {
                if (!thorough() && bit != static_cast<int>(at % 8)) {
                    continue;
                }
                CAPTURE(at);
                CAPTURE(bit);
                std::string bytes = sample;
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
                check_all_commands(bytes);
            }
        }
        // The footer decides about everything else.
        for (std::size_t at = sample.size() - table_footer_size; at < sample.size();
             at += thorough() ? std::size_t{1} : std::size_t{9}) {
            CAPTURE(at);
            std::string bytes = sample;
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
            check_all_commands(bytes);
        }
    }
}

TEST_CASE("dump: cut, lengthened, zeroed and exchanged") {
    Random random{test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (const std::string& sample : samples()) {
        const std::size_t stride = thorough() ? 1 : 487;
        for (std::size_t size = random.below(stride); size < sample.size(); size += stride) {
            CAPTURE(size);
            check_all_commands(sample.substr(0, size));
        }
        check_all_commands(sample + "more bytes");
        check_all_commands(sample + sample);
        for (std::size_t at = 0; at + 64 <= sample.size();
             at += thorough() ? std::size_t{8} : std::size_t{500}) {
            CAPTURE(at);
            std::string bytes = sample;
            bytes.replace(at, 64, 64, '\0');
            check_all_commands(bytes);
            bytes = sample;
            const std::size_t other = random.below(sample.size() - 64);
            bytes.replace(at, 64, sample.substr(other, 64));
            check_all_commands(bytes);
        }
    }
}

TEST_CASE("dump: several bytes of rubbish") {
    Random random{test_seed(3)};
    INFO("STRATA_SEED=", random.seed());
    const std::vector<std::string> tables = samples();
    for (int round = 0; round < (thorough() ? 3000 : 40); ++round) {
        CAPTURE(round);
        std::string bytes = tables[random.below(tables.size())];
        for (std::uint64_t i = random.between(1, 6); i > 0; --i) {
            bytes[random.below(bytes.size())] = static_cast<char>(random.next());
        }
        check_all_commands(bytes);
    }
}

}  // namespace
}  // namespace strata::test
