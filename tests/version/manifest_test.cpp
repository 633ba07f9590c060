// SPDX-License-Identifier: Apache-2.0
// Proves that a manifest reads back as it was written and that every flipped bit, every cut and
// every count or invariant that cannot be true is refused: by random round trips, exhaustive
// damage, and fields patched under a correct check. The worked example stands in the header and in
// the manual page.
#include "version/manifest.hpp"

#include "base/coding.hpp"
#include "base/hash.hpp"

#include "support/datadriven.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "version/random_manifest.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace strata;
using namespace strata::test;

namespace {

Manifest small_manifest() {
    Random random{7};
    Manifest manifest = random_manifest(random, 2);
    manifest.store = StoreId{};
    manifest.sealed = {SegmentFacts{.number = manifest.next_number++,
                                    .key = 1,
                                    .length = 2,
                                    .first_sequence = manifest.last_sequence + 1,
                                    .last_sequence = manifest.last_sequence + 3}};
    manifest.active = manifest.next_number++;
    manifest.set_history_floor(99);
    return manifest;
}

/// Replaces bytes at `at` and makes the check right again.
std::string patched(std::string bytes, std::size_t at, Bytes with) {
    bytes.replace(at, with.size(), with);
    bytes.resize(bytes.size() - manifest_check_size);
    append(bytes, hash64(bytes, 0));
    return bytes;
}

template <typename T>
std::string patched_number(const std::string& bytes, std::size_t at, T value) {
    std::string field;
    append(field, value);
    return patched(bytes, at, field);
}

ErrorCode code_of(const std::string& bytes) { return must_fail(decode_manifest(bytes, "m")).code; }

std::string message_of(const Manifest& manifest) {
    return find_broken_invariant(manifest).value_or("holds");
}

Manifest example_manifest() {
    Manifest manifest;
    for (std::size_t i = 0; i < store_id_size; ++i) {
        manifest.store.bytes[i] = static_cast<char>(i);
    }
    manifest.number = 9;
    manifest.next_number = 10;
    manifest.last_sequence = 41;
    manifest.time_ms = 1'700'000'000'000;
    manifest.active = 8;
    manifest.active_key = 0x1122334455667788;
    manifest.sealed = {SegmentFacts{.number = 7,
                                    .key = 0x8877665544332211,
                                    .length = 4096,
                                    .first_sequence = 42,
                                    .last_sequence = 50}};
    TableFacts table{.number = 5,
                     .length = 1024,
                     .footer_check = 0x0a0b0c0d0e0f1011,
                     .file_check = 0xa1a2a3a4a5a6a7a8,
                     .sequence_min = 3,
                     .sequence_max = 41,
                     .entries = 30,
                     .deletes = 2,
                     .raw_bytes = 900,
                     .tombstone_oldest_ms = 1'699'999'999'000,
                     .key_min = "apple",
                     .key_max = "pear"};
    manifest.runs = {RunFacts{.tier = tier_last, .tables = {std::move(table)}}};
    manifest.set_history_floor(40);
    return manifest;
}

std::string text_of_file(const std::string& name) {
    const std::ifstream file{testdata_path("../" + name)};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("manifest: the worked example is what header and manual show") {
    const std::string bytes = encode_manifest(example_manifest());
    CHECK(must(decode_manifest(bytes, "m")) == example_manifest());
    const std::string header = text_of_file("libstrata/src/version/manifest.hpp");
    const std::string manual = text_of_file("man/strata-manifest.5.scd");
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
        std::string line = fmt::format("{:03x}", at);
        for (const char byte : bytes.substr(at, 16)) {
            line += fmt::format(" {:02x}", static_cast<unsigned char>(byte));
        }
        INFO(line);
        CHECK(header.find("///     " + line + "\n") != std::string::npos);
        CHECK(manual.find("\n" + line + "\n") != std::string::npos);
    }
}

TEST_CASE("manifest: random ones read back as they were written") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 300; ++round) {
        const Manifest manifest = random_manifest(random, random.below(9));
        const std::string bytes = encode_manifest(manifest);
        const Manifest read = must(decode_manifest(bytes, "m"));
        REQUIRE(read == manifest);
        REQUIRE(encode_manifest(read) == bytes);
    }
}

TEST_CASE("manifest: every flipped bit is refused") {
    const std::string bytes = encode_manifest(small_manifest());
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        INFO(bit);
        REQUIRE(code_of(damaged) == ErrorCode::corruption);
    }
}

TEST_CASE("manifest: every other length is refused, with a right check too") {
    const std::string bytes = encode_manifest(small_manifest());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        INFO(size);
        REQUIRE(code_of(bytes.substr(0, size)) == ErrorCode::corruption);
        if (size + manifest_check_size < bytes.size()) {
            std::string cut = bytes.substr(0, size);
            append(cut, hash64(cut, 0));
            REQUIRE(code_of(cut) == ErrorCode::corruption);
        }
    }
    CHECK(code_of(bytes + '\0') == ErrorCode::corruption);
    std::string longer = bytes.substr(0, bytes.size() - manifest_check_size) + '\0';
    append(longer, hash64(longer, 0));
    CHECK(code_of(longer) == ErrorCode::corruption);
}

