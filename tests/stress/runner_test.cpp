// SPDX-License-Identifier: Apache-2.0
// Proves how runs count and end, with targets that count, fail, or take a known time: closed and
// open loops, several threads, batches, warm-up, intervals and reasons to stop.
#include "stress/runner.hpp"

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace strata::tools {
namespace {

/// Counts calls; takes `delay` for each get, and fails the call `fail_at`.
class FakeTarget : public Target {
  public:
    Result<ReadFacts> get(Bytes) override {
        ++gets;
        if (delay.count() > 0) {
            std::this_thread::sleep_for(delay);
        }
        return answer();
    }
    Result<ReadFacts> scan(const ScanRequest& request) override {
        ++scans;
        return ReadFacts{request.length, request.length * 10};
    }
    Status put(Bytes, Bytes) override {
        ++puts;
        return checked();
    }
    Status del(Bytes) override {
        ++dels;
        return checked();
    }
    Status write(const Batch& batch) override {
        ++batches;
        batched += batch.operations();
        return checked();
    }

    std::atomic<std::uint64_t> gets{0};
    std::atomic<std::uint64_t> scans{0};
    std::atomic<std::uint64_t> puts{0};
    std::atomic<std::uint64_t> dels{0};
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> batched{0};
    std::chrono::microseconds delay{0};
    std::uint64_t fail_at = 0;

  private:
    Result<ReadFacts> answer() {
        const Status good = checked();
        if (!good) {
            return Error{good.error()};
        }
        return ReadFacts{1, 100};
    }
    Status checked() {
        if (++calls_ == fail_at) {
            return Error{ErrorCode::no_space, "the disk is full"};
        }
        return {};
    }

    std::atomic<std::uint64_t> calls_{0};
};

RunSpec spec_of(const char* mix, std::uint64_t operations, unsigned threads = 1) {
    RunSpec spec;
    spec.workload.mix = test::must(parse_mix(mix));
    spec.workload.keys = 1000;
    spec.operations = operations;
    spec.threads = threads;
    return spec;
}

}  // namespace

TEST_CASE("a closed loop does exactly its operations, each of them once timed") {
    for (const unsigned threads : {1U, 3U}) {
        FakeTarget target;
        const RunResult result =
            run_workload(spec_of("get=5,miss=1,put=2,del=1,scan=1,rmw=1", 10'001, threads), target);
        const KindTally total = result.tally.total();
        CHECK(total.operations == 10'001);
        CHECK(total.service.total() == 10'001);
        CHECK(total.response.total() == 0);
        const auto count = [&result](OperationKind kind) {
            return result.tally.find(kind)->operations;
        };
        CHECK(target.scans == count(OperationKind::scan));
        CHECK(target.dels == count(OperationKind::del));
        CHECK(target.puts == count(OperationKind::put) + count(OperationKind::rmw));
        CHECK(target.gets ==
              count(OperationKind::get) + count(OperationKind::miss) + count(OperationKind::rmw));
        CHECK(result.tally.find(OperationKind::scan)->records == 100 * target.scans);
        CHECK(result.tally.find(OperationKind::insert) == nullptr);
        CHECK(result.stopped.empty());
        CHECK_FALSE(result.error.has_value());
    }
}

TEST_CASE("batches hold as many writes as asked, the rest comes at the end") {
    FakeTarget target;
    RunSpec spec = spec_of("put=3,del=1", 1050, 2);
    spec.batch = 100;
    const RunResult result = run_workload(spec, target);
    CHECK(target.batched == 1050);
    // Each thread writes 525: five batches, and one of 25 that is not timed.
    CHECK(target.batches == 12);
    CHECK(result.tally.total().operations == 1050);
    CHECK(result.tally.total().service.total() == 10);
}

TEST_CASE("the first error ends the run and is told") {
    FakeTarget target;
    target.fail_at = 50;
    const RunResult result = run_workload(spec_of("put=1", 1'000'000, 2), target);
    REQUIRE(result.error.has_value());
    CHECK(result.error->code == ErrorCode::no_space);
    CHECK(target.puts < 1'000'000);
}

TEST_CASE("a run ends for a reason that is given, or when time is up") {
    FakeTarget target;
    RunSpec spec = spec_of("get=1", 0);
    int asked = 0;
    spec.stop_reason = [&asked](std::uint64_t) -> std::string {
        return ++asked == 2 ? "enough" : "";
    };
    CHECK(run_workload(spec, target).stopped == "enough");
    spec.stop_reason = {};
    spec.duration = std::chrono::milliseconds{30};
    const RunResult result = run_workload(spec, target);
    CHECK(result.stopped.empty());
    CHECK(result.seconds >= 0.03);
}

TEST_CASE("what happens during the warm-up is not counted, the operations come after it") {
    FakeTarget target;
    target.delay = std::chrono::microseconds{100};
    RunSpec spec = spec_of("get=1", 100);
    spec.warmup = std::chrono::milliseconds{30};
    const RunResult result = run_workload(spec, target);
    // One that was under way when counting began may belong to either side.
    CHECK(result.tally.total().operations >= 99);
    CHECK(result.tally.total().operations <= 101);
    CHECK(target.gets > result.tally.total().operations + 1);
}

TEST_CASE("an open loop warms up too") {
    FakeTarget target;
    RunSpec spec = spec_of("get=1", 50);
    spec.rate = RateSpec{2000, 2000};
    spec.warmup = std::chrono::milliseconds{20};
    const RunResult result = run_workload(spec, target);
    const std::uint64_t counted = result.tally.total().operations;
    // Forty arrive during the warm-up; those at its very end may belong to either side.
    CHECK(counted >= 40);
    CHECK(counted <= 60);
    CHECK(target.gets >= counted + 30);
}

TEST_CASE("intervals together are the whole") {
    FakeTarget target;
    target.delay = std::chrono::microseconds{50};
    RunSpec spec = spec_of("get=1", 0, 2);
    spec.duration = std::chrono::milliseconds{120};
    spec.interval = std::chrono::milliseconds{20};
    std::uint64_t calls = 0;
    std::uint64_t lines = 0;
    spec.on_interval = [&](const IntervalFigures& figures) {
        calls += figures.calls.service.total();
        ++lines;
        CHECK(figures.seconds >= 0.02);
    };
    const RunResult result = run_workload(spec, target);
    CHECK(lines >= 1);
    CHECK(calls > 0);
    CHECK(calls <= result.tally.total().service.total());
    CHECK(result.tally.total().service.total() == target.gets);
}

TEST_CASE("what runs beside a workload goes on as long as it does, and is counted apart") {
    FakeTarget target;
    target.delay = std::chrono::microseconds{20};
    RunSpec spec = spec_of("get=1", 500);
    spec.beside = spec.workload;
    spec.beside->mix = test::must(parse_mix("put=1"));
    spec.beside_threads = 1;
    const RunResult result = run_workload(spec, target);
    CHECK(result.tally.total().operations == 500);
    CHECK(result.tally.find(OperationKind::put) == nullptr);
    CHECK(result.beside.total().operations == target.puts);
    CHECK(target.puts > 0);
}

TEST_CASE("an open loop counts the wait behind slow operations, and late arrivals") {
    FakeTarget target;
    target.delay = std::chrono::milliseconds{2};
    RunSpec spec = spec_of("get=1", 100);
    spec.rate = RateSpec{2000, 2000};
    const RunResult result = run_workload(spec, target);
    const KindTally total = result.tally.total();
    REQUIRE(total.response.total() == 100);
    // An operation takes 2 ms and one arrives every 0.5 ms: operation i begins at 2 i or later,
    // while it should begin at i / 2.
    CHECK(result.tally.late >= 98);
    CHECK(result.tally.skipped == 0);
    CHECK(total.service.quantile(0) >= 2'000'000);
    CHECK(total.response.max() >= 99 * 1'500'000);
    CHECK(total.response.quantile(0.5) >= 49 * 1'500'000);
    CHECK(total.service.quantile(0.5) < total.response.quantile(0.5));
}

TEST_CASE("a fast target of an open loop keeps the times of the schedule") {
    FakeTarget target;
    RunSpec spec = spec_of("get=1", 200, 2);
    spec.rate = RateSpec{5000, 5000};
    const RunResult result = run_workload(spec, target);
    // The last one should begin 199 * 0.2 ms after the start, and never does before.
    CHECK(result.seconds >= 0.0398);
    CHECK(result.tally.total().response.total() == 200);
    CHECK(result.tally.total().response.mean() >= result.tally.total().service.mean());
}

TEST_CASE("arrivals beyond the limit are skipped and counted") {
    FakeTarget target;
    target.delay = std::chrono::milliseconds{2};
    RunSpec spec = spec_of("get=1", 200);
    spec.rate = RateSpec{5000, 5000};
    spec.max_in_flight = 10;
    const RunResult result = run_workload(spec, target);
    const KindTally total = result.tally.total();
    // Ten arrive while one is served.
    CHECK(result.tally.skipped > 100);
    CHECK(result.tally.skipped + total.operations == 200);
    // Whoever is served has waited for the ten before it at most.
    CHECK(total.response.quantile(0) < total.response.max() + 1);
    CHECK(target.gets == total.operations);
}

}  // namespace strata::tools
