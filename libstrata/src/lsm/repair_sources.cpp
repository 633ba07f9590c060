// SPDX-License-Identifier: Apache-2.0
#include "lsm/repair_sources.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "base/finding.hpp"
#include "entry/operation.hpp"
#include "inspect/log_survey.hpp"
#include "inspect/store_files.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace strata {
namespace {

constexpr std::size_t memtable_bytes = std::size_t{64} << 20;

/// A table, with the losses that its walk meets.
class TableSource final : public RepairSource {
  public:
    struct Known {
        std::optional<TableFacts> facts{};  ///< of the manifest
        bool unnamed = false;
    };
    TableSource(std::unique_ptr<TableSurvey> survey, Known known, RepairReport& report)
        : survey_{std::move(survey)}, known_{std::move(known)}, report_{report} {
        unnamed_ = known_.unnamed;
    }

    Result<bool> next() override {
        while (!block_ || position_ == block_->view.count()) {
            const TableSurvey::Step step = STRATA_TRY(survey_->next());
            if (step.lost) {
                lose(*step.lost);
            }
            if (!step.block) {
                finish();
                return false;
            }
            block_ = step.block;
            position_ = 0;
        }
        const BlockView& view = block_->view;
        const BlockRecord record = view.record(position_);
        key_ = view.key(position_);
        entry_ = {.key = key_,
                  .sequence = record.sequence,
                  .kind = record.kind,
                  .value = record.value,
                  .expiry = record.expiry};
        position_ += 1;
        read_ += 1;
        report_.records_read += 1;
        return true;
    }

  private:
    void lose(const LostBlocks& lost) {
        RepairLoss loss{.kind = "block",
                        .file = survey_->file().path(),
                        .offset = lost.begin,
                        .size = lost.end - lost.begin,
                        .message = lost.message,
                        .key_from = lost.key_from,
                        .key_to = lost.key_to,
                        .key_from_older = lost.key_from_older,
                        .sequence_from = 1,
                        .sequence_to = sequence_max};
        const auto& properties = survey_->properties();
        if (known_.facts) {
            loss.sequence_from = known_.facts->sequence_min;
            loss.sequence_to = known_.facts->sequence_max;
        } else if (properties && properties->sequence_max != 0) {
            loss.sequence_from = properties->sequence_min;
            loss.sequence_to = properties->sequence_max;
        }
        losses_.push_back(report_.losses.size());
        report_.losses.push_back(std::move(loss));
    }

    /// Only the end tells how many records were not met.
    void finish() {
        if (losses_.empty() || finished_) {
            return;
        }
        finished_ = true;
        std::optional<std::uint64_t> entries;
        if (known_.facts) {
            entries = known_.facts->entries;
        } else if (survey_->properties()) {
            entries = survey_->properties()->entries;
        }
        if (entries) {
            for (const std::size_t loss : losses_) {
                report_.losses[loss].records_max = *entries - std::min(*entries, read_);
            }
        }
    }

    std::unique_ptr<TableSurvey> survey_;
    Known known_;
    RepairReport& report_;
    std::optional<TableSurvey::Block> block_{};
    std::uint32_t position_ = 0;
    std::uint64_t read_ = 0;
    std::string key_{};
    std::vector<std::size_t> losses_{};
    bool finished_ = false;
};

class MemtableSource final : public RepairSource {
  public:
    explicit MemtableSource(const Memtable& memtable) : cursor_{memtable.cursor()} {}

    Result<bool> next() override {
        const bool found = STRATA_TRY(started_ ? cursor_->next() : cursor_->seek_first());
        started_ = true;
        if (found) {
            entry_ = cursor_->entry();
        }
        return found;
    }

  private:
    std::unique_ptr<Cursor> cursor_;
    bool started_ = false;
};

class Gathering {
  public:
    Gathering(FileSystem& files, const std::string& directory, RepairReport& report)
        : files_{files}, directory_{directory}, report_{report} {}

    Result<RepairSources> run() {
        contents_ = STRATA_TRY(list_store(files_, directory_));
        if (!contents_.has_manifest && !contents_.has_data) {
            return make_error(ErrorCode::not_found,
                              "{}: nothing to repair: no manifest, table or log segment of a store",
                              directory_);
        }
        STRATA_TRY(find_manifest());
        STRATA_TRY(add_unnamed_tables());
        STRATA_TRY(add_named_tables());
        STRATA_TRY(add_log());
        return std::move(found_);
    }

