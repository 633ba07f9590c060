// SPDX-License-Identifier: Apache-2.0
#include "serve/jobs.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace strata::tools {
namespace {

std::uint64_t now_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

bool has_ended(JobState state) noexcept {
    return state != JobState::queued && state != JobState::running;
}

}  // namespace

struct Jobs::Job {
    JobInfo info;
    JobProgress progress;
    Work work;

    [[nodiscard]] JobInfo now() const {
        JobInfo shown = info;
        shown.done = progress.done.load(std::memory_order_relaxed);
        shown.total = progress.total.load(std::memory_order_relaxed);
        return shown;
    }
};

std::string_view job_state_name(JobState state) noexcept {
    switch (state) {
        case JobState::queued:
            return "queued";
        case JobState::running:
            return "running";
        case JobState::done:
            return "done";
        case JobState::failed:
            return "failed";
        case JobState::cancelled:
            return "cancelled";
    }
    return "failed";
}

Result<std::uint64_t> Jobs::start(std::string_view kind, Work work) {
    const std::lock_guard lock{mutex_};
    if (stopping_) {
        return fail(ErrorCode::closed, "{}: the server is stopping", kind);
    }
    Lane& lane = lanes_[kind];
    if (lane.queue.size() >= queued_max) {
        return fail(ErrorCode::busy, "{}: {} jobs of this kind are waiting already", kind,
                    lane.queue.size());
    }
    auto job = std::make_shared<Job>();
    job->info.id = ++last_id_;
    job->info.kind = kind;
    job->info.created_ms = now_ms();
    job->work = std::move(work);
    jobs_.push_back(job);
    lane.queue.push_back(std::move(job));
    forget_old();
    if (!lane.thread.joinable()) {
        lane.thread = std::thread{[this, &lane] { run(lane); }};
    }
    changed_.notify_all();
    return last_id_;
}

void Jobs::run(Lane& lane) {
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this, &lane] { return stopping_ || !lane.queue.empty(); });
        if (lane.queue.empty()) {
            return;
        }
        const std::shared_ptr<Job> job = std::move(lane.queue.front());
        lane.queue.pop_front();
        job->info.state = JobState::running;
        changed_.notify_all();
        lock.unlock();
        auto result = job->work(job->progress);
        lock.lock();
        if (result) {
            job->info.result = result.take_value();
            job->info.state = JobState::done;
        } else {
            job->info.error = result.take_error();
            job->info.state = JobState::failed;
        }
        job->work = nullptr;
        job->info.finished_ms = now_ms();
        changed_.notify_all();
    }
}

// Only jobs that have ended are forgotten; those that have not are few.
void Jobs::forget_old() {
    auto job = jobs_.begin();
    while (jobs_.size() > kept_max && job != jobs_.end()) {
        job = has_ended((*job)->info.state) ? jobs_.erase(job) : job + 1;
    }
}

std::shared_ptr<Jobs::Job> Jobs::find_locked(std::uint64_t id) const {
    const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                    [id](const auto& job) { return job->info.id == id; });
    return found == jobs_.end() ? nullptr : *found;
}

std::optional<JobInfo> Jobs::find(std::uint64_t id) const {
    const std::lock_guard lock{mutex_};
    const auto job = find_locked(id);
    return job == nullptr ? std::nullopt : std::optional{job->now()};
}

std::vector<JobInfo> Jobs::list() const {
    const std::lock_guard lock{mutex_};
    std::vector<JobInfo> infos;
    infos.reserve(jobs_.size());
    for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) {
        infos.push_back((*job)->now());
    }
    return infos;
}

std::optional<JobInfo> Jobs::wait(std::uint64_t id) const {
    std::unique_lock lock{mutex_};
    const auto job = find_locked(id);
    if (job == nullptr) {
        return std::nullopt;
    }
    changed_.wait(lock, [&job] { return has_ended(job->info.state); });
    return job->now();
}

std::optional<JobInfo> Jobs::cancel(std::uint64_t id) {
    const std::lock_guard lock{mutex_};
    const auto job = find_locked(id);
    if (job == nullptr) {
        return std::nullopt;
    }
    if (job->info.state == JobState::queued) {
        auto& queue = lanes_[job->info.kind].queue;
        queue.erase(std::remove(queue.begin(), queue.end(), job), queue.end());
        job->info.state = JobState::cancelled;
        job->info.finished_ms = now_ms();
        job->work = nullptr;
        changed_.notify_all();
    }
    return job->now();
}

void Jobs::stop() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        for (auto& [kind, lane] : lanes_) {
            for (const auto& job : lane.queue) {
                job->info.state = JobState::cancelled;
                job->info.finished_ms = now_ms();
                job->work = nullptr;
            }
            lane.queue.clear();
            if (lane.thread.joinable()) {
                threads.push_back(std::move(lane.thread));
            }
        }
        changed_.notify_all();
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace strata::tools
