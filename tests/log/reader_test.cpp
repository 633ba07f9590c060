// SPDX-License-Identifier: Apache-2.0
// Proves the verdicts of recovery: each rule by a case in text (testdata/log/recovery.txt), then
// every flipped bit, every truncation, and every missing or exchanged file of small logs, none of
// which may ever give a wrong answer.
#include "log/reader.hpp"

#include "entry/operation.hpp"

#include "log/log_builder.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {
namespace {

std::string operations_text(Bytes encoded) {
    std::string text;
    OperationReader reader{encoded};
    Entry entry;
    while (reader.next(entry)) {
        text += entry.kind == Kind::del ? fmt::format(" -{}", entry.key)
                                        : fmt::format(" {}={}", entry.key, entry.value);
    }
    return text;
}

std::string verdict_text(const LogVerdict& verdict) {
    std::string text;
    for (const ReadSegment& segment : verdict.segments) {
        text += fmt::format("segment {} length {}", segment.number, segment.length);
        if (segment.operations != 0) {
            text += fmt::format(" sequences {}-{}", segment.first_sequence, segment.last_sequence);
        }
        text += segment.sealed ? " sealed\n" : "\n";
    }
    text += fmt::format("last {} durable {}:{}{}\n", verdict.last_sequence, verdict.durable_segment,
                        verdict.durable_offset, verdict.closed ? " closed" : "");
    if (verdict.torn) {
        text += fmt::format("torn {}:{} bytes {} frames {}\n", verdict.torn_segment,
                            verdict.torn_offset, verdict.torn_bytes, verdict.torn_frames);
    }
    return text;
}

std::vector<std::uint64_t> numbers(const Case& test, std::string_view key) {
    std::vector<std::uint64_t> values;
    for (const std::string& value : test.many(key)) {
        values.push_back(std::stoull(value));
    }
    return values;
}

std::string read_case(const Case& test) {
    CHECK(test.command == "read");
    LogBuilder builder;
    for (const std::string& line : test.lines()) {
        builder.line(line);
    }
    LogInput input =
        builder.input(numbers(test, "sealed"), test.number("active", 0), test.number("tables", 0));
    if (!input.sealed.empty()) {
        SealedSegment& last = input.sealed.back();
        last.length = test.number("length", last.length);
        last.last_sequence = test.number("last", last.last_sequence);
    }
    input.active_key += test.number("wrong-key", 0);
    input.next_number = test.number("next", input.next_number);
    std::string text;
    const auto take = [&](const LogBatch& batch) -> Status {
        text += fmt::format("{}:{} #{}{}\n", batch.segment, batch.offset, batch.first,
                            operations_text(batch.encoded));
        return {};
    };
    const auto verdict = read_log(*files_of(builder.segments()), "/db", input, take);
    if (!verdict) {
        return text + fmt::format("{}: {}\n", error_code_name(verdict.error().code),
                                  verdict.error().message);
    }
    return text + verdict_text(*verdict);
}

TEST_CASE("the rules of recovery") { run_cases("log/recovery.txt", read_case); }

/// All operations of a log, in order, as far as they were read.
struct Answer {
    bool refused = false;
    std::vector<std::string> batches{};
    std::vector<std::uint64_t> segments{};  ///< of each batch
    LogVerdict verdict{};
};

Answer read_all(const std::map<std::uint64_t, BuiltSegment>& segments, const LogInput& input) {
    Answer answer;
    const auto take = [&](const LogBatch& batch) -> Status {
        answer.batches.push_back(fmt::format("#{} {}", batch.first, batch.encoded));
        answer.segments.push_back(batch.segment);
        return {};
    };
    auto verdict = read_log(*files_of(segments), "/db", input, take);
    answer.refused = !verdict;
    if (verdict) {
        answer.verdict = verdict.take_value();
    } else {
        const ErrorCode code = verdict.error().code;
        CHECK((code == ErrorCode::corruption || code == ErrorCode::unsupported));
    }
    return answer;
}

/// A log, what a manifest says of it, and how many batches are in front of the greatest mark.
struct Sample {
    std::string name;
    std::string script;
    std::vector<std::uint64_t> sealed;
    std::uint64_t active;
    std::size_t durable;
};

/// Synced and unsynced frames on both sides of a rotation, and a prepared segment behind it.
const char* const running = R"(
segment 3
link
ops a=1
synced
ops b=2 c=3
seal next=5
segment 5
link mark=0
ops d=4 mark=0
synced
ops e=5
mark
ops f=6 -a
ops g=7
zeros 5 40
segment 6
zeros 6 40
)";

const char* const closed = R"(
segment 3
link
ops a=1
seal next=4
segment 4
link
ops b=2
synced
seal close
)";

const std::vector<Sample>& samples() {
    static const std::vector<Sample> all{
        {"running, one segment in the manifest", running, {}, 3, 3},
        {"running, the first segment sealed in the manifest", running, {3}, 5, 3},
        {"closed, not yet in the manifest", closed, {}, 3, 2},
        {"closed", closed, {3, 4}, 0, 2},
    };
    return all;
}

struct Outcomes {
    std::size_t refused = 0;
    std::size_t exact = 0;
    std::size_t torn = 0;
    std::size_t shorter = 0;
};

