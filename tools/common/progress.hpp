// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

/// How far long work is, in one line that is rewritten in place; only on a terminal.
namespace strata::tools {

class Progress {
  public:
    /// `what` begins the line: "import". Silent unless `shown` and the output is a terminal.
    Progress(Output& output, std::string what, bool shown);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Takes the line away.
    ~Progress() { clear(); }

    /// Says how many things are done and bytes read, of `bytes_total` when that is known (not 0).
    /// Cheap enough to call for each record.
    void update(std::uint64_t count, std::uint64_t bytes, std::uint64_t bytes_total = 0) {
        if (active_ && (count & 0xff) == 0) {
            show(count, bytes, bytes_total);
        }
    }
    /// The same where only bytes are counted; to be called for every few MiB.
    void update_bytes(std::uint64_t bytes, std::uint64_t bytes_total) {
        if (active_) {
            show({}, bytes, bytes_total);
        }
    }
    /// Shows other words behind `what`; the caller sees to it that it does so some times a second.
    void show_text(const std::string& text);
    void clear();

  private:
    void show(std::optional<std::uint64_t> count, std::uint64_t bytes, std::uint64_t bytes_total);

    Output& output_;
    std::string what_;
    bool active_;
    bool visible_ = false;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace strata::tools
