// SPDX-License-Identifier: Apache-2.0
#include "inspect/log_survey.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "base/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace strata {
namespace {

/// A segment of the log: found, or only named.
struct Part {
    std::uint64_t number = 0;
    std::string path{};
    const SegmentFacts* facts = nullptr;  ///< of the manifest's list
    std::vector<std::uint64_t> keys{};    ///< that the manifest gives it
    bool present = false;
    bool named = false;                       ///< by the manifest
    std::unique_ptr<SegmentSurvey> survey{};  ///< null: missing, or nothing in it verifies
};

class LogWalk {
  public:
    LogWalk(FileSystem& files, const std::string& directory, const LogSurveyInput& input,
            const std::function<Status(const SurveyedBatch&)>& take)
        : files_{files}, directory_{directory}, input_{input}, take_{take} {}

    Result<LogSurvey> run() {
        STRATA_TRY(list());
        STRATA_TRY(open_all());
        result_.last = input_.last_in_tables;
        start_known_ = input_.manifest != nullptr && input_.manifest_is_newest;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            STRATA_TRY(read(i));
        }
        finish();
        // A later segment may have shown that nothing was in a gap.
        std::erase_if(result_.gaps, [](const LogGap& gap) { return gap.first > gap.last; });
        return std::move(result_);
    }

  private:
    Part& part(std::uint64_t number) {
        Part& found = by_number_[number];
        found.number = number;
        found.path = file_path(directory_, FileType::wal, number);
        return found;
    }

    [[nodiscard]] bool wanted(std::uint64_t number) const {
        const Manifest* manifest = input_.manifest;
        if (manifest == nullptr) {
            return true;
        }
        if (manifest->active != 0 && number >= manifest->active) {
            return true;
        }
        // What an earlier recovery dropped, or a flush made needless, may still lie about.
        return number >= manifest->next_number;
    }

    Status list() {
        if (const Manifest* manifest = input_.manifest) {
            for (const SegmentFacts& facts : manifest->sealed) {
                Part& named = part(facts.number);
                named.facts = &facts;
                named.keys.push_back(facts.key);
                named.named = true;
            }
            if (manifest->active != 0) {
                Part& active = part(manifest->active);
                active.keys.push_back(manifest->active_key);
                active.named = true;
            }
        }
        const auto names = STRATA_TRY(files_.list(directory_));
        for (const std::string& name : names) {
            const FileName parsed = parse_file_name(name);
            if (parsed.type == FileType::wal &&
                (by_number_.contains(parsed.number) || wanted(parsed.number))) {
                part(parsed.number).present = true;
            }
        }
        return {};
    }

    Status open_all() {
        for (auto& [number, found] : by_number_) {
            if (!found.present) {
                parts_.push_back(&found);
                continue;
            }
            auto survey = SegmentSurvey::open(files_, found.path, number, found.keys);
            if (!survey) {
                if (survey.error().code == ErrorCode::unsupported) {
                    return survey.take_error();
                }
                result_.damage.push_back({found.path, 0, survey.error().message});
            } else {
                found.survey = survey.take_value();
            }
            if (found.survey != nullptr && found.survey->header() && input_.store &&
                found.survey->header()->store != *input_.store) {
                result_.strangers.push_back(found.path);
                continue;
            }
            const bool used =
                found.survey != nullptr ? found.survey->used() : STRATA_TRY(has_content(found));
            if (found.named || used) {
                parts_.push_back(&found);  // else it was prepared ahead
            }
        }
        return {};
    }

    /// Whether a file whose header does not verify was ever more than room that was reserved.
    Result<bool> has_content(const Part& part) {
        const auto file = files_.open(part.path, OpenMode::read);
        std::array<char, segment_header_size> head{};
        const auto got = file ? (*file)->read(0, head) : Result<std::size_t>{Error{file.error()}};
        if (!got || Bytes{head.data(), *got}.find_first_not_of('\0') != Bytes::npos) {
            return true;
        }
        const auto segment =
            STRATA_TRY(SegmentFile::open(files_, part.path, SegmentFile::Settle::no));
        const TailScan scan = STRATA_TRY(segment->scan(0, segment_header_size));
        return scan.bytes_end > segment_header_size;
    }

