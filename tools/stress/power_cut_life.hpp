// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/oracle.hpp"
#include "stress/power_cut.hpp"

#include <strata/testing.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace strata::tools {

/// One life of a store on a strict disk, from open to its end, with copies of the disk taken on the
/// way.
class PowerCutLife {
  public:
    PowerCutLife(const PowerCutSpec& spec, std::uint64_t seed,
                 std::shared_ptr<StrictFileSystem> disk, CrashOracle& oracle, bool exists,
                 Sequence durable);

    /// Opens, writes with all writers, closes or not. What is wrong with answers, if anything.
    std::string run();

    /// The power cuts of the life; the last one comes after its end and leaves everything.
    [[nodiscard]] std::vector<PowerCut> take_cuts();
    [[nodiscard]] bool exists() const noexcept { return exists_.load(); }
    [[nodiscard]] std::uint64_t faults() const noexcept { return faults_->faults(); }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(); }

  private:
    /// What other threads may know of a writer.
    struct Progress {
        std::atomic<std::size_t> begun{0};
        std::atomic<std::size_t> ended{0};
    };

    Fault before(const FileCall& call);
    [[nodiscard]] bool changes_disk(const FileCall& call) const;
    void take_cut(const FileCall& call);
    Fault choose_fault(const FileCall& call);

    std::unique_ptr<Store> open_store();
    void write_batches(Store& store, std::size_t writer);
    /// False when the writer has to stop: the store says no more.
    bool write_one(Store& store, std::size_t writer, WriterScript& script, Dice& dice);
    void care(Store& store, Dice& dice);
    void durable_up_to(Sequence sequence);
    void fail(const std::string& what);
    [[nodiscard]] bool with_faults() const { return spec_.no_space || spec_.error_rate > 0; }

    const PowerCutSpec& spec_;
    std::uint64_t seed_;
    std::shared_ptr<StrictFileSystem> disk_;
    std::shared_ptr<FaultFileSystem> faults_;
    CrashOracle& oracle_;
    std::vector<Progress> progress_;
    std::vector<PowerCut> cuts_{};

    std::atomic<bool> exists_;
    std::atomic<Sequence> durable_;          ///< everything up to here has to survive a power cut
    std::atomic<Sequence> acknowledged_{0};  ///< the greatest sequence given
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<bool> faults_on_{false};
    Dice call_dice_;  ///< of before(), which is called under a lock

    std::mutex mutex_{};
    std::string wrong_{};  ///< guarded by mutex_
};

}  // namespace strata::tools
