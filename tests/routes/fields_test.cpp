// SPDX-License-Identifier: Apache-2.0
// Proves the reading of header fields, queries and cursors, with good and bad ones in tables, and
// that reading arbitrary text does no harm.
#include "serve/header_fields.hpp"
#include "serve/query.hpp"
#include "serve/range_query.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata::tools {
namespace {

using test::must;
using test::must_fail;

TEST_CASE("lists of tags") {
    const auto tags = parse_entity_tags(" \"1\" , W/\"2\",,\"other\",\"18446744073709551616\"");
    REQUIRE(tags);
    CHECK(tags->strong == std::vector<Sequence>{1});
    CHECK(tags->weak == std::vector<Sequence>{2});
    CHECK(tags->has(2));
    CHECK(!tags->has_strong(2));
    CHECK(parse_entity_tags("*")->any);
    for (const char* bad : {"", " ", "1", "\"1", "\"1\" \"2\"", "w/\"1\"", "*,\"1\"", "\"1\";"}) {
        CAPTURE(bad);
        CHECK(!parse_entity_tags(bad));
    }
    std::string many;
    for (int i = 0; i < 101; ++i) {
        many += "\"1\",";
    }
    CHECK(!parse_entity_tags(many));
}

TEST_CASE("accepted types") {
    const auto accept = [](std::string_view value, std::string_view type) {
        const Header header{"ACCEPT", value};
        return accepts(Request{.headers = {&header, 1}}, type);
    };
    CHECK(accept("application/json", "application/json"));
    CHECK(accept("text/html, Application/JSON ; q=0.1", "application/json"));
    CHECK(!accept("application/json;q=0", "application/json"));
    CHECK(!accept("application/json; q=0.000", "application/json"));
    CHECK(!accept("*/*", "application/json"));
    CHECK(!accept("application/jsonx", "application/json"));
    CHECK(!accepts(Request{}, "application/json"));
}

TEST_CASE("percent-encoding") {
    CHECK(must(percent_decode("a%2Fb%00+", false)) == std::string("a/b\0+", 5));
    CHECK(must(percent_decode("a+b%2B", true)) == "a b+");
    for (const char* bad : {"%", "%1", "%1g", "%g1", "%%", "x%", "%-1", "% 1"}) {
        CAPTURE(bad);
        CHECK(must_fail(percent_decode(bad, false)).code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("parameters") {
    const Query query{"a=1&b&c=x%20y&d.b64=_-8&e=1&e=2&&f=true&g=%zz&h=0x10"};
    CHECK(must(query.number("a")) == 1);
    CHECK(!must(query.number("none")));
    CHECK(must(query.flag("b")));
    CHECK(!must(query.flag("none")));
    CHECK(must(query.text("c")) == "x y");
    CHECK(must(query.bytes("d")) == "\xff\xef");
    must_fail(query.number("e"));
    CHECK(must(query.flag("f")));
    must_fail(query.flag("c"));
    must_fail(query.text("g"));
    must_fail(query.number("c"));
    CHECK(must(query.number("h")) == 16);
    CHECK(!must(query.sync()));
    CHECK(must(Query{"sync=none"}.sync())->kind == SyncMode::Kind::none);
    must_fail(Query{"d=1&d.b64=AA"}.bytes("d"));
}

TEST_CASE("cursors come back as they were, to their range only") {
    KeyRange range;
    range.scan.prefix = "p";
    const std::string key{"p\0\xff+/", 5};
    const std::string text = cursor_text({.sequence = ~std::uint64_t{0}, .key = key}, range);
    CHECK(text.find_first_of("+/=&%") == std::string::npos);
    const auto cursor = parse_cursor(text, range);
    REQUIRE(cursor);
    CHECK(cursor->sequence == ~std::uint64_t{0});
    CHECK(cursor->key == key);
    KeyRange other = range;
    other.scan.reverse = true;
    CHECK(!parse_cursor(text, other));
    other = range;
    other.scan.from = "";
    CHECK(!parse_cursor(text, other));
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto cut = parse_cursor(text.substr(0, size), range);
        CHECK((!cut || cut->key.size() < key.size()));
    }
}

TEST_CASE("arbitrary text does no harm") {
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    constexpr std::string_view alphabet = "%+&=;,\"*W/-0123456789abqQ. \t\x01\xff";
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (std::uint64_t k = random.below(24); k > 0; --k) {
            text += alphabet[random.below(alphabet.size())];
        }
        CAPTURE(text);
        const auto range = parse_range_header("bytes=" + text, 100);
        if (const auto* part = std::get_if<ByteRange>(&range)) {
            CHECK(part->size > 0);
            CHECK(part->offset + part->size <= 100);
        }
        const auto decoded = percent_decode(text, false);
        CHECK((!decoded || decoded->size() <= text.size()));
        CHECK(parse_entity_tags(text).value_or(EntityTags{}).strong.size() <= text.size());
        CHECK(!parse_cursor(text, KeyRange{}));
        const Query query{text};
        const auto bytes = query.bytes("a");
        CHECK((!bytes || bytes->value_or("").size() <= text.size()));
        query.for_each_name([](std::string_view name) { return !name.empty(); });
    }
}

}  // namespace
}  // namespace strata::tools
