// SPDX-License-Identifier: Apache-2.0
#include "common/progress.hpp"

#include "common/terminal.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::tools {

Progress::Progress(Output& output, std::string what, bool shown)
    : output_{output},
      what_{std::move(what)},
      active_{shown && is_terminal(output.descriptor())},
      start_{std::chrono::steady_clock::now()},
      last_{start_} {}

void Progress::show(std::optional<std::uint64_t> count, std::uint64_t bytes,
                    std::uint64_t bytes_total) {
    constexpr std::chrono::milliseconds pause{100};
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < pause) {
        return;
    }
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::string line;
    if (count) {
        line += count_text(*count) + " records, ";
    }
    line += size_text(bytes);
    if (bytes_total != 0) {
        line += fmt::format(" of {} ({}%)", size_text(bytes_total),
                            std::min<std::uint64_t>(bytes * 100 / bytes_total, 100));
    }
    line += fmt::format(
        ", {}/s", size_text(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)));
    show_text(line);
}

void Progress::show_text(const std::string& text) {
    if (active_) {
        output_.write("\r" + what_ + ": " + text + "\x1b[K");
        output_.flush();
        visible_ = true;
    }
}

void Progress::clear() {
    if (visible_) {
        output_.write("\r\x1b[K");
        output_.flush();
        visible_ = false;
    }
}

}  // namespace strata::tools
