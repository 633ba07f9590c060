// SPDX-License-Identifier: Apache-2.0
// What a store tells about itself survives its way through JSON: each structure is filled, written,
// read back, and written again; and what others may send instead is refused with the field's name.
#include "common/facts_json.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace strata;
using namespace strata::tools;

namespace {

const std::string binary{"\x00\xff\"\\\n key", 9};

TEST_CASE("statistics") {
    Stats stats;
    stats.store_id = "00112233445566778899aabbccddeeff";
    stats.last_sequence = (std::uint64_t{1} << 55) + 1;
    stats.durable_sequence = 7;
    stats.history_floor = 5;
    stats.delayed_microseconds = 11;
    stats.limiter = "disk";
    stats.failure = "fdatasync: \"no\"";
    stats.events = {{1, "flush"}, {2, "merge"}};
    std::string text;
    append_json_stats(text, stats);
    const auto read = parse_json_stats(text);
    REQUIRE(read);
    CHECK(read->last_sequence == stats.last_sequence);
    CHECK(read->limiter == "disk");
    REQUIRE(read->events.size() == 2);
    CHECK(read->events[1].text == "merge");
    std::string again;
    append_json_stats(again, *read);
    CHECK(again == text);

    std::string as_text;
    append_json_stats(as_text, stats, {.numbers_as_text = true});
    CHECK(as_text.find("\"last_sequence\":\"36028797018963969\"") != std::string::npos);
    const auto from_text = parse_json_stats(as_text);
    REQUIRE(from_text);
    CHECK(from_text->last_sequence == stats.last_sequence);
}

TEST_CASE("runs and files") {
    const std::vector<RunInfo> runs = {
        {.number = 0, .tier = 1, .tables = {{1, 2, 3, 4, 5, 6, "a", binary}}},
        {.number = 1, .tier = 4, .tables = {}}};
    std::string text;
    append_json_runs(text, runs);
    const auto read = parse_json_runs(text);
    REQUIRE(read);
    REQUIRE(read->size() == 2);
    CHECK((*read)[0].tables.at(0).key_max == binary);
    CHECK((*read)[0].tables.at(0).sequence_max == 6);
    std::string again;
    append_json_runs(again, *read);
    CHECK(again == text);

    text.clear();
    append_json_files(text, {{"LOCK", "lock", 0}, {"000000000001.sst", "table", 4096}});
    const auto files = parse_json_files(text);
    REQUIRE(files);
    REQUIRE(files->size() == 2);
    CHECK((*files)[1].name == "000000000001.sst");
    CHECK((*files)[1].size == 4096);
}

TEST_CASE("history") {
    History history;
    history.floor = 3;
    history.more = true;
    history.versions = {{.sequence = 9, .deleted = true, .place = "memtable", .file = "1.wal"},
                        {.sequence = 4, .value_size = 12, .place = "table", .file = {}, .run = 0}};
    std::string text;
    append_json_history(text, history);
    const auto read = parse_json_history(text);
    REQUIRE(read);
    CHECK(read->more);
    REQUIRE(read->versions.size() == 2);
    CHECK(read->versions[0].deleted);
    CHECK_FALSE(read->versions[0].run);
    CHECK(read->versions[1].run == std::uint64_t{0});
    std::string again;
    append_json_history(again, *read);
    CHECK(again == text);
}

TEST_CASE("explanations") {
    Explanation explanation;
    explanation.at = 8;
    explanation.outcome = "found";
    explanation.found = true;
    explanation.sequence = 6;
    explanation.value_size = 3;
    explanation.records = 2;
    explanation.shadowed = 1;
    explanation.jumps = 1;
    explanation.error = Error{ErrorCode::corruption, "000000000001.sst: at 9"};
    explanation.steps = {
        {.layer = "memtable", .verdict = "absent", .entries = 2, .nanoseconds = 10},
        {.layer = "run",
         .file = "1.sst",
         .run = 0,
         .tier = 2,
         .verdict = "found",
         .blocks_read = 1,
         .bytes_read = 99}};
    for (const std::string what : {"get", "scan", "put"}) {
        CAPTURE(what);
        std::string text;
        append_json_explanation(text, what, explanation);
        const auto read = parse_json_explanation(text);
        REQUIRE(read);
        REQUIRE(read->error);
        CHECK(read->error->code == ErrorCode::corruption);
        REQUIRE(read->steps.size() == 2);
        CHECK(read->steps[1].tier == std::uint64_t{2});
        CHECK(read->found == (what == "get"));
        std::string again;
        append_json_explanation(again, what, *read);
        CHECK(again == text);
    }
}

TEST_CASE("what a check found") {
    CheckReport report;
    report.files = 1;
    report.bytes = 4;
    report.torn_tail = true;
    report.findings = {{"a.sst", 17, "checksum: expected 1, found 2"}};
    report.notes = {"a note"};
    std::string text;
    append_json_check(text, report);
    const auto read = parse_json_check(text);
    REQUIRE(read);
    CHECK(read->notes == report.notes);
    CHECK(read->findings.at(0).offset == 17);
    std::string again;
    append_json_check(again, *read);
    CHECK(again == text);
}

TEST_CASE("what is something else is refused, and says where") {
    const auto message = [](const auto& result) {
        return result ? std::string{"accepted"} : result.error().message;
    };
    CHECK(message(parse_json_stats("{")).find("not JSON") != std::string::npos);
    CHECK(message(parse_json_stats("[]")).find("an object") != std::string::npos);
    CHECK(message(parse_json_stats(R"({"runs":-1})")).find("runs") != std::string::npos);
    CHECK(message(parse_json_stats(R"({"runs":1.5})")).find("runs") != std::string::npos);
    CHECK(message(parse_json_stats(R"({"limiter":1})")).find("limiter") != std::string::npos);
    CHECK(message(parse_json_stats(R"({"events":[1]})")).find("events") != std::string::npos);
    CHECK(message(parse_json_runs("{}")).find("runs") != std::string::npos);
    CHECK(message(parse_json_runs(R"([{"tier":4294967296}])")).find("tier") != std::string::npos);
    CHECK(message(parse_json_runs(R"([{"tables":[{"key_min":{"b64":"!"}}]}])")).find("key_min") !=
          std::string::npos);
    CHECK(message(parse_json_history(R"({"more":1})")).find("more") != std::string::npos);
    CHECK(message(parse_json_check(R"({"notes":{}})")).find("notes") != std::string::npos);
    // Fields of a later version, and those that are not there.
    CHECK(parse_json_stats(R"({"colour":"blue"})"));
    CHECK(parse_json_stats(R"({"runs":null})"));
}

TEST_CASE("words of errors") {
    CHECK(error_code_of("corrupt") == ErrorCode::corruption);
    CHECK(error_code_of("no-space") == ErrorCode::no_space);
    CHECK(error_code_of("rate-limited") == ErrorCode::busy);
    CHECK(error_code_of("too-large") == ErrorCode::invalid_argument);
    CHECK(error_code_of("never heard of") == ErrorCode::internal);
}

}  // namespace