    /// A segment whose header says nothing may verify under the key that the seal before it gives.
    Status try_key_of_seal(Part& part) {
        if (part.survey != nullptr || !part.present || end_part_ == nullptr || !end_.seal ||
            end_.seal->next_number != part.number) {
            return {};
        }
        part.survey =
            STRATA_TRY(SegmentSurvey::open(files_, part.path, part.number, {end_.seal->next_key}));
        return {};
    }

    /// What the manifest and the next segment say of one.
    [[nodiscard]] SegmentBounds bounds_of(std::size_t i) const {
        const Part& part = *parts_[i];
        SegmentBounds bounds{.first = result_.last + 1};
        if (part.facts != nullptr) {
            bounds.first = part.facts->first_sequence;
            bounds.last = part.facts->last_sequence;
            bounds.length = part.facts->length;
            return bounds;
        }
        if (i + 1 < parts_.size() && parts_[i + 1]->survey != nullptr) {
            const auto& link = parts_[i + 1]->survey->link();
            if (link && link->predecessor == part.number) {
                bounds.last = link->first_sequence - 1;
                bounds.length = link->predecessor_length;
            }
        }
        return bounds;
    }

    /// Sequences that no file has any more: those up to `before`.
    void miss(const std::string& path, Sequence before, const std::string& message) {
        if (before > result_.last + 1) {
            result_.gaps.push_back(
                {.file = path, .message = message, .first = result_.last + 1, .last = before - 1});
            result_.last = before - 1;
            behind_gap_ = true;
        }
    }

    Status read(std::size_t i) {
        Part& part = *parts_[i];
        STRATA_TRY(try_key_of_seal(part));
        close_open_end(part);
        const SegmentBounds bounds = bounds_of(i);
        if (part.survey == nullptr) {
            lose_segment(part, bounds);
            return {};
        }
        if (!part.survey->header()) {
            result_.damage.push_back({part.path, 0, "the header of the segment does not verify"});
        }
        const Sequence first =
            part.survey->link() ? part.survey->link()->first_sequence : bounds.first;
        if (!part.survey->link() && part.facts == nullptr && !start_known_) {
            // Frames say how many operations of their segment came before, not which.
            add_gap({.file = part.path,
                     .begin = segment_header_size,
                     .message = fmt::format("the first frame does not verify and nothing else says "
                                            "which sequences follow; they are taken to begin at {}",
                                            first),
                     .first = result_.last + 1,
                     .last = sequence_max});
        }
        if (result_.last != 0 || input_.manifest != nullptr) {
            miss(part.path, first, "the log goes on here, but what came before is missing");
        }
        auto walked = part.survey->walk(bounds, taken_, behind_gap_, [this](const auto& batch) {
            result_.batches_behind_gap += batch.behind_gap ? 1 : 0;
            taken_ = batch.first + batch.operations - 1;
            taking_ = take_(batch);
            return copy_status(taking_);
        });
        if (!taking_) {
            return std::move(taking_);
        }
        if (!walked) {
            // The medium refuses some of it, or it was crafted to be read for ever.
            result_.last = std::max(result_.last, taken_);
            result_.damage.push_back(finding_of(part.path, walked.error()));
            lose_segment(part, {.first = std::max(taken_ + 1, first),
                                .last = bounds.last,
                                .length = bounds.length});
            return {};
        }
        SegmentSurvey::Outcome outcome = walked.take_value();
        result_.segments.push_back(part.number);
        result_.batches += outcome.batches;
        result_.operations += outcome.operations;
        for (LogGap& gap : outcome.gaps) {
            add_gap(std::move(gap));
        }
        result_.last = std::max(result_.last, outcome.last);
        if (outcome.mark >= segment_header_size) {
            durable_ = {part.number, outcome.mark};
        }
        start_known_ = outcome.seal.has_value() || bounds.last.has_value();
        end_ = std::move(outcome);
        end_part_ = &part;
        return {};
    }

    void add_gap(LogGap gap) {
        gap.first = std::max(gap.first, input_.last_in_tables + 1);  // older ones are in tables
        if (gap.first > gap.last) {
            result_.damage.push_back({gap.file, gap.begin,
                                      fmt::format("{} bytes: {}; no operation was in them",
                                                  gap.end - gap.begin, gap.message)});
            return;
        }
        behind_gap_ = true;
        result_.gaps.push_back(std::move(gap));
    }

