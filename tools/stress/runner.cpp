// SPDX-License-Identifier: Apache-2.0
#include "stress/runner.hpp"

#include "common/process_facts.hpp"
#include "stress/worker.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

namespace strata::tools {
namespace {

using Clock = std::chrono::steady_clock;

/// One run: its threads, and the watch over them.
class Run {
  public:
    Run(const RunSpec& spec, Target& target) : spec_{spec}, target_{target} {
        if (spec.rate) {
            arrivals_.emplace(Schedule{*spec.rate, ramp_seconds()});
            if (spec.operations != 0) {
                arrivals_->operations = spec.operations + warmup_arrivals();
            }
            arrivals_->max_in_flight = spec.max_in_flight;
        }
        const std::uint64_t seed = spec.seed;
        for (unsigned thread = 0; thread < spec.threads; ++thread) {
            RunWorker::Setup setup{&spec.workload, seed, {thread, spec.threads}, spec.batch};
            setup.warms_up = spec.warmup.count() > 0;
            if (spec.operations != 0 && !spec.rate) {
                setup.operations = spec.operations / spec.threads +
                                   (thread < spec.operations % spec.threads ? 1 : 0);
            }
            setup.arrivals = arrivals_ ? &*arrivals_ : nullptr;
            workers_.push_back(std::make_unique<RunWorker>(setup, target_, control_));
        }
        for (unsigned thread = 0; spec.beside && thread < spec.beside_threads; ++thread) {
            RunWorker::Setup setup{&*spec.beside, mix_bits(seed), {thread, spec.beside_threads}};
            setup.warms_up = spec.warmup.count() > 0;
            workers_.push_back(std::make_unique<RunWorker>(setup, target_, control_));
        }
    }

    RunResult run() {
        if (arrivals_) {
            arrivals_->start = steady_now();
        }
        begin_counting();
        for (const auto& worker : workers_) {
            threads_.emplace_back([&worker = *worker] { worker.run(); });
        }
        watch();
        return finish();
    }

  private:
    [[nodiscard]] double ramp_seconds() const {
        return spec_.duration.count() > 0 ? std::chrono::duration<double>(spec_.duration).count()
                                          : Schedule::seconds_for(*spec_.rate, spec_.operations);
    }

    [[nodiscard]] std::uint64_t warmup_arrivals() const {
        const auto time = std::chrono::nanoseconds{spec_.warmup}.count();
        return time == 0 ? 0 : arrivals_->schedule.due_by(static_cast<std::uint64_t>(time));
    }

    void begin_counting() {
        begin_ = Clock::now();
        interval_begin_ = begin_;
        second_begin_ = begin_;
        cpu_begin_ = cpu_seconds();
    }

    [[nodiscard]] std::uint64_t done() const {
        std::uint64_t sum = 0;
        for (unsigned thread = 0; thread < spec_.threads; ++thread) {
            sum += workers_[thread]->done();
        }
        return sum;
    }

    /// Under the mutex: whether the workload itself, not what runs beside it, is over.
    [[nodiscard]] bool workload_finished() const {
        return std::all_of(workers_.begin(), workers_.begin() + spec_.threads,
                           [](const auto& worker) { return worker->finished(); });
    }

    /// Waits until `time` or the end of the workload; true at the end.
    bool wait_until(Clock::time_point time) {
        std::unique_lock lock{control_.mutex};
        return control_.changed.wait_until(lock, time, [this] { return workload_finished(); });
    }

    void warm_up() {
        const auto end = begin_ + spec_.warmup;
        while (Clock::now() < end && reason().empty() &&
               !wait_until(std::min(end, Clock::now() + pause))) {
        }
        control_.next_epoch();
        begin_counting();
    }

    std::string reason() {
        if (result_.stopped.empty() && spec_.stop_reason) {
            result_.stopped = spec_.stop_reason(done());
        }
        return result_.stopped;
    }

