// SPDX-License-Identifier: Apache-2.0
#include "common/interrupt.hpp"

#include "common/exit_codes.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>

namespace strata::tools {
namespace {

// A signal handler can reach nothing but global state.
std::atomic<bool> asked{false};
std::atomic<bool> ends_program{false};
std::atomic<InterruptMode> current_mode{InterruptMode::stop_work};
std::atomic<bool> time_is_up{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_interrupt(int /*signal*/) {
    if (current_mode == InterruptMode::stop_work && (asked || ends_program)) {
        ::_exit(exit_interrupted);
    }
    asked = true;
}

extern "C" void on_timeout(int /*signal*/) {
    // The timer comes again: work that did not stop by then is ended.
    if (time_is_up || ends_program) {
        ::_exit(exit_timeout);
    }
    time_is_up = true;
}

}  // namespace

void handle_interrupt(InterruptMode mode) noexcept {
    current_mode = mode;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a read that waits for input must notice.
    ::sigaction(SIGINT, &action, nullptr);
}

void start_timeout(std::chrono::microseconds duration) noexcept {
    struct sigaction action {};
    action.sa_handler = on_timeout;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGALRM, &action, nullptr);
    const auto part = [](std::chrono::microseconds time) {
        constexpr std::int64_t second = 1'000'000;
        return timeval{time.count() / second, time.count() % second};
    };
    constexpr std::chrono::seconds grace{1};
    itimerval timer{};
    timer.it_value = part(std::max(duration, std::chrono::microseconds{1}));
    timer.it_interval = part(grace);
    ::setitimer(ITIMER_REAL, &timer, nullptr);
}

bool timed_out() noexcept { return time_is_up; }
int interrupt_status() noexcept { return time_is_up ? exit_timeout : exit_interrupted; }

bool interrupted() noexcept { return asked || time_is_up; }
void clear_interrupt() noexcept { asked = false; }

InterruptEndsProgram::InterruptEndsProgram() noexcept { ends_program = true; }
InterruptEndsProgram::~InterruptEndsProgram() { ends_program = false; }

}  // namespace strata::tools