  private:
    Status find_manifest() {
        std::vector<std::uint64_t> numbers;
        for (const std::string& name : contents_.names) {
            const FileName parsed = parse_file_name(name);
            if (parsed.type == FileType::manifest) {
                numbers.push_back(parsed.number);
            }
        }
        std::ranges::sort(numbers, std::ranges::greater{});
        for (const std::uint64_t number : numbers) {
            const std::string path = file_path(directory_, FileType::manifest, number);
            auto manifest = read_manifest(files_, path);
            if (manifest) {
                found_.manifest = manifest.take_value();
                found_.store = found_.manifest->store;
                has_store_ = true;
                found_.last_sequence = found_.manifest->last_sequence;
                report_.manifest = path;
                report_.newest_manifest = number == numbers.front();
                return {};
            }
            if (manifest.error().code == ErrorCode::unsupported) {
                return manifest.take_error();
            }
            add_manifest_loss(path, manifest.error());
        }
        if (numbers.empty()) {
            add_manifest_loss(directory_, Error{ErrorCode::corruption, "there is no manifest"});
        }
        return {};
    }

    void add_manifest_loss(const std::string& path, const Error& error) {
        const Finding finding = finding_of(path, error);
        report_.losses.push_back({.kind = "manifest",
                                  .file = finding.file,
                                  .offset = finding.offset,
                                  .message = finding.message});
    }

    [[nodiscard]] bool named(std::uint64_t number) const {
        return found_.manifest && live_numbers(*found_.manifest).contains(number);
    }

    /// Tables that no readable manifest names but a lost one may have: with a manifest, those that
    /// are younger than it. Older ones were given up, and would bring back what was deleted.
    Status add_unnamed_tables() {
        std::vector<std::uint64_t> numbers;
        for (const std::string& name : contents_.names) {
            const FileName parsed = parse_file_name(name);
            if (parsed.type == FileType::table && !named(parsed.number)) {
                numbers.push_back(parsed.number);
            }
        }
        // The youngest says which store this is when no manifest does.
        std::ranges::sort(numbers, std::ranges::greater{});
        for (const std::uint64_t number : numbers) {
            const std::string path = file_path(directory_, FileType::table, number);
            if (found_.manifest && number < found_.manifest->next_number) {
                report_.notes.push_back(path +
                                        ": left out: the manifest does not name it any more");
                continue;
            }
            STRATA_TRY(add_unnamed(path, number));
        }
        return {};
    }

    Status add_unnamed(const std::string& path, std::uint64_t number) {
        auto survey = TableSurvey::open(files_, path, {.number = number});
        if (!survey) {
            if (survey.error().code == ErrorCode::unsupported) {
                return survey.take_error();
            }
            if (report_.newest_manifest) {
                report_.notes.push_back(path +
                                        ": left out: the manifest does not name it, and it "
                                        "is no complete table");
                return {};
            }
            lose_table(path, finding_of(path, survey.error()), nullptr);
            return {};
        }
        const auto& properties = (*survey)->properties();
        if (properties && !has_store_) {
            found_.store = properties->store_id;
            has_store_ = true;
        }
        if (properties && has_store_ && properties->store_id != found_.store) {
            report_.notes.push_back(path + ": left out: a table of another store");
            return {};
        }
        if (properties) {
            unnamed_last_ = std::max(unnamed_last_, properties->sequence_max);
        }
        add_table(survey.take_value(), {.unnamed = true});
        return {};
    }

    void add_table(std::unique_ptr<TableSurvey> survey, TableSource::Known known) {
        for (const Finding& finding : survey->damage()) {
            report_.damage.push_back(finding);
        }
        if (known.facts) {
            found_.last_sequence = std::max(found_.last_sequence, known.facts->sequence_max);
        } else if (survey->properties()) {
            found_.last_sequence =
                std::max(found_.last_sequence, survey->properties()->sequence_max);
        }
        report_.tables += 1;
        found_.table_bytes += survey->footer().length;
        found_.sources.push_back(
            std::make_unique<TableSource>(std::move(survey), std::move(known), report_));
    }

    Status add_named_tables() {
        if (!found_.manifest) {
            return {};
        }
        for (const RunFacts& run : found_.manifest->runs) {
            for (const TableFacts& facts : run.tables) {
                STRATA_TRY(add_named(facts));
            }
        }
        return {};
    }