    void watch() {
        if (spec_.warmup.count() > 0) {
            warm_up();
        }
        const bool limited = spec_.duration.count() > 0;
        const auto end = begin_ + spec_.duration;
        while (true) {
            auto next = std::min(Clock::now() + pause, second_begin_ + second);
            if (spec_.interval.count() > 0) {
                next = std::min(next, interval_begin_ + spec_.interval);
            }
            if (wait_until(limited ? std::min(next, end) : next)) {
                break;
            }
            if ((limited && Clock::now() >= end) || !reason().empty()) {
                break;
            }
            look();
        }
        result_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
        result_.cpu_seconds = cpu_seconds() - cpu_begin_;
        control_.stop();
    }

    /// Closes the second and the interval that are over.
    void look() {
        const auto now = Clock::now();
        if (now - second_begin_ >= second) {
            const std::uint64_t done_now = done();
            const double part = std::chrono::duration<double>(now - second_begin_).count();
            const auto rate =
                static_cast<std::uint64_t>(static_cast<double>(done_now - second_done_) / part);
            result_.worst_second = std::min(result_.worst_second.value_or(rate), rate);
            second_begin_ = now;
            second_done_ = done_now;
            ++seconds_;
        }
        if (spec_.interval.count() > 0 && now - interval_begin_ >= spec_.interval) {
            end_interval(now);
        }
    }

    void end_interval(Clock::time_point now) {
        control_.next_epoch();
        const std::uint64_t word = control_.word();
        RunTally tally;
        {
            // A worker inside a slow operation publishes later; its calls belong to the interval
            // in which they end.
            std::unique_lock lock{control_.mutex};
            control_.changed.wait_for(lock, pause, [&] {
                return std::all_of(workers_.begin(), workers_.end(),
                                   [word](const auto& worker) { return worker->published(word); });
            });
            collect(tally);
        }
        const std::uint64_t done_now = done();
        IntervalFigures figures;
        figures.end_seconds = std::chrono::duration<double>(now - begin_).count();
        figures.seconds = std::chrono::duration<double>(now - interval_begin_).count();
        figures.operations = done_now - interval_done_;
        figures.calls = tally.total();
        figures.nanoseconds_per_tick = nanoseconds_per_tick();
        interval_begin_ = now;
        interval_done_ = done_now;
        result_.tally.merge(tally);
        if (spec_.on_interval) {
            spec_.on_interval(figures);
        }
    }

    /// Under the mutex. What runs beside goes straight to its own tally.
    void collect(RunTally& tally) {
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            workers_[i]->collect(i < spec_.threads ? tally : result_.beside);
        }
    }

    [[nodiscard]] double nanoseconds_per_tick() const {
        return spec_.rate ? 1.0 : rate_.nanoseconds_per_tick();
    }

    RunResult finish() {
        for (std::thread& thread : threads_) {
            thread.join();
        }
        {
            const std::lock_guard lock{control_.mutex};
            collect(result_.tally);
        }
        result_.error = control_.take_error();
        result_.nanoseconds_per_tick = nanoseconds_per_tick();
        result_.beside_nanoseconds_per_tick = rate_.nanoseconds_per_tick();
        if (seconds_ < 2) {
            result_.worst_second.reset();
        }
        return std::move(result_);
    }

    static constexpr std::chrono::milliseconds pause{100};
    static constexpr std::chrono::seconds second{1};

    const RunSpec& spec_;
    Target& target_;
    TickRate rate_;
    RunControl control_;
    std::optional<Arrivals> arrivals_;
    std::vector<std::unique_ptr<RunWorker>> workers_;
    std::vector<std::thread> threads_;

    Clock::time_point begin_;
    Clock::time_point interval_begin_;
    std::uint64_t interval_done_ = 0;
    Clock::time_point second_begin_;
    std::uint64_t second_done_ = 0;
    std::uint64_t seconds_ = 0;
    double cpu_begin_ = 0;
    RunResult result_;
};

}  // namespace

RunResult run_workload(const RunSpec& spec, Target& target) { return Run{spec, target}.run(); }

}  // namespace strata::tools
