// SPDX-License-Identifier: Apache-2.0
// Proves what a file of tokens means, that a wrong line is named without its token, that every
// other header value is refused, and that a file others can read is warned about.
#include "serve/tokens.hpp"

#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

const Identity* find(const Tokens& tokens, std::string_view authorization) {
    std::size_t hint = 0;
    const Identity* first = tokens.find(authorization, hint);
    // The place where it was found must not change the answer.
    CHECK(tokens.find(authorization, hint) == first);
    return first;
}

TEST_CASE("a file and what it allows") {
    const auto tokens = Tokens::parse(
        "# the application\n"
        "\n"
        "reader-token read\r\n"
        "  writer-token\twrite:app/ \n"
        "admin-token-1 admin:\n"
        "blank-prefix read:a\\sb\\x00",
        "tokens");
    REQUIRE(tokens.has_value());
    CHECK(tokens->size() == 4);
    const Identity* reader = find(*tokens, "Bearer reader-token");
    REQUIRE(reader != nullptr);
    CHECK(reader->scope == Scope::read);
    CHECK(reader->prefix.empty());
    const Identity* writer = find(*tokens, "bearer   writer-token");
    REQUIRE(writer != nullptr);
    CHECK(writer->scope == Scope::write);
    CHECK(writer->prefix == "app/");
    const Identity* admin = find(*tokens, "BEARER admin-token-1");
    REQUIRE(admin != nullptr);
    CHECK(admin->scope == Scope::admin);
    const Identity* blank = find(*tokens, "Bearer blank-prefix");
    REQUIRE(blank != nullptr);
    CHECK(blank->prefix == std::string{"a b\0", 4});
}

TEST_CASE("what is no token") {
    const auto tokens = Tokens::parse("reader-token read\n", "tokens");
    REQUIRE(tokens.has_value());
    for (const char* wrong :
         {"", "Bearer", "Bearer ", "Bearer  ", "Bearer reader-toke", "Bearer reader-tokenx",
          "Bearer reader-tokenreader-token", "Basic reader-token", "reader-token",
          "Bearerreader-token", "Bearer reader-token x", "Bearer Reader-token", "Bearer read"}) {
        CAPTURE(wrong);
        CHECK(find(*tokens, wrong) == nullptr);
    }
    CHECK(find(*tokens, "Bearer " + std::string(100'000, 'a')) == nullptr);
}

TEST_CASE("a wrong line is named") {
    struct Case {
        std::string text;
        std::string message;
    };
    const std::vector<Case> cases = {
        {"", "t: no token"},
        {"# nothing\n", "t: no token"},
        {"short read\n", "t:1: expected a token of 8 to 1024"},
        {"\nreader-token\n", "t:2: expected \"TOKEN SCOPE[:PREFIX]\", found fewer"},
        {"reader-token read more\n", "t:1: expected \"TOKEN SCOPE[:PREFIX]\", found more"},
        {"reader-token root\n", "t:1: expected the scope read, write or admin, found \"root\""},
        {"reader-token read\nreader-token write\n", "t:2: this token was there before"},
        {"reader-t\xc3\xb6ken read\n", "t:1: expected a token"},
        {"reader-token read:\\q\n", "t:1: "},
        {std::string(2000, 'a') + " read\n", "t:1: expected a token"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.text);
        const auto tokens = Tokens::parse(one.text, "t");
        REQUIRE_FALSE(tokens.has_value());
        CHECK(tokens.error().message.starts_with(one.message));
        CHECK(tokens.error().message.find("reader-token") == std::string::npos);
    }
    std::string many;
    for (std::size_t i = 0; i <= tokens_max; ++i) {
        many += "token-number-" + std::to_string(i) + " read\n";
    }
    CHECK(Tokens::parse(many, "t").error().message.find("more than") != std::string::npos);
}

TEST_CASE("a file that others can read is warned about") {
    const test::TempDir directory{"tokens"};
    const std::string path = directory.path("tokens");
    std::ofstream{path} << "reader-token read\n";
    std::vector<std::string> warnings;
    const auto warn = [&warnings](const std::string& text) { warnings.push_back(text); };
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    CHECK(Tokens::load(path, warn).has_value());
    CHECK(warnings.empty());
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    CHECK(Tokens::load(path, warn).has_value());
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().find("chmod 600") != std::string::npos);
    CHECK_FALSE(Tokens::load(directory.path("absent"), warn).has_value());
    CHECK_FALSE(Tokens::load(directory.path(), warn).has_value());
}

}  // namespace
}  // namespace strata::tools
