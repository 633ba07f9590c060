// SPDX-License-Identifier: Apache-2.0
// Proves what strata-dump prints and with which status it ends, as text (testdata/dump/dump.txt):
// tables are made in memory, sometimes damaged, and shown by the program behind its options.
#include "dump/program.hpp"

#include "dump/commands.hpp"
#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table/builder.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace strata::test {
namespace {

class DumpScript {
  public:
    std::string run(const Case& test) {
        if (test.command == "table") {
            return make_table(test);
        }
        if (test.command == "damage") {
            auto file = must(files_->open("/" + test.one("file"), OpenMode::write));
            must(file->write(test.number("at"), "#"));
            return {};
        }
        if (test.command == "directory") {
            must(files_->create_directory("/" + test.one("name")));
            return {};
        }
        if (test.command == "file") {
            create_file(*files_, "/" + test.one("name"), file_content(test));
            return {};
        }
        CHECK(test.command == "dump");
        return dump(test);
    }

  private:
    std::string make_table(const Case& test) {
        TableBuilderOptions options;
        options.number = test.number("number");
        options.block_size = test.number("block", 8192);
        options.filter_bits = static_cast<unsigned>(test.number("filter", 10));
        options.salt = 1;
        options.writer = "test";
        options.created_ms = 1'700'000'000'000;
        const auto builder =
            must(TableBuilder::create(*files_, "/" + test.one("in", "."), options));
        for (const Version& version : parse_versions(test.input)) {
            must(builder->add(version.entry()));
        }
        return fmt::format("{} bytes\n", must(builder->finish()).length);
    }

    /// A file of the test data, zeros, or the input, perhaps cut.
    static std::string file_content(const Case& test) {
        std::string content = test.input;
        if (test.has("from")) {
            std::ifstream file{testdata_path(test.one("from")), std::ios::binary};
            REQUIRE(file);
            content.assign(std::istreambuf_iterator<char>{file}, {});
        } else if (test.has("zeros")) {
            content.assign(test.number("zeros"), '\0');
        }
        return content.substr(0, test.number("cut", content.size()));
    }

    /// The input is the command line: words between blanks.
    std::string dump(const Case& test) {
        tools::DumpOptions options;
        std::vector<std::string> words;
        std::istringstream line{test.input};
        for (std::string word; line >> word;) {
            if (word.starts_with("--")) {
                std::string value;
                if (takes_value(word)) {
                    line >> value;
                }
                must(tools::apply_dump_option(options, word.substr(2), value));
            } else {
                words.push_back(word);
            }
        }
        std::string shown;
        std::string said;
        const Status right = tools::apply_dump_words(options, words);
        if (!right) {
            return right.error().message + "\nstatus 2\n";
        }
        tools::resolve_style(options, -1);
        tools::Output output{shown};
        tools::Output messages{said};
        tools::Diagnostics diagnostics{"strata-dump", messages};
        diagnostics.set_json(options.json);
        diagnostics.set_quiet(options.quiet);
        const int status = tools::run_dump(options, *files_, output, diagnostics);
        return shown + said + (status == 0 ? "" : fmt::format("status {}\n", status));
    }

    static bool takes_value(const std::string& word) {
        for (const tools::DumpOption& option : tools::dump_options()) {
            if (option.names.ends_with(word)) {
                return !option.argument.empty();
            }
        }
        FAIL("no such option: " << word);
        return false;
    }

    std::shared_ptr<StrictFileSystem> files_ = StrictFileSystem::create();
};

TEST_CASE("strata-dump as text") {
    DumpScript script;
    run_cases("dump/dump.txt", [&script](const Case& test) { return script.run(test); });
}

TEST_CASE("strata-dump: every option is in help and manual") {
    std::string help = tools::dump_help(nullptr);
    for (const tools::DumpCommand& command : tools::dump_commands()) {
        help += tools::dump_help(&command);
    }
    for (const tools::DumpOption& option : tools::dump_options()) {
        const std::string name{option.names.substr(option.names.rfind("--"))};
        CAPTURE(name);
        CHECK(help.find(name) != std::string::npos);
        tools::DumpOptions options;
        const std::string_view value = option.argument == "N"     ? "30"
                                       : name == "--format"       ? "json"
                                       : name == "--bytes"        ? "4k"
                                       : name == "--tombstones"   ? "only"
                                       : name == "--redact"       ? "keys"
                                       : name == "--color"        ? "never"
                                       : name.ends_with("format") ? "hex"
                                                                  : "61";
        must(tools::apply_dump_option(options, name.substr(2), value));
    }
}

TEST_CASE("strata-dump: every command has a help of its own, with its options alone") {
    for (const tools::DumpCommand& command : tools::dump_commands()) {
        CAPTURE(command.name);
        tools::DumpOptions options;
        options.help = true;
        must(tools::apply_dump_words(options, {std::string{command.name}}));
        CHECK(options.command == &command);
        const std::string help = tools::dump_help(options.command);
        CHECK(help.find(command.operands) != std::string::npos);
        CHECK((help.find("--limit") != std::string::npos) == (command.name == "records"));
    }
}

TEST_CASE("strata-dump: usage errors") {
    tools::DumpOptions options;
    CHECK(must_fail(tools::apply_dump_words(options, {})).code == ErrorCode::invalid_argument);
    CHECK(must_fail(tools::apply_dump_words(options, {"check"})).code ==
          ErrorCode::invalid_argument);
    must(tools::apply_dump_option(options, "limit", "2"));
    CHECK(must_fail(tools::apply_dump_words(options, {"check", "file"})).message ==
          "--limit: not an option of check, but of records");
    CHECK(must_fail(tools::apply_dump_option(options, "limit", "0")).code ==
          ErrorCode::invalid_argument);
    CHECK(must_fail(tools::apply_dump_option(options, "from", "\\x")).code ==
          ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace strata::test
