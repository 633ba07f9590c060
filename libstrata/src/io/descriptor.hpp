// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>
#include <utility>

#include <unistd.h>

namespace strata {

/// Owns a file descriptor and closes it. close() reports nothing of use here: whoever wrote has
/// synced before.
class Descriptor {
  public:
    explicit Descriptor(int number) noexcept : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
    /// Gives it to who closes it from now on.
    int release() noexcept { return std::exchange(number_, -1); }

  private:
    int number_;
};

/// Repeats a call that a signal interrupted before it did anything. Not for fdatasync and fsync:
/// whether an interrupted one has already consumed a write-back error is unknown.
template <typename Call>
auto retry_interrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result != -1 || errno != EINTR) {
            return result;
        }
    }
}

/// open(2); on failure the result is not open, and errno says why. A store of many tables needs
/// more descriptors than the 1024 that a process has by custom: when they are used up, the soft
/// limit of the process is doubled, up to the hard one, which is the administrator's.
[[nodiscard]] Descriptor open_descriptor(const std::string& path, int flags);

}  // namespace strata