/// Whatever was done to the files: an error, the exact answer, or a prefix of at least so many
/// batches.
void judge(std::size_t least, const Answer& whole, const Answer& answer, Outcomes& outcomes) {
    if (answer.refused) {
        ++outcomes.refused;
        return;
    }
    REQUIRE(answer.batches.size() <= whole.batches.size());
    CHECK(std::equal(answer.batches.begin(), answer.batches.end(), whole.batches.begin()));
    CHECK(answer.batches.size() >= least);
    if (answer.batches.size() == whole.batches.size()) {
        ++outcomes.exact;
    } else if (answer.verdict.torn) {
        ++outcomes.torn;
    } else {
        ++outcomes.shorter;
    }
}

TEST_CASE("every flipped bit") {
    for (const Sample& sample : samples()) {
        CAPTURE(sample.name);
        LogBuilder builder;
        builder.run(sample.script);
        const LogInput input = builder.input(sample.sealed, sample.active, 0);
        const Answer whole = read_all(builder.segments(), input);
        REQUIRE_FALSE(whole.refused);
        Outcomes outcomes;
        for (const auto& item : builder.segments()) {
            const std::uint64_t name = item.first;
            for (std::size_t bit = 0; bit < 8 * item.second.bytes.size(); ++bit) {
                CAPTURE(name);
                CAPTURE(bit);
                auto damaged = builder.segments();
                char& byte = damaged[name].bytes[bit / 8];
                byte = static_cast<char>(byte ^ (1 << bit % 8));
                judge(sample.durable, whole, read_all(damaged, input), outcomes);
            }
        }
        MESSAGE(sample.name, ": refused ", outcomes.refused, ", exact ", outcomes.exact, ", torn ",
                outcomes.torn, ", shorter ", outcomes.shorter);
        CHECK(outcomes.refused > 0);
        CHECK(outcomes.shorter == 0);  // what is dropped is reported
        if (sample.active == 0) {
            CHECK(outcomes.torn == 0);
        }
    }
}

TEST_CASE("every truncation") {
    for (const Sample& sample : samples()) {
        CAPTURE(sample.name);
        LogBuilder builder;
        builder.run(sample.script);
        const LogInput input = builder.input(sample.sealed, sample.active, 0);
        const Answer whole = read_all(builder.segments(), input);
        Outcomes outcomes;
        for (const auto& item : builder.segments()) {
            const std::uint64_t name = item.first;
            // The end of a file takes its marks along, but nothing of the segments before it.
            const auto in_front = static_cast<std::size_t>(std::ranges::count_if(
                whole.segments, [&](std::uint64_t other) { return other < name; }));
            for (std::size_t size = 0; size < item.second.bytes.size(); ++size) {
                CAPTURE(name);
                CAPTURE(size);
                auto damaged = builder.segments();
                damaged[name].bytes.resize(size);
                judge(in_front, whole, read_all(damaged, input), outcomes);
            }
        }
        MESSAGE(sample.name, ": refused ", outcomes.refused, ", exact ", outcomes.exact, ", torn ",
                outcomes.torn, ", shorter ", outcomes.shorter);
        CHECK(outcomes.refused > 0);
        if (sample.active == 0) {
            CHECK(outcomes.torn + outcomes.shorter == 0);
        }
    }
}

TEST_CASE("missing and exchanged files") {
    for (const Sample& sample : samples()) {
        CAPTURE(sample.name);
        LogBuilder builder;
        builder.run(sample.script);
        const LogInput input = builder.input(sample.sealed, sample.active, 0);
        const Answer whole = read_all(builder.segments(), input);
        for (const auto& [name, segment] : builder.segments()) {
            auto damaged = builder.segments();
            damaged.erase(name);
            const bool used = name != 6;
            CHECK(read_all(damaged, input).refused == used);
            for (const auto& [other, other_segment] : builder.segments()) {
                damaged = builder.segments();
                damaged[name].bytes.swap(damaged[other].bytes);
                CHECK(read_all(damaged, input).refused == (name != other));
                damaged = builder.segments();
                damaged[name].bytes = other_segment.bytes;
                CHECK(read_all(damaged, input).refused == (name != other && used));
            }
        }
        CHECK_FALSE(read_all(builder.segments(), input).refused);
        CHECK_FALSE(whole.refused);
    }
}

/// A process that died left bytes that only the page cache has: a reader sees them, so they must
/// not be lost afterwards.
TEST_CASE("what recovery read is on stable storage") {
    LogBuilder builder;
    builder.run(closed);
    const auto files = files_of(builder.segments());
    auto last = must(files->open("/db/000000000004.wal", OpenMode::write));
    const std::string bytes = builder.segments().at(4).bytes;
    must(last->truncate(0));
    must(last->sync());
    must(last->write(0, bytes));
    last.reset();
    const auto ignore = [](const LogBatch&) { return Status{}; };
    const LogInput input = builder.input({}, 3, 0);
    CHECK_FALSE(read_log(*files->crash_clone(CrashPolicy::drop, 1), "/db", input, ignore));
    CHECK(must(read_log(*files, "/db", input, ignore)).batches == 2);
    const auto left = files->crash_clone(CrashPolicy::drop, 1);
    CHECK(must(read_log(*left, "/db", input, ignore)).batches == 2);
}

TEST_CASE("an error of the receiver stops the reading and comes through") {
    LogBuilder builder;
    builder.run(closed);
    int calls = 0;
    const auto take = [&](const LogBatch&) -> Status {
        ++calls;
        return Error{ErrorCode::no_space, "enough"};
    };
    const auto verdict =
        read_log(*files_of(builder.segments()), "/db", builder.input({3, 4}, 0, 0), take);
    CHECK(must_fail(Result<int>{Error{verdict.error()}}).message == "enough");
    CHECK(calls == 1);
}

}  // namespace
}  // namespace strata::test
