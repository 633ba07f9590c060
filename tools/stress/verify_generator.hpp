// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/dice.hpp"
#include "stress/verify_operation.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::tools {

struct GeneratorSpec {
    std::uint64_t seed = 0;
    std::string slice{};        ///< every key begins with it
    std::uint64_t keys = 1000;  ///< how many different keys are written
    std::size_t block_size = 4096;
    std::optional<SyncMode> sync{};  ///< unset: every write chooses one
    bool reopens = true;             ///< with reopen, kill, read_only and check
};

/// Random operations of every kind: a function of its specification alone, never of what a store
/// answers, so that a seed repeats them.
class OperationGenerator {
  public:
    explicit OperationGenerator(GeneratorSpec spec);

    Operation next();

    [[nodiscard]] const std::vector<std::string>& keys() const noexcept { return keys_; }

  private:
    [[nodiscard]] std::string make_key();
    [[nodiscard]] std::string make_value();
    const std::string& key() { return keys_[dice_.below(keys_.size())]; }
    [[nodiscard]] std::string any_key();
    [[nodiscard]] SyncMode sync_mode();

    void write(Operation& operation);
    void conditional_write(Operation& operation);
    void get(Operation& operation);
    void scan(Operation& operation);
    void snapshot(Operation& operation);
    void rare(Operation& operation);
    /// Where a read looks: mostly the present.
    void choose_view(Operation& operation);

    GeneratorSpec spec_;
    Dice dice_;
    std::vector<std::string> keys_{};
    std::vector<std::uint64_t> held_{};  ///< snapshots taken and not released
    std::uint64_t snapshots_ = 0;
};

/// Options of a store that flushes, merges and evicts all the time.
[[nodiscard]] Options random_store_options(std::uint64_t seed);

}  // namespace strata::tools
