// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/crash_tally.hpp"
#include "stress/oracle.hpp"

#include <strata/testing.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace strata::tools {

struct PowerCutSpec {
    std::uint64_t seed = 0;
    std::size_t writers = 2;
    std::uint64_t keys = 40;      ///< of each writer
    std::uint64_t batches = 120;  ///< of all writers, in one life
    std::optional<SyncMode> sync{};
    std::uint64_t cuts = 30;  ///< of one life, about; 0: before every call that changes the disk
    bool only_torn = false;   ///< else some cuts lose, and some keep, all that was not synced
    bool no_space = false;    ///< the disk is full for a while
    double error_rate = 0;    ///< part of the calls that fail
    std::function<Options(std::uint64_t seed)> engine{};
    /// What is put around an opened store: nothing, but for tests of this.
    std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)> wrap{};
};

/// A disk as a power cut left it, and what may be on it.
struct PowerCut {
    std::shared_ptr<StrictFileSystem> disk{};
    OracleLimits limits{};
    bool exists = false;  ///< the store must be there
    std::string where{};  ///< the call before which the power went
};

/// Lives of one store on a disk in memory that forgets what was not synced. Copies of the disk are
/// taken as power cuts would leave them, before file calls, and after each life recovered and held
/// against what was acknowledged as durable: a prefix of all batches in the order of their
/// sequences, with every batch that was written in sync mode or before a sync(). With faults, calls
/// fail too, and what the store then refused must not be there. The next life begins on one of the
/// copies, or on the disk as the last one left it, which has everything.
class PowerCutRounds {
  public:
    explicit PowerCutRounds(PowerCutSpec spec);

    /// One life, and all that its power cuts left.
    void round();

    [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }
    [[nodiscard]] const CrashTally& tally() const noexcept { return tally_; }
    [[nodiscard]] std::uint64_t rounds() const noexcept { return rounds_; }
    /// The disk that something is wrong with, as it was before it was looked at.
    [[nodiscard]] FileSystem& disk() const noexcept { return *disk_; }
    static constexpr const char* store_path = "/store";

  private:
    struct Looked {
        OracleVerdict verdict{};
        bool exists = false;
    };

    Looked look(const PowerCut& cut, Dice& dice);
    OracleVerdict look_at_store(Store& store, const PowerCut& cut, bool checks);

    PowerCutSpec spec_;
    std::shared_ptr<StrictFileSystem> disk_;
    CrashOracle oracle_;
    bool exists_ = false;
    Sequence durable_ = 0;  ///< of disk_
    std::uint64_t rounds_ = 0;
    CrashTally tally_{};
    std::string wrong_{};
};

/// Copies the files of a directory, such as one in memory, to a real one that is new.
Status copy_out(FileSystem& from, const std::string& directory, const std::string& to);

}  // namespace strata::tools
