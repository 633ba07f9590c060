// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/dice.hpp"

#include <strata/store.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Keys that all threads of a verification write. Which of two writes comes first is for the store
/// to say, so the values cannot be foretold; what is proved is
///   - that every value read was written: by the thread it names, which had begun that write;
///   - that batches are whole in every view: a group is always written by one batch, and all its
///     keys show the same write, with sequences in the order of the batch;
///   - that no reader ever goes back: the sequence of a group only grows from one read to the next;
///   - that in the end each group holds the write that was given the greatest sequence.
namespace strata::tools {

inline constexpr std::size_t shared_groups = 16;
inline constexpr std::size_t shared_group_keys = 4;
inline constexpr std::string_view shared_prefix = "shared/";

/// What all threads know of each other: how many writes each has begun.
class SharedBoard {
  public:
    explicit SharedBoard(std::size_t threads) : begun_(threads) {}

    [[nodiscard]] std::size_t threads() const noexcept { return begun_.size(); }
    std::uint64_t begin(std::size_t thread) { return begun_[thread].fetch_add(1) + 1; }
    [[nodiscard]] std::uint64_t begun(std::size_t thread) const { return begun_[thread].load(); }

  private:
    std::vector<std::atomic<std::uint64_t>> begun_;
};

/// One thread's part in it.
class SharedUser {
  public:
    SharedUser(SharedBoard& board, std::size_t thread, std::uint64_t seed)
        : board_{board}, thread_{thread}, dice_{seed} {}

    /// Writes a group, or reads one; empty when all was well.
    std::string step(Store& store);

    /// The greatest sequence a write of this thread to the group was given, and its number.
    struct Written {
        Sequence sequence = 0;
        std::uint64_t number = 0;
    };
    [[nodiscard]] const Written& written(std::size_t group) const { return written_[group]; }

  private:
    std::string write(Store& store, std::size_t group);
    std::string read(Store& store, std::size_t group);

    SharedBoard& board_;
    std::size_t thread_;
    Dice dice_;
    std::array<Written, shared_groups> written_{};
    std::array<Sequence, shared_groups> seen_{};
};

/// Holds the groups against what the threads wrote last, when all of them are done.
[[nodiscard]] std::string check_shared(Store& store, const std::vector<SharedUser*>& users);

}  // namespace strata::tools