    Status add_named(const TableFacts& facts) {
        const std::string path = file_path(directory_, FileType::table, facts.number);
        auto survey = TableSurvey::open(
            files_, path,
            {.number = facts.number, .key_min = facts.key_min, .key_max = facts.key_max});
        if (!survey) {
            if (survey.error().code == ErrorCode::unsupported) {
                return survey.take_error();
            }
            Finding finding = finding_of(path, survey.error());
            if (survey.error().code == ErrorCode::not_found) {
                finding.message = "the manifest names this table, but it is missing";
            }
            lose_table(path, finding, &facts);
            return {};
        }
        const TableFooter& footer = (*survey)->footer();
        if (footer.check != facts.footer_check || footer.number != facts.number) {
            lose_table(path,
                       {.file = path,
                        .offset = footer.length - table_footer_size,
                        .message = fmt::format("this is another table: number {} with footer check "
                                               "{:016x}, the manifest says {:016x}",
                                               footer.number, footer.check, facts.footer_check)},
                       &facts);
            return {};
        }
        add_table(survey.take_value(), {.facts = facts});
        return {};
    }

    void lose_table(const std::string& path, const Finding& finding, const TableFacts* facts) {
        RepairLoss loss{.kind = "table",
                        .file = path,
                        .offset = finding.offset,
                        .message = finding.message,
                        .sequence_from = 1,
                        .sequence_to = sequence_max};
        if (const auto status = files_.status(path); status && *status) {
            loss.size = (*status)->size;
        }
        if (facts != nullptr) {
            loss.key_from = facts->key_min;
            loss.key_to = facts->key_max;
            loss.sequence_from = facts->sequence_min;
            loss.sequence_to = facts->sequence_max;
            loss.records_max = facts->entries;
            if (loss.size == 0 && unnamed_last_ >= facts->sequence_max) {
                loss.message += "; a newer table has probably replaced it";
                loss.records_max = 0;
                found_.superseded.push_back(report_.losses.size());
            }
            found_.last_sequence = std::max(found_.last_sequence, facts->sequence_max);
        }
        report_.losses.push_back(std::move(loss));
    }

    Status take(const SurveyedBatch& batch) {
        auto& memtables = found_.memtables;
        const Sequence last = batch.first + batch.operations - 1;
        if (memtables.empty() || memtables.back()->memory() >= memtable_bytes ||
            !memtables.back()->has_room(last, batch.operations, batch.encoded.size())) {
            memtables.push_back(std::make_unique<Memtable>(batch.first - 1));
        }
        OperationReader reader{batch.encoded};
        Entry entry;
        entry.sequence = batch.first;
        while (reader.next(entry)) {
            memtables.back()->insert(entry);
            ++entry.sequence;
        }
        return {};
    }

    Status add_log() {
        LogSurveyInput input{.manifest = found_.manifest ? &*found_.manifest : nullptr,
                             .manifest_is_newest = report_.newest_manifest,
                             .last_in_tables = found_.last_sequence};
        if (has_store_) {
            input.store = found_.store;
        }
        LogSurvey log = STRATA_TRY(survey_log(files_, directory_, input,
                                              [this](const auto& batch) { return take(batch); }));
        for (const auto& memtable : found_.memtables) {
            found_.sources.push_back(std::make_unique<MemtableSource>(*memtable));
        }
        report_.segments = log.segments.size();
        report_.records_read += log.operations;
        report_.batches_behind_gap = log.batches_behind_gap;
        report_.damage.insert(report_.damage.end(), log.damage.begin(), log.damage.end());
        for (const std::string& path : log.strangers) {
            report_.notes.push_back(path + ": left out: a segment of another store");
        }
        for (const LogGap& gap : log.gaps) {
            report_.losses.push_back(loss_of(gap, "log"));
        }
        if (log.torn) {
            report_.losses.push_back(loss_of(*log.torn, "torn-tail"));
        }
        found_.last_sequence = std::max(found_.last_sequence, log.last);
        return {};
    }

    [[nodiscard]] static RepairLoss loss_of(const LogGap& gap, const char* kind) {
        RepairLoss loss{.kind = kind,
                        .file = gap.file,
                        .offset = gap.begin,
                        .size = gap.end - gap.begin,
                        .message = gap.message,
                        .sequence_from = gap.first,
                        .sequence_to = gap.last};
        if (gap.last != sequence_max) {
            loss.records_max = gap.last - gap.first + 1;
        }
        return loss;
    }

    FileSystem& files_;
    const std::string& directory_;
    RepairReport& report_;
    DirectoryContents contents_{};
    RepairSources found_{};
    bool has_store_ = false;
    Sequence unnamed_last_ = 0;  ///< greatest sequence in tables that are younger than the manifest
};

}  // namespace

Result<RepairSources> gather_sources(FileSystem& files, const std::string& directory,
                                     RepairReport& report) {
    return Gathering{files, directory, report}.run();
}

}  // namespace strata
