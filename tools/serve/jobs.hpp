// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// Work that takes longer than a request should: flush, compact, check.
namespace strata::tools {

enum class JobState : std::uint8_t { queued, running, done, failed, cancelled };

[[nodiscard]] std::string_view job_state_name(JobState state) noexcept;

/// A job as it was at one moment.
struct JobInfo {
    std::uint64_t id = 0;
    std::string_view kind{};  ///< static text
    JobState state = JobState::queued;
    std::uint64_t done = 0;         ///< bytes; 0 of 0: the kind does not tell
    std::uint64_t total = 0;        ///< bytes
    std::uint64_t created_ms = 0;   ///< since 1970
    std::uint64_t finished_ms = 0;  ///< since 1970; 0: not yet
    std::string result{};           ///< of a done job: a JSON object
    std::optional<Error> error{};   ///< of a failed one
};

/// Told by the work of a job while it runs.
struct JobProgress {
    std::atomic<std::uint64_t> done{0};
    std::atomic<std::uint64_t> total{0};
};

/// Jobs of one kind run one after the other on a thread of their own, those of different kinds side
/// by side. Thread-safe.
class Jobs {
  public:
    /// Yields a JSON object for JobInfo::result.
    using Work = std::function<Result<std::string>(JobProgress&)>;

    Jobs() = default;
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;
    /// Stops.
    ~Jobs() { stop(); }

    /// Queues work and returns the number of its job. busy when too many of this kind wait, closed
    /// after stop(). `kind` is static text, one of a few.
    Result<std::uint64_t> start(std::string_view kind, Work work);

    /// Empty when there is no such job, or so many came after it that it is forgotten.
    [[nodiscard]] std::optional<JobInfo> find(std::uint64_t id) const;
    /// Newest first.
    [[nodiscard]] std::vector<JobInfo> list() const;
    /// Until the job has ended, which it then says; empty when there is no such job.
    [[nodiscard]] std::optional<JobInfo> wait(std::uint64_t id) const;
    /// A queued job is dropped; one that runs or has ended is not touched. What it is afterwards.
    std::optional<JobInfo> cancel(std::uint64_t id);

    /// Drops what is queued and waits for what runs; a closed store makes that end soon.
    void stop();

  private:
    struct Job;
    struct Lane {
        std::deque<std::shared_ptr<Job>> queue;
        std::thread thread;
    };

    void run(Lane& lane);
    void forget_old();
    [[nodiscard]] std::shared_ptr<Job> find_locked(std::uint64_t id) const;

    static constexpr std::size_t queued_max = 8;  // of one kind
    static constexpr std::size_t kept_max = 100;

    mutable std::mutex mutex_;  // guards all below
    mutable std::condition_variable changed_;
    std::map<std::string_view, Lane> lanes_;
    std::deque<std::shared_ptr<Job>> jobs_;  // oldest first
    std::uint64_t last_id_ = 0;
    bool stopping_ = false;
};

}  // namespace strata::tools
