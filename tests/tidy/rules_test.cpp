// SPDX-License-Identifier: Apache-2.0
// Proves that each rule of the house can fail: offences are shown to it, and what resembles one.
#include "tidy/rules.hpp"

#include "tidy/format_constants.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::tidy {
namespace {

const std::string licence = "// SPDX-License-Identifier: Apache-2.0\n";

/// "PATH:LINE PATH:LINE", which is enough to tell offences apart.
std::string places(const Offences& offences) {
    std::string text;
    for (const Offence& offence : offences) {
        text += (text.empty() ? "" : " ") + offence.path + ":" + std::to_string(offence.line);
    }
    return text;
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

TEST_CASE("sizes of files and lines") {
    CHECK(places(check_sizes({"a.cpp", repeated("x\n", 600)})).empty());
    CHECK(places(check_sizes({"a.cpp", repeated("x\n", 601)})) == "a.cpp:0");
    CHECK(places(check_sizes({"a.hpp", "\n" + std::string(100, 'x')})).empty());
    CHECK(places(check_sizes({"a.hpp", "\n" + std::string(101, 'x') + "\n"})) == "a.hpp:2");
    CHECK(places(check_sizes({"tools/run", std::string(101, 'x')})) == "tools/run:1");
    CHECK(places(check_sizes({"a.cpp", repeated("\u00e9", 100)})).empty());
    CHECK(places(check_sizes({"testdata/a.txt", std::string(101, 'x')})).empty());
}

TEST_CASE("sizes of functions") {
    const auto function = [](const std::string& head, int lines) {
        return "namespace n {\n" + head + " {\n" + repeated("    x({1});\n", lines - 2) + "}\n}\n";
    };
    for (const std::string head : {"int f(int a)", "Status C::f() const noexcept",
                                   "template <typename T>\nauto g(T t) -> Result<T>",
                                   "C::C(int a) : a_{a}, b_(a)", "TEST_CASE(\"a { b\")"}) {
        CAPTURE(head);
        const int extra = head.find('\n') == std::string::npos ? 0 : 1;
        CHECK(places(check_functions({"a.cpp", function(head, 70 - extra)})).empty());
        CHECK(places(check_functions({"a.cpp", function(head, 71 - extra)})) == "a.cpp:2");
    }
    const std::string member = "class A final : public B {\n  public:\n    void f() {\n" +
                               repeated("        if (x) {\n        }\n", 40) + "    }\n};\n";
    CHECK(places(check_functions({"a.hpp", member})) == "a.hpp:3");
    for (const std::string head : {"class A", "struct B : public C<int>", "const int table[] =",
                                   "enum class E : std::uint8_t", "namespace m"}) {
        CAPTURE(head);
        CHECK(places(check_functions({"a.cpp", function(head, 200)})).empty());
    }
}

TEST_CASE("comments, literals and directives are no code") {
    CHECK(code_only("a // }\nb") == "a     \nb");
    CHECK(code_only("a /* }\n} */ b") == "a     \n     b");
    CHECK(code_only("\"\\\"}\" c") == "      c");
    CHECK(code_only("'{' 1'000 '\\'' x") == "    1'000      x");
    CHECK(code_only("R\"(})\"; R\"x(})\" })x\";") == "      ;             ;");
    CHECK(code_only("#define A { \\\n  b {\nc") == "             \n     \nc");
}

TEST_CASE("how files open") {
    CHECK(places(check_opening({"a.cpp", licence})).empty());
    CHECK(places(check_opening({"a.cpp", "\n" + licence})) == "a.cpp:1");
    CHECK(places(check_opening({"a.cpp", ""})) == "a.cpp:1");
    CHECK(places(check_opening({"a.hpp", licence + "#pragma once\n"})).empty());
    CHECK(places(check_opening({"a.hpp", licence + "\n#pragma once\n"})) == "a.hpp:2");
    CHECK(places(check_opening({"a_test.cpp", licence + "#include <x>\n"})) == "a_test.cpp:2");
    CHECK(places(check_opening({"a_test.cpp", licence + "// Proves x.\n"})).empty());
    CHECK(places(check_opening({"a/meson.build", "# " + licence.substr(3)})).empty());
    CHECK(places(check_opening({"a/meson.build", licence})) == "a/meson.build:1");
    CHECK(places(check_opening({"a/run", "#!/bin/bash\n# " + licence.substr(3)})).empty());
    CHECK(places(check_opening({"a/run", "#!/bin/bash\n"})) == "a/run:2");
}

TEST_CASE("words") {
    const auto offends = [](const std::string& text) {
        return places(check_words({"a.md", "fine\n" + text})) == "a.md:2";
    };
    CHECK(offends(std::string{"// TO"} + "DO: later"));
    CHECK(offends(std::string{"FIX"} + "ME"));
    CHECK(offends(std::string{"see XX"} + "X."));
    CHECK(offends(std::string{"to util"} + "ize"));
    CHECK(offends(std::string{"open(\"/ho"} + "me/me/store\")"));
    CHECK_FALSE(offends("mkstemp(\"a.XXXXXX\")"));
    CHECK_FALSE(offends("XXH3, TODOS, a/homely/root"));
}

const std::string layers =
    "# comment\nbase:\nio: base\nlog: io base\ntools/common:\ntools/cli: tools/common\n";

Tree tree_with(const std::string& path, const std::string& text) {
    Tree tree = {{"libstrata/include/strata/store.hpp", ""},
                 {"libstrata/layers.txt", layers},
                 {"libstrata/src/base/coding.hpp", ""},
                 {"libstrata/src/io/file.hpp", ""},
                 {"libstrata/src/log/frame.hpp", ""},
                 {"tests/io/model.hpp", ""},
                 {"tests/support/text.hpp", ""},
                 {"tools/common/output.hpp", ""}};
    std::erase_if(tree, [&](const File& file) { return file.path == path; });
    tree.push_back({path, text});
    std::ranges::sort(tree, {}, &File::path);
    return tree;
}

TEST_CASE("who may include whom") {
    const auto refused = [](const std::string& path, const std::string& include) {
        const Offences offences = check_includes(tree_with(path, "\n#include " + include + "\n"));
        return places(offences) == path + ":2";
    };
    CHECK_FALSE(refused("libstrata/src/io/a.cpp", "\"base/coding.hpp\""));
    CHECK_FALSE(refused("libstrata/src/io/a.cpp", "\"io/file.hpp\""));
    CHECK_FALSE(refused("libstrata/src/io/a.cpp", "<strata/store.hpp>"));
    CHECK_FALSE(refused("libstrata/src/io/a.cpp", "<vector>"));
    CHECK(refused("libstrata/src/io/a.cpp", "\"log/frame.hpp\""));
    CHECK(refused("libstrata/src/io/a.cpp", "\"file.hpp\""));
    CHECK(refused("libstrata/src/io/a.cpp", "\"../base/coding.hpp\""));
    CHECK(refused("libstrata/src/io/a.cpp", "<base/coding.hpp>"));
    CHECK(refused("libstrata/src/io/a.cpp", "\"strata/store.hpp\""));
    CHECK(refused("libstrata/include/strata/a.hpp", "\"base/coding.hpp\""));
    CHECK(refused("tools/cli/main.cpp", "\"io/file.hpp\""));
    CHECK_FALSE(refused("tools/cli/main.cpp", "\"common/output.hpp\""));
    CHECK(refused("tests/io/a_test.cpp", "\"log/frame.hpp\""));
    CHECK_FALSE(refused("tests/log/a_test.cpp", "\"io/file.hpp\""));
    CHECK_FALSE(refused("tests/io/a_test.cpp", "\"support/text.hpp\""));
    CHECK_FALSE(refused("tests/log/a_test.cpp", "\"io/model.hpp\""));
    CHECK(refused("tests/base/a_test.cpp", "\"io/model.hpp\""));
    CHECK_FALSE(refused("tests/crash/a_test.cpp", "\"log/frame.hpp\""));
    CHECK_FALSE(refused("tests/support/a_test.cpp", "\"text.hpp\""));
    CHECK(refused("tests/io/a_test.cpp", "\"text.hpp\""));
    CHECK(places(check_includes(tree_with("libstrata/src/new/a.cpp", ""))) ==
          "libstrata/src/new/a.cpp:0");
}

TEST_CASE("sources are listed") {
    const auto offences = [](const std::string& build) {
        return places(
            check_listed({{"libstrata/meson.build", build}, {"libstrata/src/io/file.cpp", ""}}));
    };
    CHECK(offences("files('src/io/file.cpp')").empty());
    CHECK(offences("'src/io/fil'") == "libstrata/src/io/file.cpp:0");
    CHECK(places(check_listed({{"a/b_c.cpp", ""}, {"a/meson.build", "'b' + '_c.cpp'"}})).empty());
    CHECK(places(check_listed({{"a/b_c.cpp", ""}, {"a/meson.build", "'_c.cpp'"}})) ==
          "a/b_c.cpp:0");
    CHECK(offences("files('src/io/other_file.cpp')") == "libstrata/src/io/file.cpp:0");
    CHECK(places(
              check_listed({{"tests/io/a_test.cpp", ""}, {"tests/io/meson.build", "'a_test.cpp'"}}))
              .empty());
}

TEST_CASE("headers are used") {
    const Tree tree = {{"libstrata/src/io/a.hpp", "#include \"io/a.hpp\"\n"},
                       {"libstrata/src/io/b.hpp", "#include \"io/c.hpp\"\n"},
                       {"libstrata/src/io/c.hpp", ""}};
    CHECK(places(check_used(tree)) == "libstrata/src/io/a.hpp:0 libstrata/src/io/b.hpp:0");
}

TEST_CASE("units are tested") {
    Tree tree = {{"libstrata/src/io/file.cpp", ""},
                 {"tests/io/file_test.cpp", ""},
                 {"tests/tidy/units.txt", ""}};
    CHECK(check_units(tree).empty());
    tree[1].path = "tests/io/other_test.cpp";
    CHECK(places(check_units(tree)) == "libstrata/src/io/file.cpp:0");
    tree[2].text = "# why\nio/file: tests/io/other_test.cpp\n";
    CHECK(check_units(tree).empty());
    tree[2].text = "io/file: tests/io/gone_test.cpp\n";
    CHECK(places(check_units(tree)) == "tests/tidy/units.txt:1");
    tree[2].text = "io/file:\n";
    CHECK(places(check_units(tree)) == "tests/tidy/units.txt:1");
    tree[2].text = "io/file: tests/io/other_test.cpp\nio/gone: tests/io/other_test.cpp\n";
    CHECK(places(check_units(tree)) == "tests/tidy/units.txt:2");
}

TEST_CASE("the top of the tree") {
    CHECK(check_top({".git", ".ci", "build", "build-thread", "tests", "README.md"}).empty());
    CHECK(places(check_top({"docs", "tests"})) == "docs:0");
}

TEST_CASE("options of a page") {
    const File page{"p", "*--from* _KEY_, *--no-create*"};
    CHECK(check_options(page, "  --from TEXT\n  --no-create\n -- a--b ---c").empty());
    CHECK(places(check_options(page, "--fro")) == "p:0");
    CHECK(places(check_options(page, "[--to=KEY]")) == "p:0");
}

TEST_CASE("sections of a page") {
    CHECK(check_sections({"p", "t(1)\n\n# A\n\ntext\n\n# B\n\n## C\n\ntext\n"}).empty());
    CHECK(places(check_sections({"p", "# A\n\n# B\n\n## C\n"})) == "p:1 p:3");
}

TEST_CASE("constants of pages and headers") {
    const File page{"man/p.5.scd",
                    "a = 1\n# CONSTANTS\n```\nb = 0x10  why\nc = \"M  X\" why\n```\n# D\nd = 2\n"};
    CHECK(constants_of_page(page) ==
          std::vector<FormatConstant>{{"p.5.scd", "b", "16"}, {"p.5.scd", "c", "\"M  X\""}});
    const File header{"h",
                      "inline constexpr std::size_t a = 1;\n  inline constexpr int b = 2;\n"
                      "inline constexpr Bytes c =\n"};
    CHECK(constants_of_header(header) == std::vector<std::string>{"a", "c"});
}

}  // namespace
}  // namespace strata::tidy
