// SPDX-License-Identifier: Apache-2.0
// Proves the layout of blocks byte by byte (testdata/table/block.txt), that searches in random
// blocks answer as a plain vector does, and that a block whose structure is broken is refused.
#include "table/block_view.hpp"

#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/block_builder.hpp"
#include "table/builder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace strata::test {
namespace {

std::string build(const std::vector<Version>& versions) {
    BlockBuilder builder;
    for (const Version& version : versions) {
        builder.add(version.entry());
    }
    std::string block;
    builder.finish(block);
    return block;
}

std::string hex_lines(Bytes bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += fmt::format("{}{:02x}",
                            i == 0        ? ""
                            : i % 24 == 0 ? "\n"
                            : i % 8 == 0  ? "  "
                                          : " ",
                            static_cast<unsigned char>(bytes[i]));
    }
    return text + "\n";
}

std::string show_block(const Case& test) {
    const std::vector<Version> versions = parse_versions(test.input);
    const std::string block = build(versions);
    const BlockView view = must(BlockView::parse(block, BlockKind::data));
    std::string text = fmt::format("records {} prefix '{}' base {}\n", view.count(),
                                   escape(view.prefix()), view.base_sequence());
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        const BlockRecord record = view.record(i);
        const Version version{view.key(i), record.sequence, record.kind, std::string{record.value},
                              record.expiry};
        CHECK(version == versions[i]);
        text += fmt::format("{:08x} {}\n", view.head(i), to_text(version.entry()));
    }
    return text + hex_lines(block);
}

std::string show_searches(const Case& test) {
    const std::string block = build(parse_versions(test.input));
    const BlockView view = must(BlockView::parse(block, BlockKind::data));
    std::string text;
    for (const std::string& key : test.many("keys")) {
        const auto found = view.lower_bound(unescape(key), test.number("at"));
        text += fmt::format("{} -> {}{}\n", key, found.index, found.key_equal ? " =" : "");
    }
    return text;
}

std::string show_separators(const Case& test) {
    std::string text;
    for (const std::string& line : test.lines()) {
        std::istringstream words{line};
        std::string last;
        std::string next;
        words >> last >> next;
        text += escape(shortest_separator(unescape(last), unescape(next))) + "\n";
    }
    return text;
}

TEST_CASE("blocks as text") {
    run_cases("table/block.txt", [](const Case& test) {
        return test.command == "block"    ? show_block(test)
               : test.command == "search" ? show_searches(test)
                                          : show_separators(test);
    });
}

TEST_CASE("separators lie between their keys and are never longer than the last key") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int i = 0; i < 20'000; ++i) {
        std::string keys[2];
        for (std::string& key : keys) {
            for (std::uint64_t size = random.between(1, 6); size > 0; --size) {
                key.push_back("\0\x01\xfe\xff"[random.below(4)]);
            }
        }
        std::ranges::sort(keys);
        const std::string separator = shortest_separator(keys[0], keys[1]);
        CHECK(keys[0] <= separator);
        CHECK((separator < keys[1] || keys[0] == keys[1]));
        CHECK(separator.size() <= keys[0].size());
    }
}

std::vector<Version> random_versions(Random& random) {
    std::vector<Version> versions;
    const std::string prefix = random.letters(random.below(3) * 20);
    for (std::uint64_t count = random.between(1, 60); count > 0; --count) {
        std::string key = prefix;
        for (std::uint64_t size = random.between(1, 8); size > 0; --size) {
            key.push_back("\0a\xff"[random.below(3)]);
        }
        versions.push_back({key, random.between(0, 20), Kind::put, random.letters(3), 0});
    }
    std::ranges::sort(versions);
    const auto same = [](const Version& a, const Version& b) { return (a <=> b) == 0; };
    versions.erase(std::unique(versions.begin(), versions.end(), same), versions.end());
    return versions;
}