TEST_CASE("manifest: counts and lengths that cannot be true are refused before they are followed") {
    const std::string bytes = encode_manifest(small_manifest());
    for (const std::size_t at : {88U, 92U, 96U, 100U}) {
        const auto count = load<std::uint32_t>(bytes.data() + at);
        for (const std::uint32_t wrong : {count + 1, count - 1, 0U, 0x7fffffffU, ~0U}) {
            INFO(at, " ", wrong);
            CHECK(code_of(patched_number(bytes, at, wrong)) == ErrorCode::corruption);
        }
    }
    const std::size_t table = manifest_header_size + manifest_segment_size;
    for (const std::size_t at : {table + 88, table + 92, table + 96, table + 100}) {
        INFO(at);
        CHECK(code_of(patched_number(bytes, at, ~0U)) == ErrorCode::corruption);
    }
}

TEST_CASE("manifest: a later version and unknown required bits are unsupported") {
    const std::string bytes = encode_manifest(small_manifest());
    CHECK(code_of(patched_number<std::uint16_t>(bytes, 8, 2)) == ErrorCode::unsupported);
    CHECK(code_of(patched_number<std::uint16_t>(bytes, 8, 0)) == ErrorCode::unsupported);
    CHECK(code_of(patched_number<std::uint32_t>(bytes, 12, 4)) == ErrorCode::unsupported);
    CHECK(must_fail(decode_manifest(patched_number<std::uint16_t>(bytes, 8, 2), "m")).message ==
          "m: manifest version 2, this program reads 1");
}

TEST_CASE("manifest: reserved bytes, optional bits and unknown flags are ignored") {
    const std::string bytes = encode_manifest(small_manifest());
    CHECK(decode_manifest(patched_number<std::uint16_t>(bytes, 10, 0xffff), "m"));
    CHECK(decode_manifest(patched_number<std::uint32_t>(bytes, 16, 0xffffffff), "m"));
    CHECK(decode_manifest(patched_number<std::uint32_t>(bytes, 20, 0xfffffffe), "m"));
}

TEST_CASE("manifest: each broken invariant is found") {
    const Manifest good = small_manifest();
    CHECK(message_of(good) == "holds");
    const auto broken = [&](auto change) {
        Manifest manifest = good;
        change(manifest);
        return message_of(manifest) != "holds";
    };
    CHECK(broken([](Manifest& m) { m.number = 0; }));
    CHECK(broken([](Manifest& m) { m.number = m.next_number; }));
    CHECK(broken([](Manifest& m) { m.active = m.number; }));
    CHECK(broken([](Manifest& m) { m.active = m.sealed[0].number - 1; }));
    CHECK(broken([](Manifest& m) { m.runs[0].tables[0].number = m.number; }));
    CHECK(broken([](Manifest& m) { m.runs[0].tables[0].number = m.sealed[0].number; }));
    CHECK(broken([](Manifest& m) { m.sealed.push_back(m.sealed[0]); }));
    CHECK(broken([](Manifest& m) { m.sealed[0].first_sequence = 0; }));
    CHECK(broken([](Manifest& m) { m.sealed[0].last_sequence = m.sealed[0].first_sequence - 2; }));
    CHECK(broken([](Manifest& m) { m.sealed[0].last_sequence = sequence_max + 1; }));
    CHECK(broken([](Manifest& m) { --m.last_sequence; }));
    CHECK(broken([](Manifest& m) { m.last_sequence = sequence_max + 1; }));
    CHECK(broken([](Manifest& m) { m.properties.emplace_back("", "v"); }));
    CHECK(broken([](Manifest& m) { m.properties.push_back(m.properties[0]); }));
    CHECK(broken([](Manifest& m) { m.runs[0].tables.clear(); }));
}

TEST_CASE("manifest: an invariant that bytes with a right check break is corruption") {
    const std::string bytes = encode_manifest(small_manifest());
    const Error error =
        must_fail(decode_manifest(patched_number<std::uint64_t>(bytes, 48, 1), "m"));
    CHECK(error.code == ErrorCode::corruption);
    CHECK(error.message.find("below the next one, 1") != std::string::npos);
}

TEST_CASE("manifest: the history floor is a property") {
    Manifest manifest;
    CHECK(manifest.history_floor() == 0);
    manifest.set_history_floor(5);
    manifest.set_history_floor(7);
    CHECK(manifest.history_floor() == 7);
    CHECK(manifest.properties.size() == 1);
    manifest.properties[0].second = "short";
    CHECK(manifest.history_floor() == 0);
}
