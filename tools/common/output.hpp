// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstddef>
#include <functional>
#include <string>

/// Where a program's results or messages go: a descriptor, behind a buffer, or a string.
namespace strata::tools {

class Output {
  public:
    /// Writes to a descriptor that it does not own.
    explicit Output(int descriptor) : descriptor_{descriptor} {}
    /// Appends to a string.
    explicit Output(std::string& target) : target_{&target} {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    /// Flushes.
    ~Output() { flush(); }

    void write(Bytes bytes);

    /// The buffer itself, for those who append in small pieces; call flush_if_full() after each
    /// record.
    [[nodiscard]] std::string& buffer() noexcept { return target_ != nullptr ? *target_ : buffer_; }
    void flush_if_full() {
        if (target_ == nullptr && (buffer_.size() >= flush_size || overflow_)) {
            flush();
        }
    }

    void flush();

    /// Holds everything back until it would fill more than a screen of `rows` lines of `columns`
    /// columns; then `overflow` is asked, once, for the descriptor to write to instead: a pager's.
    /// Until release(), which writes what is still held.
    void hold(std::size_t rows, std::size_t columns, std::function<int()> overflow);
    void release();
    /// Writes to `descriptor` again after a pager, whose end is no failure.
    void restore(int descriptor) noexcept {
        descriptor_ = descriptor;
        failure_ = 0;
    }

    /// True for ever once a write failed: the reader of a pipe has gone, or the disk is full. What
    /// is written later is dropped.
    [[nodiscard]] bool failed() const noexcept { return failure_ != 0; }
    /// errno of the first failure, or 0.
    [[nodiscard]] int failure() const noexcept { return failure_; }

    /// The descriptor, or -1 for a string.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  private:
    [[nodiscard]] bool fills_screen() const;

    static constexpr std::size_t flush_size = std::size_t{64} << 10;

    int descriptor_ = -1;
    std::string* target_ = nullptr;
    std::string buffer_;
    int failure_ = 0;

    std::function<int()> overflow_;  // set: holding back
    std::size_t hold_rows_ = 0;
    std::size_t hold_columns_ = 0;
};

/// Writes all of `bytes`, whatever interrupts; 0, or errno.
[[nodiscard]] int write_all(int descriptor, Bytes bytes) noexcept;

}  // namespace strata::tools
