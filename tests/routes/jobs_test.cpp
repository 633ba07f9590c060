// SPDX-License-Identifier: Apache-2.0
// Proves the order of jobs, what may be cancelled and when they are refused, with work that waits
// for a gate of the test.
#include "serve/jobs.hpp"
#include "common/error.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <string>

namespace strata::tools {
namespace {

using test::must;
using test::must_fail;

// Work stops at it until it is opened.
class Gate {
  public:
    void pass() {
        std::unique_lock lock{mutex_};
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void open() {
        const std::lock_guard lock{mutex_};
        open_ = true;
        changed_.notify_all();
    }
    void await_arrivals(int count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this, count] { return arrived_ >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool open_ = false;
};

Jobs::Work work_at(Gate& gate, const std::string& result) {
    return [&gate, result](JobProgress& progress) -> Result<std::string> {
        progress.total = 10;
        progress.done = 5;
        gate.pass();
        return result;
    };
}

TEST_CASE("a job tells where it is, and its result when it has ended") {
    Gate gate;
    Jobs jobs;
    const std::uint64_t id = must(jobs.start("flush", work_at(gate, "{\"n\":1}")));
    gate.await_arrivals(1);
    CHECK(jobs.find(id)->state == JobState::running);
    CHECK(jobs.find(id)->done == 5);
    CHECK(jobs.find(id)->total == 10);
    CHECK(jobs.find(id)->finished_ms == 0);
    gate.open();
    const auto ended = jobs.wait(id);
    REQUIRE(ended);
    CHECK(ended->state == JobState::done);
    CHECK(ended->result == "{\"n\":1}");
    CHECK(ended->finished_ms >= ended->created_ms);
    CHECK(!jobs.find(id + 1));
    CHECK(!jobs.wait(id + 1));
    CHECK(!jobs.cancel(id + 1));
}

TEST_CASE("a job that fails keeps its error") {
    Jobs jobs;
    const std::uint64_t id = must(jobs.start("check", [](JobProgress&) -> Result<std::string> {
        return fail(ErrorCode::io, "the disk is gone");
    }));
    const auto ended = jobs.wait(id);
    REQUIRE(ended);
    CHECK(ended->state == JobState::failed);
    REQUIRE(ended->error);
    CHECK(ended->error->message == "the disk is gone");
}

TEST_CASE("jobs of a kind wait for each other, those of other kinds do not") {
    Gate gate;
    Jobs jobs;
    const std::uint64_t first = must(jobs.start("flush", work_at(gate, "1")));
    const std::uint64_t second = must(jobs.start("flush", work_at(gate, "2")));
    const std::uint64_t other = must(jobs.start("compact", work_at(gate, "3")));
    gate.await_arrivals(2);
    CHECK(jobs.find(first)->state == JobState::running);
    CHECK(jobs.find(second)->state == JobState::queued);
    CHECK(jobs.find(other)->state == JobState::running);
    CHECK(jobs.list().front().id == other);
    CHECK(jobs.list().size() == 3);
    gate.open();
    CHECK(jobs.wait(second)->result == "2");
    CHECK(jobs.wait(other)->result == "3");
}

TEST_CASE("only a job that waits can be cancelled") {
    Gate gate;
    Jobs jobs;
    const std::uint64_t first = must(jobs.start("flush", work_at(gate, "1")));
    const std::uint64_t second = must(jobs.start("flush", work_at(gate, "2")));
    gate.await_arrivals(1);
    CHECK(jobs.cancel(first)->state == JobState::running);
    CHECK(jobs.cancel(second)->state == JobState::cancelled);
    gate.open();
    CHECK(jobs.wait(first)->state == JobState::done);
    CHECK(jobs.wait(second)->state == JobState::cancelled);
    CHECK(jobs.cancel(first)->state == JobState::done);
}

TEST_CASE("too many jobs of a kind are refused; old ones are forgotten") {
    Gate gate;
    Jobs jobs;
    const std::uint64_t first = must(jobs.start("flush", work_at(gate, "1")));
    gate.await_arrivals(1);
    for (int i = 0; i < 8; ++i) {
        must(jobs.start("flush", work_at(gate, "1")));
    }
    CHECK(must_fail(jobs.start("flush", work_at(gate, "1"))).code == ErrorCode::busy);
    must(jobs.start("compact", work_at(gate, "1")));
    gate.open();
    for (int i = 0; i < 120; ++i) {
        REQUIRE(jobs.wait(must(jobs.start("check", work_at(gate, "1")))));
    }
    CHECK(!jobs.find(first));
    CHECK(jobs.list().size() <= 101);
}

TEST_CASE("stopping drops what waits and finishes what runs") {
    Gate gate;
    Jobs jobs;
    const std::uint64_t first = must(jobs.start("flush", work_at(gate, "1")));
    const std::uint64_t second = must(jobs.start("flush", work_at(gate, "2")));
    gate.await_arrivals(1);
    gate.open();
    jobs.stop();
    CHECK(jobs.find(first)->state == JobState::done);
    const JobState state = jobs.find(second)->state;
    CHECK((state == JobState::cancelled || state == JobState::done));
    CHECK(must_fail(jobs.start("flush", work_at(gate, "3"))).code == ErrorCode::closed);
}

}  // namespace
}  // namespace strata::tools