TEST_CASE("searches in random blocks") {
    Random random{test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (int i = 0; i < 300; ++i) {
        const std::vector<Version> versions = random_versions(random);
        const std::string block = build(versions);
        const BlockView view = must(BlockView::parse(block, BlockKind::data));
        for (int j = 0; j < 100; ++j) {
            Version wanted = versions[random.below(versions.size())];
            if (random.one_in(3)) {
                wanted.key.resize(random.below(wanted.key.size() + 1));
            } else if (random.one_in(3)) {
                wanted.key.push_back("\0a\xff"[random.below(3)]);
            }
            wanted.sequence = random.between(0, 21);
            const auto at = std::ranges::lower_bound(versions, wanted);
            const auto found = view.lower_bound(wanted.key, wanted.sequence);
            REQUIRE(found.index == static_cast<std::size_t>(at - versions.begin()));
            REQUIRE(found.key_equal == (at != versions.end() && at->key == wanted.key));
            for (std::uint32_t k = 0; k < view.count(); ++k) {
                const int order = Bytes{versions[k].key}.compare(wanted.key);
                const int answer = view.compare_key(k, wanted.key);
                REQUIRE((answer < 0) == (order < 0));
                REQUIRE((answer == 0) == (order == 0));
            }
        }
    }
}

TEST_CASE("the size foretold is about the size that comes out") {
    Random random{test_seed(3)};
    for (int i = 0; i < 200; ++i) {
        BlockBuilder builder;
        std::size_t foretold = 0;
        for (const Version& version : random_versions(random)) {
            foretold = builder.size_with(version.entry());
            builder.add(version.entry());
        }
        std::string block;
        const std::size_t slack = builder.count() * 4;
        builder.finish(block);
        CHECK(block.size() <= foretold + slack);
        CHECK(foretold <= block.size() + slack);
    }
}

/// Every single-byte change either still parses or is refused; neither reads beyond the block,
/// which the sanitizer build watches, since the bytes are copied to an allocation of their own.
void probe(const std::string& block) {
    const std::vector<char> copy{block.begin(), block.end()};
    const auto view = BlockView::parse({copy.data(), copy.size()}, BlockKind::data);
    if (!view) {
        CHECK(view.error().code == ErrorCode::corruption);
        return;
    }
    std::size_t sum = 0;
    for (std::uint32_t i = 0; i < view->count(); ++i) {
        sum += view->key(i).size() + view->record(i).value.size();
        static_cast<void>(view->lower_bound(view->key(i), 3));
    }
    CHECK(sum < block.size() * 1000);
}

TEST_CASE("a block with any byte changed, cut or replaced by extremes is safe") {
    const std::string block = build(
        parse_versions("abc#9,put:one abcd#8,del abcdefgh#7,put_expiring@300:two abd#1,put:three"));
    for (std::size_t i = 0; i < block.size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            std::string changed = block;
            changed[i] = static_cast<char>(value);
            probe(changed);
        }
        probe(block.substr(0, i));
        for (const std::uint32_t extreme : {0U, 1U, 0x7fffffffU, 0x80000000U, 0xfffffff0U, ~0U}) {
            if (i + 4 <= block.size()) {
                std::string changed = block;
                store(changed.data() + i, extreme);
                probe(changed);
            }
        }
    }
}

void refuse(const std::string& block, BlockKind kind, const char* why) {
    const Error error = must_fail(BlockView::parse(block, kind));
    CHECK(error.code == ErrorCode::corruption);
    CAPTURE(error.message);
    CHECK(error.message.find(why) != std::string::npos);
}

TEST_CASE("what a block may not hold") {
    const std::string good = build(parse_versions("a#1,put:x b#2,put:y"));
    must(BlockView::parse(good, BlockKind::data));
    must(BlockView::parse(good, BlockKind::index));
    const std::size_t heads = 24;
    std::string swapped = good;
    swapped[heads] = swapped[heads + 4] = '\0';
    swapped[heads + 3] = 'c';
    refuse(swapped, BlockKind::data, "out of order");
    std::string twice = good;
    twice[heads + 7] = 'a';
    twice[good.size() - 2] = '\0';
    refuse(twice, BlockKind::data, "out of order");
    must(BlockView::parse(twice, BlockKind::index));
    std::string kind = good;
    kind[good.size() - 3] = 4;
    refuse(kind, BlockKind::data, "kind 4");
    const std::string deletes = build(parse_versions("a#1,del"));
    must(BlockView::parse(deletes, BlockKind::data));
    refuse(deletes, BlockKind::index, "kind 2");
    // Padding that is not zero would let one key stand under two heads.
    std::string padded = good;
    padded[heads] = 1;
    refuse(padded, BlockKind::data, "does not fit");
    std::string shorter = build(parse_versions("ka#2,put:x kb#1,put:y"));
    shorter[8] = 0;
    refuse(shorter, BlockKind::data, "does not fit");
    std::string value = good;
    value[good.size() - 3] = 2;
    refuse(value, BlockKind::data, "kind 2");
}

TEST_CASE("the sequence of a record ends within it") {
    const std::string good = build(parse_versions("a#1,put:wxyz b#5,put:wxyz"));
    const std::size_t delta = good.size() - 5;
    REQUIRE(good.substr(delta) == "\4wxyz");
    for (std::size_t size = 1; size <= 5; ++size) {
        CAPTURE(size);
        std::string longer = good;
        longer.replace(delta, size, std::string(size, '\xff'));
        if (size == 5) {
            refuse(longer, BlockKind::data, "does not fit");
            refuse(longer.substr(0, good.size() - 1), BlockKind::data, "does not fit");
            continue;
        }
        longer[delta + size] = '\1';
        const BlockView view = must(BlockView::parse(longer, BlockKind::data));
        CHECK(view.record(1).sequence == 1 + (std::uint64_t{1} << (7 * size + 1)) - 1);
        CHECK(view.record(1).value == Bytes{"wxyz"}.substr(size));
    }
    // Room for the sequence, but not for the bytes of the key behind it.
    std::string key = build(parse_versions("abcdefgh#1,put:x bbcdefgh#2,put:x"));
    const std::size_t second = key.size() - 6;
    REQUIRE(key.substr(second + 1) == "efghx");
    key.replace(second, 6, "\xff\xff\1xxx");
    refuse(key, BlockKind::data, "does not fit");
}

}  // namespace
}  // namespace strata::test
