// SPDX-License-Identifier: Apache-2.0
// Proves which differences of two reports count: direction, threshold, spread of repetitions, and
// what is not a report at all.
#include "stress/compare.hpp"

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <string>

namespace strata::tools {
namespace {

std::string report(double rate, double p99, double disk = 100) {
    return fmt::format(
        "{{\"tool\":\"strata-stress\",\"runs\":[{{\"name\":\"mix\",\"threads\":2,\"ops_per_s\":{},"
        "\"kinds\":[{{\"kind\":\"get\",\"service_us\":{{\"p50\":1,\"p99\":{}}}}}]}}],"
        "\"figures\":{{\"disk after compaction\":{},\"live records\":5}}}}\n",
        rate, p99, disk);
}

Verdict verdict_of(const std::string& base, const std::string& now, const std::string& name,
                   double threshold = 0.05) {
    const auto all = compare_measures(test::must(read_measures("base", base)),
                                      test::must(read_measures("new", now)), threshold);
    for (const Comparison& one : all) {
        if (one.name == name) {
            return one.verdict;
        }
    }
    FAIL("no figure " << name);
    return Verdict::same;
}

}  // namespace

TEST_CASE("less of a rate is worse, less of a time or of disk is better") {
    const std::string base = report(1000, 50);
    CHECK(verdict_of(base, base, "mix 2T ops/s") == Verdict::same);
    CHECK(verdict_of(base, report(900, 50), "mix 2T ops/s") == Verdict::worse);
    CHECK(verdict_of(base, report(1100, 50), "mix 2T ops/s") == Verdict::better);
    CHECK(verdict_of(base, report(1000, 60), "mix 2T get service p99") == Verdict::worse);
    CHECK(verdict_of(base, report(1000, 40), "mix 2T get service p99") == Verdict::better);
    CHECK(verdict_of(base, report(1000, 50, 120), "disk after compaction") == Verdict::worse);
}

TEST_CASE("the threshold, and the spread of repetitions, are no difference") {
    const std::string base = report(1000, 50);
    CHECK(verdict_of(base, report(960, 50), "mix 2T ops/s") == Verdict::same);
    CHECK(verdict_of(base, report(940, 50), "mix 2T ops/s") == Verdict::worse);
    CHECK(verdict_of(base, report(940, 50), "mix 2T ops/s", 0.1) == Verdict::same);
    const std::string repeated = report(900, 50) + report(1000, 50) + report(1100, 50);
    CHECK(verdict_of(repeated, report(900, 50), "mix 2T ops/s") == Verdict::same);
    CHECK(verdict_of(repeated, report(700, 50), "mix 2T ops/s") == Verdict::worse);
    // Medians, so that one bad minute does not decide.
    CHECK(verdict_of(base, report(990, 50) + report(10, 50) + report(1000, 50), "mix 2T ops/s") ==
          Verdict::same);
}

TEST_CASE("what only one of them has is told, and is no regression") {
    const std::string other =
        "{\"tool\":\"strata-stress\",\"runs\":[{\"name\":\"scan\",\"threads\":1,"
        "\"ops_per_s\":5}]}\n";
    CHECK(verdict_of(report(1, 1), other, "mix 2T ops/s") == Verdict::only_base);
    CHECK(verdict_of(report(1, 1), other, "scan 1T ops/s") == Verdict::only_new);
}

TEST_CASE("what is not a report is refused") {
    for (const char* text : {"", "\n", "{", "[]", "{}", "{\"tool\":\"other\",\"runs\":[]}",
                             "{\"tool\":\"strata-stress\"}", "1"}) {
        CAPTURE(text);
        const Error error = test::must_fail(read_measures("file.json", text));
        CHECK(error.code == ErrorCode::invalid_argument);
        CHECK(error.message.find("file.json") == 0);
    }
    // Members of other types than expected are left out.
    CHECK(test::must(read_measures("x",
                                   "{\"tool\":\"strata-stress\",\"runs\":[1,{\"name\":2,"
                                   "\"kinds\":3,\"ops_per_s\":\"x\"}],\"figures\":4}\n"))
              .empty());
}

}  // namespace strata::tools
