// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/bench_store.hpp"
#include "stress/mode_table.hpp"
#include "stress/report.hpp"
#include "stress/runner.hpp"

#include <memory>
#include <string>

/// What the runs of one benchmark share: the store, the report that grows, the line of progress,
/// and the reasons to stop.
namespace strata::tools {

class BenchSession {
  public:
    BenchSession(const StressContext& context, std::string name);

    /// Opens the store of the command line, or a temporary one in place of an earlier one.
    Status open(const Options& engine, const SyncMode& sync);
    /// Writes the keys of a workload, unless the store holds them already, and prepares them.
    Status load(const Workload& workload, Prepare prepare);

    /// Runs a workload, with the limits of `spec`, and adds it to the report. The live figures,
    /// the seed and the reasons to stop are the session's.
    Status run(RunSpec spec, const std::string& name, const SyncMode& sync);
    /// A run in `sync` mode, of `operations` by `threads`.
    Status run(const Workload& workload, const std::string& name, unsigned threads,
               std::uint64_t operations, const SyncMode& sync);

    void figure(std::string name, Unit unit, double value);
    /// Disk over live data, when reading all of it takes no more than seconds.
    Status measure_space();

    [[nodiscard]] const StressOptions& options() const noexcept { return context_.options; }
    [[nodiscard]] BenchStore& place() noexcept { return *place_; }
    [[nodiscard]] Store& store() noexcept { return place_->store(); }
    [[nodiscard]] BenchReport& report() noexcept { return report_; }
    /// True once Ctrl-C, time or the disk limit ended a run: nothing more should begin.
    [[nodiscard]] bool stopped() const noexcept { return !report_.stopped.empty(); }

  private:
    StoreFacts facts();
    std::string reason_to_stop();
    void show(const IntervalFigures& figures);

    const StressContext& context_;
    BenchReport report_;
    std::unique_ptr<BenchStore> place_;
    std::uint64_t disk_asked_ = 0;  // times that the disk limit was looked at
};

}  // namespace strata::tools
