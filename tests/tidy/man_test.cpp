// SPDX-License-Identifier: Apache-2.0
// Proves that the manual renders, that it mentions every option of every program that is built, and
// that the constants it specifies are those of the code.
#include "tidy/format_constants.hpp"
#include "tidy/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::tidy {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string quoted(const std::string& path) {
    REQUIRE(path.find('\'') == std::string::npos);
    return "'" + path + "'";
}

struct Finished {
    int status = -1;
    std::string output{};
};

Finished run(const std::string& command) {
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Finished finished;
    char buffer[4096];
    for (std::size_t size = 1; size > 0;) {
        size = std::fread(buffer, 1, sizeof buffer, pipe);
        finished.output.append(buffer, size);
    }
    finished.status = pclose(pipe);
    return finished;
}

Tree tree() { return load_tree(variable("STRATA_SOURCE")); }

std::vector<File> pages() {
    std::vector<File> pages;
    for (const File& file : tree()) {
        if (file.path.starts_with("man/") && file.path.ends_with(".scd")) {
            pages.push_back(file);
        }
    }
    REQUIRE(!pages.empty());
    return pages;
}

void report(const Offences& offences) {
    for (const Offence& offence : offences) {
        ADD_FAIL_CHECK_AT(offence.path.c_str(), offence.line, offence.message);
    }
    if (offences.empty()) {
        CHECK(true);
    }
}

TEST_CASE("every page renders and no section is empty") {
    const std::string scdoc = variable("STRATA_SCDOC");
    for (const File& page : pages()) {
        CAPTURE(page.path);
        report(check_sections(page));
        if (!scdoc.empty()) {
            const std::string path = variable("STRATA_SOURCE") + "/" + page.path;
            const Finished finished = run(quoted(scdoc) + " <" + quoted(path));
            CHECK(finished.status == 0);
            CHECK(finished.output.find(".SH NAME") != std::string::npos);
        }
    }
    if (scdoc.empty()) {
        MESSAGE("scdoc is not installed: pages were not rendered");
    }
}

/// Words that open the lines under "Commands:", up to a blank line.
std::vector<std::string> commands_in(std::string_view help) {
    std::vector<std::string> commands;
    bool inside = false;
    for (const std::string_view line : lines_of(help)) {
        const std::vector<std::string> words = words_of(line);
        if (inside && !words.empty()) {
            commands.push_back(words.front());
        }
        inside = line == "Commands:" || (inside && !words.empty());
    }
    return commands;
}

/// The help of a program and of each command that it lists.
std::string whole_help(const std::string& program) {
    const Finished help = run(quoted(program) + " --help </dev/null");
    CHECK(help.status == 0);
    std::string text = help.output;
    for (const std::string& command : commands_in(help.output)) {
        CAPTURE(command);
        // A shell has a command for help; other programs have the option behind the command.
        const std::string one = quoted(program) + " help " + command;
        const std::string other = quoted(program) + " " + command + " --help";
        const Finished more = run("{ " + one + " || " + other + "; } </dev/null 2>/dev/null");
        CHECK(more.status == 0);
        text += more.output;
    }
    return text;
}

TEST_CASE("commands of a help text") {
    CHECK(commands_in("use\n\nCommands:\n  get  a\n  put  b\n\nOptions:\n  -x\n") ==
          std::vector<std::string>{"get", "put"});
}

TEST_CASE("every option is in the manual") {
    const Tree all = tree();
    const std::string tools = variable("STRATA_BUILD") + "/tools";
    int programs = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{tools}) {
        const std::string name = entry.path().filename().string();
        if (!entry.is_regular_file() || !name.starts_with("strata-") ||
            name.find('.') != std::string::npos) {
            continue;
        }
        CAPTURE(name);
        ++programs;
        const std::string path = "man/" + name + ".1.scd";
        const File* page = find_file(all, path);
        REQUIRE_MESSAGE(page != nullptr, path << " is missing");
        report(check_options(*page, whole_help(entry.path().string())));
    }
    MESSAGE(programs << " programs");
}

TEST_CASE("constants of the manual are those of the code") {
    std::vector<FormatConstant> code = constants_of_code();
    std::vector<FormatConstant> manual;
    for (const File& page : pages()) {
        const std::vector<FormatConstant> more = constants_of_page(page);
        manual.insert(manual.end(), more.begin(), more.end());
    }
    std::ranges::sort(code);
    std::ranges::sort(manual);
    const auto compare = [](const auto& from, const auto& in, const std::string& missing) {
        for (const FormatConstant& constant : from) {
            if (!std::ranges::binary_search(in, constant)) {
                FAIL_CHECK(constant.page << ": " << constant.name << " = " << constant.value << ": "
                                         << missing);
            }
        }
    };
    compare(code, manual, "the page does not say so");
    compare(manual, code, "tests/tidy/format_constants.cpp does not say so");
    CHECK(code == manual);
}

TEST_CASE("no constant of a format header is forgotten") {
    const Tree all = tree();
    const File* list = find_file(all, "tests/tidy/format_constants.cpp");
    REQUIRE(list != nullptr);
    for (const File& file : all) {
        const bool format =
            file.path.starts_with("libstrata/src/") && file.path.ends_with("format.hpp");
        const std::size_t skip = std::string{"libstrata/src/"}.size();
        if (!format || list->text.find('"' + file.path.substr(skip) + '"') == std::string::npos) {
            continue;
        }
        for (const std::string& name : constants_of_header(file)) {
            CAPTURE(file.path);
            CAPTURE(name);
            CHECK(list->text.find(" " + name + ")") != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace strata::tidy
