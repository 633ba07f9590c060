// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "dump/table_source.hpp"
#include "dump/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace strata::tools {
namespace {

// So many bytes of prefixes are kept; more of them would not be read by anybody.
constexpr std::size_t prefix_bytes_max = std::size_t{64} << 20;
constexpr std::uint64_t usual_ranges = 16;
constexpr std::string_view usual_separators = ":/";

struct Totals {
    std::uint64_t keys = 0;
    std::uint64_t records = 0;
    std::uint64_t deletes = 0;
    std::uint64_t raw = 0;     ///< bytes of keys and values
    std::uint64_t stored = 0;  ///< bytes in the file: the share of the blocks

    void add(const Totals& other) {
        keys += other.keys;
        records += other.records;
        deletes += other.deletes;
        raw += other.raw;
        stored += other.stored;
    }
};

/// The beginning of a key up to its `depth`-th separator, which belongs to it.
Bytes prefix_of(Bytes key, std::uint64_t depth, std::string_view separators) {
    std::size_t end = 0;
    for (std::uint64_t i = 0; i < depth; ++i) {
        const std::size_t found = key.find_first_of(separators, end);
        if (found == Bytes::npos) {
            return key.substr(0, end);
        }
        end = found + 1;
    }
    return key.substr(0, end);
}

/// Adds up the entries of tables, by prefix or by block.
class SpaceCounter {
  public:
    explicit SpaceCounter(const DumpContext& context) : context_{context} {}

    Result<int> count(const TableParts& table) {
        const auto cursor = STRATA_TRY(PartsCursor::make(table));
        last_key_.clear();
        block_.reset();
        STRATA_TRY(walk_entries(*cursor, visible_bounds(context_.options.range),
                                [&](const Entry& entry) { take(*cursor, entry); }));
        if (too_many_) {
            return usage_error("more than {} of prefixes at --depth {}; a smaller one has fewer",
                               prefix_bytes_max, context_.options.depth);
        }
        return report_findings(context_, cursor->findings());
    }

    [[nodiscard]] Sheet by_prefix() const {
        Sheet sheet{.columns = {"prefix", "keys", "records", "deletes", "raw", "stored"}};
        for (const auto& [prefix, totals] : prefixes_) {
            sheet.rows.push_back({KeyCell{prefix}});
            append_totals(sheet, totals);
        }
        return sheet;
    }

    /// Blocks in the order of their keys, gathered into ranges of about equal stored size.
    [[nodiscard]] Sheet by_range() {
        Sheet sheet{.columns = {"from", "to", "keys", "records", "deletes", "raw", "stored"}};
        std::ranges::stable_sort(blocks_, {}, &Block::first_key);
        std::uint64_t left = 0;
        for (const Block& block : blocks_) {
            left += block.totals.stored;
        }
        std::uint64_t ranges =
            context_.options.ranges == 0 ? usual_ranges : context_.options.ranges;
        std::size_t next = 0;
        while (next < blocks_.size()) {
            const std::size_t first = next;
            const std::uint64_t goal = left / std::max<std::uint64_t>(ranges, 1);
            Totals totals;
            do {
                totals.add(blocks_[next].totals);
                next += 1;
            } while (
                next < blocks_.size() &&
                (totals.stored < goal || blocks_[next].first_key == blocks_[next - 1].first_key));
            left -= totals.stored;
            ranges -= ranges > 1 ? 1 : 0;
            sheet.rows.push_back({KeyCell{blocks_[first].first_key}});
            sheet.rows.back().emplace_back();
            if (next < blocks_.size()) {
                sheet.rows.back().back() = KeyCell{blocks_[next].first_key};
            }
            append_totals(sheet, totals);
        }
        return sheet;
    }

  private:
    struct Block {
        std::string first_key{};
        Totals totals{};
    };

    static void append_totals(Sheet& sheet, const Totals& totals) {
        auto& row = sheet.rows.back();
        row.emplace_back(totals.keys);
        row.emplace_back(totals.records);
        row.emplace_back(totals.deletes);
        row.emplace_back(Size{totals.raw});
        row.emplace_back(Size{totals.stored});
    }

    void enter(const PartsCursor& cursor) {
        block_ = cursor.block();
        const DataBlock& data = cursor.data();
        block_stored_ = data.handle.end() - data.handle.offset;
        block_raw_ = 0;
        taken_raw_ = 0;
        for (std::uint32_t i = 0; i < data.view.count(); ++i) {
            const BlockRecord record = data.view.record(i);
            block_raw_ += data.view.key_size(record) + record.value.size();
        }
    }

    /// The bytes of the file that an entry takes: its share of the block, so that the shares of
    /// all entries of a block add up to the block.
    std::uint64_t share_of(std::uint64_t raw) {
        const auto part = [this](std::uint64_t upto) {
            return static_cast<std::uint64_t>(static_cast<double>(block_stored_) *
                                              static_cast<double>(upto) /
                                              static_cast<double>(block_raw_));
        };
        const std::uint64_t before = part(taken_raw_);
        taken_raw_ += raw;
        return (taken_raw_ == block_raw_ ? block_stored_ : part(taken_raw_)) - before;
    }

    void take(const PartsCursor& cursor, const Entry& entry) {
        const bool new_block = block_ != cursor.block();
        if (new_block) {
            enter(cursor);
        }
        const std::uint64_t raw = entry.key.size() + entry.value.size();
        const Totals totals{.keys = entry.key == last_key_ ? 0U : 1U,
                            .records = 1,
                            .deletes = entry.kind == Kind::del ? 1U : 0U,
                            .raw = raw,
                            .stored = share_of(raw)};
        last_key_.assign(entry.key);
        if (context_.options.depth == 0) {
            if (new_block) {
                blocks_.push_back({.first_key = std::string{entry.key}});
            }
            blocks_.back().totals.add(totals);
            return;
        }
        const std::string& separators = context_.options.separators;
        const Bytes prefix = prefix_of(entry.key, context_.options.depth,
                                       separators.empty() ? usual_separators : separators);
        auto found = prefixes_.find(prefix);
        if (found == prefixes_.end()) {
            prefix_bytes_ += prefix.size() + sizeof(Totals);
            too_many_ = prefix_bytes_ > prefix_bytes_max;
            if (too_many_) {
                return;
            }
            found = prefixes_.emplace(prefix, Totals{}).first;
        }
        found->second.add(totals);
    }

    const DumpContext& context_;
    std::map<std::string, Totals, std::less<>> prefixes_;
    std::vector<Block> blocks_;
    std::size_t prefix_bytes_ = 0;
    bool too_many_ = false;
    std::string last_key_;
    std::optional<std::uint32_t> block_;
    std::uint64_t block_stored_ = 0;
    std::uint64_t block_raw_ = 0;
    std::uint64_t taken_raw_ = 0;
};

}  // namespace

int dump_space(const DumpContext& context) {
    SpaceCounter counter{context};
    const int worst = for_each_table(
        context, [&counter](const TableParts& table) { return counter.count(table); },
        Between::nothing);
    print_sheet(context.output, context.options.style,
                context.options.depth != 0 ? counter.by_prefix() : counter.by_range());
    return worst;
}

}  // namespace strata::tools
