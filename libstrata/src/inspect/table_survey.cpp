// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_survey.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "base/finding.hpp"
#include "inspect/footer_search.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

/// Damage of the file, or of the medium under it: the walk goes on behind it.
bool is_damage(const Error& error) {
    return error.code == ErrorCode::corruption || error.code == ErrorCode::unsupported ||
           error.code == ErrorCode::io;
}

/// Sequences begin with 1; the format leaves room for 0, which no store writes.
bool has_sequence_0(const BlockView& view) {
    if (view.base_sequence() != 0) {
        return false;
    }
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        if (view.record(i).sequence == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

Result<std::unique_ptr<TableSurvey>> TableSurvey::open(FileSystem& files, const std::string& path,
                                                       const SurveyHints& hints) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const FoundFooter found = STRATA_TRY(find_footer(*file, path, hints.number));
    std::unique_ptr<TableSurvey> survey{
        new TableSurvey{TableFile::with_footer(std::move(file), path, found.footer), hints}};
    STRATA_TRY(survey->load(found.offset, found.damage));
    return survey;
}

Status TableSurvey::load(std::uint64_t footer_offset, const std::string& footer_damage) {
    const std::string& path = file_.path();
    if (!footer_damage.empty()) {
        damage_.push_back({.file = path, .offset = footer_offset, .message = footer_damage});
    }
    auto index = file_.read_index();
    if (index) {
        index_ = index.take_value();
    } else if (is_damage(index.error())) {
        damage_.push_back(finding_of(path, index.error()));
    } else {
        return index.take_error();
    }
    auto block = file_.read_section(file_.footer().properties(), BlockKind::properties);
    if (block) {
        auto decoded = decode_properties({(*block)->data(), file_.footer().properties_size});
        if (decoded) {
            properties_ = decoded.take_value();
        }
    } else if (is_damage(block.error())) {
        damage_.push_back(finding_of(path, block.error()));
    } else {
        return block.take_error();
    }
    if (properties_ && !properties_->key_min.empty()) {
        hints_.key_min = properties_->key_min;
        hints_.key_max = properties_->key_max;
    }
    data_end_ = file_.footer().sections_begin();
    if (properties_ && properties_->data_end != 0) {
        data_end_ = std::min(data_end_, properties_->data_end);
    }
    if (index_ == nullptr) {
        scan_.emplace(file_, data_end_);
    }
    return {};
}

void TableSurvey::lose(std::uint64_t begin, std::uint64_t end, const std::string& message) {
    if (!lost_) {
        lost_ = LostBlocks{.begin = begin, .end = end, .message = message};
        lost_first_ = position_ == 0 ? 0 : position_ - 1;
        bound_below(*lost_);
    }
    lost_->end = end;
}

void TableSurvey::bound_below(LostBlocks& lost) const {
    lost.key_from = hints_.key_min;
    lost.key_from_older = !last_key_.empty();
    const auto raise = [&lost](const std::string& key) {
        if (!key.empty() && (!lost.key_from || *lost.key_from < key)) {
            lost.key_from = key;
        }
    };
    raise(last_key_);
    if (index_ != nullptr && lost_first_ > 0) {
        raise(index_->view.key(lost_first_ - 1));
    }
}

void TableSurvey::bound_above(LostBlocks& lost) const {
    lost.key_to = hints_.key_max;
    const auto lower = [&lost](const std::string& key) {
        if (!lost.key_to || key < *lost.key_to) {
            lost.key_to = key;
        }
    };
    if (frame_ != nullptr) {
        lower(frame_->view.key(0));
    }
    if (index_ != nullptr) {
        // Stands behind the block that was taken, or behind the last one.
        const std::uint32_t behind = frame_ != nullptr ? position_ - 1 : position_;
        if (behind > 0) {
            lower(index_->view.key(behind - 1));
        }
    }
}

Result<std::optional<BlockHandle>> TableSurvey::next_handle() {
    if (index_ != nullptr) {
        if (position_ == index_->view.count()) {
            return std::optional<BlockHandle>{};
        }
        return std::optional<BlockHandle>{handle_at(index_->view, position_++)};
    }
    return scan_->next();
}

/// Without an index, blocks follow each other without a gap, so what lies between is lost.
void TableSurvey::lose_between(const BlockHandle& found) {
    const std::uint64_t expected = round_up(end_, table_block_alignment);
    if (index_ == nullptr && found.offset > expected) {
        lose(expected, found.offset, "no data block that verifies; the index is damaged too");
    }
}

bool TableSurvey::in_order(const BlockView& view) const {
    if (last_key_.empty()) {
        return true;
    }
    const int order = view.compare_key(0, last_key_);
    return order > 0 || (order == 0 && view.record(0).sequence < last_sequence_);
}

/// Reads a block into frame_. False: it is lost.
Result<bool> TableSurvey::take(const BlockHandle& handle) {
    auto frame = file_.read_data(handle);
    if (!frame) {
        if (!is_damage(frame.error())) {
            return frame.take_error();
        }
        lose(handle.offset, handle.end(), finding_of(file_.path(), frame.error()).message);
        return false;
    }
    if (!in_order((*frame)->view)) {
        lose(handle.offset, handle.end(),
             "the block verifies, but its keys do not come after those of the block before");
        return false;
    }
    if (has_sequence_0((*frame)->view)) {
        lose(handle.offset, handle.end(), "the block verifies, but a record has sequence 0");
        return false;
    }
    frame_ = frame.take_value();
    return true;
}

Result<TableSurvey::Step> TableSurvey::next() {
    frame_.reset();
    lost_.reset();
    while (true) {
        const std::optional<BlockHandle> handle = STRATA_TRY(next_handle());
        Step step;
        if (handle) {
            lose_between(*handle);
            const bool taken = STRATA_TRY(take(*handle));
            end_ = handle->end();
            if (!taken) {
                continue;
            }
            step.block = Block{*handle, frame_->view};
            const BlockView& view = frame_->view;
            last_key_ = view.key(view.count() - 1);
            last_sequence_ = view.record(view.count() - 1).sequence;
        } else if (index_ == nullptr && round_up(end_, table_section_alignment) <
                                            round_up(data_end_, table_section_alignment)) {
            lose(round_up(end_, table_block_alignment), data_end_,
                 "no data block that verifies; the index is damaged too");
        }
        if (lost_) {
            bound_above(*lost_);
            step.lost = std::move(lost_);
            lost_.reset();
        }
        return step;
    }
}

}  // namespace strata
