// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace strata {

/// What must hold of a key for a conditional batch to be written.
struct Condition {
    struct Absent {};
    struct Present {};
    struct AtSequence {
        Sequence sequence;  ///< the newest version has exactly this sequence
    };
    struct HasValue {
        std::string value;  ///< the newest version has exactly these bytes
    };
    using Test = std::variant<Absent, Present, AtSequence, HasValue>;

    std::string key;
    Test test;
};

/// Operations that are written together: wholly there or not at all, also after a crash. They
/// apply in order, so that the last of two operations on one key wins. A batch is kept in its
/// encoded form, the same that the log holds (strata-wal(5)). Not thread-safe; may be cleared
/// and used again.
class Batch {
  public:
    /// Adds an operation. Refused with invalid_argument, leaving the batch as it was, when the
    /// key is empty or longer than key_size_max, the value longer than value_size_max, or the
    /// whole batch would pass batch_size_max.
    Status put(Bytes key, Bytes value);
    Status del(Bytes key);

    /// Adds a condition. The batch is written only if every condition holds at its place in the
    /// commit order; otherwise write() returns conflict and nothing is written.
    Status require(Bytes key, Condition::Test test);

    void clear() noexcept;

    [[nodiscard]] bool empty() const noexcept { return operations_ == 0; }
    [[nodiscard]] std::uint32_t operations() const noexcept { return operations_; }
    [[nodiscard]] Bytes encoded() const noexcept { return encoded_; }
    [[nodiscard]] const std::vector<Condition>& conditions() const noexcept { return conditions_; }

  private:
    Status add(std::uint8_t kind, Bytes key, Bytes value);

    std::string encoded_;
    std::vector<Condition> conditions_;
    std::uint32_t operations_ = 0;
};

}  // namespace strata
