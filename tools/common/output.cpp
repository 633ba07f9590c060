// SPDX-License-Identifier: Apache-2.0
#include "common/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace strata::tools {

int write_all(int descriptor, Bytes bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

void Output::write(Bytes bytes) {
    buffer() += bytes;
    flush_if_full();
}

void Output::flush() {
    if (target_ != nullptr || (overflow_ && !fills_screen())) {
        return;
    }
    if (overflow_) {
        descriptor_ = overflow_();
        overflow_ = nullptr;
    }
    if (failure_ == 0) {
        failure_ = write_all(descriptor_, buffer_);
    }
    buffer_.clear();
}

void Output::hold(std::size_t rows, std::size_t columns, std::function<int()> overflow) {
    flush();
    hold_rows_ = rows;
    hold_columns_ = columns;
    overflow_ = std::move(overflow);
}

void Output::release() {
    // More than a screen may have come in one piece.
    flush();
    overflow_ = nullptr;
    flush();
}

bool Output::fills_screen() const {
    std::size_t rows = 0;
    std::size_t begin = 0;
    while (begin < buffer_.size() && rows < hold_rows_) {
        const std::size_t end = std::min(buffer_.find('\n', begin), buffer_.size());
        rows += 1 + (end - begin) / (hold_columns_ + 1);
        begin = end + 1;
    }
    return rows >= hold_rows_;
}

}  // namespace strata::tools