    void lose_segment(const Part& part, const SegmentBounds& bounds) {
        const bool none = bounds.last && *bounds.last < bounds.first;
        if (none) {
            result_.damage.push_back({part.path, 0, "missing or damaged; it held no operation"});
            return;
        }
        const std::uint64_t size = bounds.length.value_or(0);
        add_gap({.file = part.path,
                 .end = part.present ? size : 0,
                 .message = part.present ? "nothing in this segment verifies"
                                         : "the manifest names this segment, but it is missing",
                 .first = bounds.first,
                 .last = bounds.last.value_or(sequence_max)});
        if (bounds.last) {
            result_.last = std::max(result_.last, *bounds.last);
        } else {
            unknown_ = result_.gaps.size();
        }
        start_known_ = bounds.last.has_value();
        end_part_ = nullptr;
    }

    /// A later segment follows what seemed to be the end.
    void close_open_end(const Part& next) {
        const bool linked = next.survey != nullptr && next.survey->link();
        const Sequence before = linked ? next.survey->link()->first_sequence - 1 : 0;
        if (unknown_ != 0 && linked) {
            LogGap& gap = result_.gaps[unknown_ - 1];
            gap.last = std::max(before, gap.first - 1);
            result_.last = std::max(result_.last, before);
            unknown_ = 0;
        }
        if (end_part_ == nullptr || !end_.open_end) {
            return;
        }
        const bool lost = !linked || before > result_.last;
        if (lost || end_.torn_bytes != 0) {
            add_gap({.file = end_part_->path,
                     .begin = end_.end,
                     .end = end_.end + end_.torn_bytes,
                     .message = "no frame verifies here, but a later segment follows",
                     .first = result_.last + 1,
                     .last = linked ? std::max(before, result_.last) : sequence_max});
            if (!linked) {
                unknown_ = result_.gaps.size();
            }
            result_.last = std::max(result_.last, before);
        }
    }

    /// Judges the end of the log as recovery does: bytes that were once durable are damage, others
    /// are what an interrupted write leaves.
    void finish() {
        if (end_part_ == nullptr) {
            return;
        }
        if (end_.seal && end_.seal->next_number != 0) {
            result_.gaps.push_back(
                {.file = file_path(directory_, FileType::wal, end_.seal->next_number),
                 .message = fmt::format("segment {} goes on here, but nothing of it can be read",
                                        end_part_->number),
                 .first = result_.last + 1,
                 .last = sequence_max});
            return;
        }
        if (end_.seal || !end_.open_end) {
            return;
        }
        LogGap gap{.file = end_part_->path,
                   .begin = end_.end,
                   .end = end_.end + end_.torn_bytes,
                   .first = result_.last + 1,
                   .last = sequence_max};
        if (durable_ > std::pair{end_part_->number, end_.end}) {
            gap.message = fmt::format(
                "no frame verifies here, but the segment was durable up to {}", durable_.second);
            result_.gaps.push_back(std::move(gap));
        } else if (end_.torn_bytes != 0) {
            gap.message = "a torn tail, as an interrupted write leaves it";
            result_.torn = std::move(gap);
        }
    }

    FileSystem& files_;
    const std::string& directory_;
    const LogSurveyInput& input_;
    const std::function<Status(const SurveyedBatch&)>& take_;
    std::map<std::uint64_t, Part> by_number_;
    std::vector<Part*> parts_;
    LogSurvey result_;
    bool behind_gap_ = false;
    bool start_known_ = false;  ///< the next segment begins with the sequence after the last
    Sequence taken_ = 0;        ///< last sequence handed to `take`
    Status taking_{};           ///< what it answered last
    std::size_t unknown_ = 0;   ///< 1 + index of the gap whose end is not known yet; 0: none
    SegmentSurvey::Outcome end_{};
    const Part* end_part_ = nullptr;  ///< the last segment read; null: it could not be read
    std::pair<std::uint64_t, std::uint64_t> durable_{};
};

}  // namespace

Result<LogSurvey> survey_log(FileSystem& files, const std::string& directory,
                             const LogSurveyInput& input,
                             const std::function<Status(const SurveyedBatch&)>& take) {
    return LogWalk{files, directory, input, take}.run();
}

}  // namespace strata
