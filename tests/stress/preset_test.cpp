// SPDX-License-Identifier: Apache-2.0
// Proves what presets and options become together, and which do not agree.
#include "stress/preset.hpp"

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

using Given = std::vector<std::pair<const char*, const char*>>;

StressOptions options_of(const Given& given) {
    StressOptions options;
    for (const auto& [name, value] : given) {
        test::must(apply_stress_option(options, name, value));
    }
    return options;
}

BenchPlan plan_of(const Given& given) { return test::must(make_plan(options_of(given))); }

}  // namespace

TEST_CASE("every preset is a plan") {
    for (const Preset& preset : presets()) {
        const std::string name{preset.name};
        CAPTURE(name);
        const BenchPlan plan = plan_of({{"preset", name.c_str()}});
        CHECK(plan.workload.mix.total() > 0);
        CHECK(plan.operations > 0);
        CHECK(plan.sync.kind == SyncMode::Kind::none);
        CHECK(plan.workload.inserts_fill ==
              (plan.workload.mix.weight(OperationKind::insert) == plan.workload.mix.total()));
    }
}

TEST_CASE("options go before presets") {
    const BenchPlan plan = plan_of({{"preset", "ycsb-a"},
                                    {"dist", "uniform"},
                                    {"keys", "5"},
                                    {"sync", "sync"},
                                    {"mix", "get=1"},
                                    {"value-size", "7"},
                                    {"prepare", "none"}});
    CHECK(plan.workload.distribution.kind == DistributionSpec::Kind::uniform);
    CHECK(plan.workload.keys == 5);
    CHECK(plan.sync.kind == SyncMode::Kind::sync);
    CHECK(mix_text(plan.workload.mix) == "get=1");
    CHECK(plan.workload.value_size.most == 7);
    CHECK(plan.prepare == Prepare::none);
}

TEST_CASE("a mix loads what it reads, and syncs") {
    CHECK_FALSE(plan_of({{"mix", "put=1,insert=1"}}).preset.loads);
    CHECK(plan_of({{"mix", "put=9,get=1"}}).preset.loads);
    CHECK(plan_of({{"mix", "put=1"}}).sync.kind == SyncMode::Kind::sync);
}

TEST_CASE("limits: as asked, else one operation for each key within ten seconds") {
    CHECK(plan_of({{"preset", "readrandom"}, {"keys", "7"}}).operations == 7);
    CHECK(plan_of({{"preset", "readrandom"}}).duration == std::chrono::seconds{10});
    CHECK(plan_of({{"preset", "fillseq"}, {"keys", "7"}}).duration.count() == 0);
    const BenchPlan asked = plan_of({{"preset", "readrandom"}, {"duration", "3s"}});
    CHECK(asked.operations == 0);
    CHECK(asked.duration == std::chrono::seconds{3});
    CHECK(plan_of({{"preset", "scan"}}).operations == 5);
    CHECK(plan_of({{"preset", "scan"}}).workload.scan_length == 0);
    CHECK(plan_of({{"preset", "scan"}, {"scan-length", "9"}}).workload.scan_length == 9);
    CHECK(plan_of({{"preset", "readrandom"}, {"rate", "100"}}).operations == 0);
}

TEST_CASE("what does not agree is refused") {
    const std::vector<Given> all = {
        {},
        {{"preset", "fill"}},
        {{"preset", "readrandom"}, {"key-size", "4"}},
        {{"mix", "put=1"}, {"rate", "10"}, {"batch", "5"}},
        {{"mix", "put=1"}, {"max-in-flight", "5"}},
    };
    for (const Given& given : all) {
        CHECK(test::must_fail(make_plan(options_of(given))).code == ErrorCode::invalid_argument);
    }
}

}  // namespace strata::tools
