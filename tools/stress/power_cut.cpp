// SPDX-License-Identifier: Apache-2.0
#include "stress/power_cut.hpp"

#include "common/error.hpp"
#include "stress/power_cut_life.hpp"
#include "stress/verify_perform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace strata::tools {

PowerCutRounds::PowerCutRounds(PowerCutSpec spec)
    : spec_{std::move(spec)}, disk_{StrictFileSystem::create()}, oracle_{spec_.writers} {}

OracleVerdict PowerCutRounds::look_at_store(Store& store, const PowerCut& cut, bool checks) {
    const OpenReport& report = store.open_report();
    tally_.recovered(report);
    OracleVerdict verdict;
    if (report.created && cut.exists) {
        verdict.wrong = "a new store was created over the one that was there";
        return verdict;
    }
    verdict = oracle_.judge(store, cut.limits);
    if (verdict.wrong.empty() && checks) {
        ++tally_.checks;
        const Status checked = check_store(store);
        verdict.wrong = checked ? std::string{} : checked.error().message;
    }
    return verdict;
}

PowerCutRounds::Looked PowerCutRounds::look(const PowerCut& cut, Dice& dice) {
    Options options = spec_.engine(dice.next());
    options.read_only = !dice.one_in(3);
    // Opening for writing changes the disk, which may be the next life's.
    const std::shared_ptr<StrictFileSystem> copy = cut.disk->crash_clone(CrashPolicy::keep, 0);
    options.file_system = copy;
    auto opened = open(store_path, options);
    Looked looked;
    looked.verdict.applied.resize(spec_.writers);
    if (!opened) {
        if (opened.error().code == ErrorCode::not_found && !cut.exists) {
            ++tally_.cycles;
            return looked;
        }
        looked.verdict.wrong = "open: " + opened.error().message;
        return looked;
    }
    looked.exists = !(*opened)->open_report().created;
    looked.verdict = look_at_store(**opened, cut, !options.read_only);
    tally_.judged(looked.verdict);
    return looked;
}

void PowerCutRounds::round() {
    const std::uint64_t seed = part_seed(spec_.seed, rounds_++);
    Dice dice{part_seed(seed, 2)};
    PowerCutLife life{spec_, seed, disk_, oracle_, exists_, durable_};
    wrong_ = life.run();
    tally_.acknowledged += oracle_.acknowledged();
    tally_.faults += life.faults();
    tally_.refused += life.refused();
    const std::vector<PowerCut> cuts = life.take_cuts();
    if (!wrong_.empty()) {
        return;
    }
    // One in three lives goes on where the last one ended.
    const std::size_t next = dice.one_in(3) ? cuts.size() - 1 : dice.below(cuts.size());
    Looked next_looked;
    for (std::size_t i = 0; i < cuts.size(); ++i) {
        Looked looked = look(cuts[i], dice);
        if (!looked.verdict.wrong.empty()) {
            wrong_ = cuts[i].where + ": " + looked.verdict.wrong;
            disk_ = cuts[i].disk;
            return;
        }
        if (i == next) {
            next_looked = std::move(looked);
        }
    }
    disk_ = cuts[next].disk;
    exists_ = next_looked.exists;
    durable_ = next_looked.verdict.last;
    oracle_.settle(next_looked.verdict);
}

Status copy_out(FileSystem& from, const std::string& directory, const std::string& to) {
    const std::shared_ptr<FileSystem> real = posix_file_system();
    STRATA_TRY(real->create_directory(to));
    const auto names = STRATA_TRY(from.list(directory));
    for (const std::string& name : names) {
        const auto source = STRATA_TRY(from.open(directory + "/" + name, OpenMode::read));
        const auto size = STRATA_TRY(source->size());
        std::string bytes(size, '\0');
        const auto read = STRATA_TRY(source->read(0, std::span<char>{bytes}));
        bytes.resize(read);
        const auto target = STRATA_TRY(real->open(to + "/" + name, OpenMode::create_new));
        STRATA_TRY(target->write(0, bytes));
    }
    return {};
}

}  // namespace strata::tools
