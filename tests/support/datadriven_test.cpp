// SPDX-License-Identifier: Apache-2.0
// Proves that the text runner cuts files into cases, names the line of what is malformed, and that
// what it writes back reads as the same cases with the new outputs.
#include "support/datadriven.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata::test {
namespace {

CaseFile parse(std::string_view text) { return parse_cases("f.txt", text); }

TEST_CASE("a case has command, arguments, input and output") {
    const CaseFile parsed = parse(
        "# Why.\n"
        "\n"
        "keep deepest=true snapshots=(3 5) none=() flag equals=a=b\n"
        "a#5,del\n"
        "\n"
        "# not a comment\n"
        "----\n"
        "drop\n"
        "# output\n");
    REQUIRE(parsed.error.empty());
    REQUIRE(parsed.cases.size() == 1);
    const Case& one = parsed.cases.front();
    CHECK(one.place == "f.txt:3");
    CHECK(one.command == "keep");
    CHECK(one.one("deepest") == "true");
    CHECK(one.many("snapshots") == std::vector<std::string>{"3", "5"});
    CHECK(one.many("none").empty());
    CHECK(one.has("flag"));
    CHECK_FALSE(one.has("input"));
    CHECK(one.one("absent", "x") == "x");
    CHECK(one.number("absent", 7) == 7);
    CHECK(one.unused() == std::vector<std::string>{"equals"});
    CHECK(one.one("equals") == "a=b");
    CHECK(one.unused().empty());
    CHECK(one.lines() == std::vector<std::string>{"a#5,del", "", "# not a comment"});
    CHECK(one.expected == "drop\n# output\n");
    CHECK(one.before == "# Why.\n\n");
}

TEST_CASE("outputs end at a blank line, at a pair of separators, or with the file") {
    const CaseFile parsed = parse(
        "a\n----\none\n\n"
        "b\n----\n----\ntwo\n\n----\nthree\n----\n----\n\n"
        "c\n----\n\n"
        "d\n----\nlast");
    REQUIRE(parsed.error.empty());
    REQUIRE(parsed.cases.size() == 4);
    CHECK(parsed.cases[0].expected == "one\n");
    CHECK(parsed.cases[1].expected == "two\n\n----\nthree\n");
    CHECK(parsed.cases[2].expected.empty());
    CHECK(parsed.cases[3].expected == "last\n");
}

TEST_CASE("malformed files are refused by line") {
    CHECK(parse("a\n----\n\nb\ninput\n").error == "f.txt:4: a case without ----");
    CHECK(parse("a k=(1 2\n----\n").error == "f.txt:1: a parenthesis stays open");
    CHECK(parse("a k k=1\n----\n").error == "f.txt:1: argument \"k\" is given twice");
    CHECK(parse("a\n----\n----\nx\n----\n").error ==
          "f.txt:1: output opened by two ---- lines never ends");
    CHECK(parse("").cases.empty());
}

TEST_CASE("rewriting keeps everything but the output") {
    const std::string text =
        "# First.\n"
        "a x=1\ninput\n\n----\nold\n"
        "\n\n# Second.\n"
        "b\n----\n----\nold\n\n----\n----\n"
        "c\n----\n"
        "\n# The end.\n";
    const CaseFile parsed = parse(text);
    REQUIRE(parsed.error.empty());
    REQUIRE(parsed.cases.size() == 3);
    CHECK(format_cases(parsed, {"n\n\new\n", "new\n", ""}) ==
          "# First.\n"
          "a x=1\ninput\n\n----\n----\nn\n\new\n----\n----\n"
          "\n\n# Second.\n"
          "b\n----\nnew\n"
          "\nc\n----\n"
          "\n# The end.\n");
}

TEST_CASE("any output survives the way through a file") {
    const std::vector<std::string> outputs = {
        "",
        "x\n",
        "\n",
        "\n\nx\n",
        "----\nx\n",
        "x\n----\n",
        "x\n\n----\ny\n",
        "# not me\n",
        "x\n----\n----\n",
    };
    CaseFile parsed;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        Case one;
        one.before = "\n";
        one.head = "c" + std::to_string(i) + "\n";
        parsed.cases.push_back(one);
    }
    const CaseFile again = parse(format_cases(parsed, outputs));
    REQUIRE(again.error.empty());
    REQUIRE(again.cases.size() == outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        CAPTURE(i);
        CHECK(representable(outputs[i]));
        CHECK(again.cases[i].expected == outputs[i]);
    }
}

TEST_CASE("output that would close its own pair is told") {
    CHECK_FALSE(representable("----\n"));
    CHECK_FALSE(representable("a\n\n----\n"));
    CHECK_FALSE(representable("\n----\n----\nb\n"));
}

TEST_CASE("a file of the source tree") {
    run_cases("support/datadriven.txt", [](const Case& one) -> std::string {
        if (one.command == "echo") {
            return one.input;
        }
        std::string joined;
        for (const std::string& value : one.many("values")) {
            joined += value + "\n";
        }
        return joined;
    });
}

}  // namespace
}  // namespace strata::test
