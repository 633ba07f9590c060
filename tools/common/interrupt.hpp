// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

/// Ctrl-C. Long work asks interrupted() now and then and stops by itself.
namespace strata::tools {

enum class InterruptMode : unsigned char {
    /// The first Ctrl-C asks the work to stop, a second one ends the program with status 130.
    stop_work,
    /// Ctrl-C only asks; the program lives on.
    ask_only,
};

/// Handles SIGINT from now on, for the whole process.
void handle_interrupt(InterruptMode mode) noexcept;

/// Treats the end of `duration` from now like Ctrl-C, but for the status: 124. Once per process.
void start_timeout(std::chrono::microseconds duration) noexcept;
[[nodiscard]] bool timed_out() noexcept;
/// The exit status that says why work was stopped: 130 or 124.
[[nodiscard]] int interrupt_status() noexcept;

/// True once Ctrl-C was pressed or time ran out.
[[nodiscard]] bool interrupted() noexcept;
void clear_interrupt() noexcept;

/// While one exists, under stop_work, Ctrl-C ends the program at once: for calls that cannot be
/// asked to stop, and after which a store recovers as after any other kill.
class InterruptEndsProgram {
  public:
    InterruptEndsProgram() noexcept;
    InterruptEndsProgram(const InterruptEndsProgram&) = delete;
    InterruptEndsProgram& operator=(const InterruptEndsProgram&) = delete;
    ~InterruptEndsProgram();
};

}  // namespace strata::tools
