// SPDX-License-Identifier: Apache-2.0
// Proves that a record written as JSON is read back, for random bytes, that TSV records are too,
// and that lines which are not records are refused with a reason.
#include "common/record_parse.hpp"
#include "common/escape.hpp"
#include "common/json.hpp"
#include "common/utf8.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace strata::tools {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size_max) {
    std::string bytes(random() % (size_max + 1), '\0');
    const bool text = random() % 2 == 0;
    for (char& byte : bytes) {
        byte = static_cast<char>(text ? random() % 128 : random() & 0xff);
    }
    return bytes;
}

TEST_CASE("records are read back, in every style, and a record is one line of UTF-8") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    for (int i = 0; i < 5000; ++i) {
        const std::string key = random_bytes(random, 20) + "k";
        const std::string value = random_bytes(random, 40);
        JsonStyle style;
        style.always_b64 = random() % 4 == 0;
        style.numbers_as_text = random() % 4 == 0;
        Record record{.key = key, .value = value};
        if (random() % 2 == 0) {
            record.sequence = random();
            record.type = RecordType::put;
            record.file = 12;
            record.run = 0;
            record.offset = 4096;
        }
        std::string line;
        append_json_record(line, record, style);
        REQUIRE(is_utf8(line));
        REQUIRE(line.find('\n') == std::string::npos);
        const auto read = parse_json_record(line);
        REQUIRE(read);
        REQUIRE(read->key == key);
        REQUIRE(read->value == value);
        REQUIRE(read->type == RecordType::put);

        const auto tsv = parse_tsv_record(escaped(key) + '\t' + escaped(value));
        REQUIRE(tsv);
        REQUIRE(tsv->key == key);
        REQUIRE(tsv->value == value);
    }
}

TEST_CASE("a delete has no value") {
    std::string line;
    append_json_record(line, {.key = "k", .sequence = 7, .type = RecordType::del}, {});
    CHECK(line == "{\"key\":\"k\",\"seq\":7,\"type\":\"del\"}");
    const auto read = parse_json_record(line);
    REQUIRE(read);
    CHECK(read->type == RecordType::del);
    CHECK_FALSE(parse_json_record(R"({"key":"k","value":"v","type":"del"})"));
}

TEST_CASE("sequences beyond 2^53 are text on request") {
    std::string line;
    append_json_record(line, {.key = "k", .sequence = 9007199254740993}, {.numbers_as_text = true});
    CHECK(line == "{\"key\":\"k\",\"seq\":\"9007199254740993\"}");
}

TEST_CASE("lines that are not records are refused with a reason") {
    struct Case {
        const char* line;
        const char* reason;
    };
    const Case cases[] = {
        {"", "column 1: not JSON"},
        {"{\"key\":\"a\",\"value\":\"b\"", "not JSON: incomplete"},
        {"{\"key\":\"a\" \"value\":\"b\"}", "column 12: not JSON"},
        {"[1]", "expected a record object, found an array"},
        {"{\"value\":\"b\"}", "with a \"key\""},
        {"{\"key\":\"a\"}", "expected a \"value\""},
        {"{\"key\":1,\"value\":\"b\"}", "key: expected a string"},
        {"{\"key\":\"a\",\"value\":null}", "value: expected a string"},
        {"{\"key\":\"a\",\"value\":{\"b64\":\"*\"}}", "value: expected base64"},
        {"{\"key\":\"a\",\"value\":{\"b64\":\"\",\"x\":1}}", "value: expected a string"},
        {"{\"key\":\"a\",\"value\":\"b\",\"ttl\":1}", "unknown field \"ttl\""},
        {"{\"key\":\"a\",\"value\":\"b\",\"type\":\"merge\"}", "type: expected"},
        {"{\"key\":\"a\",\"value\":\"b\",\"expires\":\"2030-01-01\"}", "expires:"},
        {"{\"key\":\"a\",\"value\":\"b\"} x", "column 25: expected the end"},
        {"{\"key\":\"a\",\"value\":\"\xff\"}", "not JSON"},
    };
    for (const Case& bad : cases) {
        CAPTURE(bad.line);
        const auto read = parse_json_record(bad.line);
        REQUIRE_FALSE(read);
        CHECK_MESSAGE(read.error().message.find(bad.reason) != std::string::npos,
                      read.error().message);
    }
    // Deep nesting must not exhaust the stack.
    CHECK_FALSE(parse_json_record(std::string(1'000'000, '[')));
    CHECK_FALSE(parse_tsv_record("no tab"));
    CHECK_FALSE(parse_tsv_record("a\tb\tc"));
    CHECK_FALSE(parse_tsv_record("a\tb\r"));
    CHECK_FALSE(parse_tsv_record("a\t\\q"));
}

TEST_CASE("the end of a stream of records") {
    CHECK(*parse_stream_end(R"({"end":true,"count":7,"seq":9})") == 7);
    CHECK(!parse_stream_end(R"({"key":"end","value":"count"})")->has_value());
    CHECK(!parse_stream_end(R"({"end":true})")->has_value());
    CHECK(!parse_stream_end("")->has_value());
    CHECK(!parse_stream_end(R"({"end":true,"count":-1})"));
    CHECK(!parse_stream_end(R"({"end":)"));
    const auto broken = parse_stream_end(R"({"error":{"code":"corrupt"}})");
    REQUIRE(!broken);
    CHECK(broken.error().message.find("corrupt") != std::string::npos);
}

TEST_CASE("lines of a batch") {
    const auto conditions = parse_json_batch_line(
        R"({"if":[{"key":"a","absent":true},{"key":"b","seq":5},{"key":"c","value":"x"}]})");
    REQUIRE(conditions);
    const auto* list = std::get_if<std::vector<Condition>>(&*conditions);
    REQUIRE(list != nullptr);
    REQUIRE(list->size() == 3);
    CHECK(std::holds_alternative<Condition::Absent>((*list)[0].test));
    CHECK(std::get<Condition::AtSequence>((*list)[1].test).sequence == 5);
    CHECK(std::get<Condition::HasValue>((*list)[2].test).value == "x");

    const auto present = parse_json_batch_line(R"({"if":{"key":"a","absent":false}})");
    REQUIRE(present);
    CHECK(std::holds_alternative<Condition::Present>(
        std::get<std::vector<Condition>>(*present)[0].test));

    const auto record = parse_json_batch_line(R"({"key":"a","type":"del"})");
    REQUIRE(record);
    CHECK(std::get<OwnedRecord>(*record).key == "a");

    CHECK_FALSE(parse_json_batch_line(R"({"if":{"key":"a"}})"));
    CHECK_FALSE(parse_json_batch_line(R"({"if":{"key":"a","seq":-1}})"));
    CHECK_FALSE(parse_json_batch_line(R"({"if":{"key":"a","seq":1},"key":"b"})"));
    CHECK_FALSE(parse_json_batch_line(R"({"if":7})"));
}

}  // namespace
}  // namespace strata::tools
