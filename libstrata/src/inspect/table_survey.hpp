// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspect/block_scan.hpp"
#include "table/properties.hpp"
#include "table/table_file.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Reading a table that may be damaged, as far as it can be read: every block that verifies, and
/// between them exactly what does not. Nothing is believed that has no check of its own.
namespace strata {

/// Bytes of a table that could not be read, and which keys they may have held.
struct LostBlocks {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::string message{};  ///< why: what was expected and found
    /// The keys lie between these, both included; unset: unknown on that side. Further versions of
    /// the two keys themselves may be among what is lost.
    std::optional<std::string> key_from{};
    std::optional<std::string> key_to{};
    /// The block before was read: what is lost of key_from is older than what was read of it.
    bool key_from_older = false;
};

struct SurveyHints {
    std::optional<std::uint64_t> number{};  ///< from the name
    std::optional<std::string> key_min{};   ///< from a manifest; bounds what is lost at the ends
    std::optional<std::string> key_max{};
};

/// One walk over a table, from its first block to its last. One thread at a time; memory is a
/// block, the index, and what BlockScan needs while it searches.
class TableSurvey {
  public:
    /// Finds the footer (footer_search.hpp) and reads what verifies of index and properties.
    /// corruption: there is no footer, so nothing can be verified; unsupported; io.
    static Result<std::unique_ptr<TableSurvey>> open(FileSystem& files, const std::string& path,
                                                     const SurveyHints& hints);

    [[nodiscard]] const TableFile& file() const noexcept { return file_; }
    [[nodiscard]] const TableFooter& footer() const noexcept { return file_.footer(); }
    /// Only when its block verifies.
    [[nodiscard]] const std::optional<Properties>& properties() const noexcept {
        return properties_;
    }
    [[nodiscard]] bool indexed() const noexcept { return index_ != nullptr; }
    /// Damage to footer, index and properties, none of which costs a record.
    [[nodiscard]] const std::vector<Finding>& damage() const noexcept { return damage_; }

    struct Block {
        BlockHandle handle{};
        BlockView view{};  ///< valid until the next call
    };
    struct Step {
        std::optional<LostBlocks> lost{};  ///< stands before the block
        std::optional<Block> block{};      ///< unset: the end
    };
    /// Steps to the next block that verifies and continues the order of entries. What lies between
    /// it and the one before, if anything, is `lost`.
    Result<Step> next();

  private:
    TableSurvey(TableFile file, SurveyHints hints)
        : file_{std::move(file)}, hints_{std::move(hints)} {}
    Status load(std::uint64_t footer_offset, const std::string& footer_damage);
    Result<std::optional<BlockHandle>> next_handle();
    void lose(std::uint64_t begin, std::uint64_t end, const std::string& message);
    void lose_between(const BlockHandle& found);
    [[nodiscard]] Result<bool> take(const BlockHandle& handle);
    [[nodiscard]] bool in_order(const BlockView& view) const;
    void bound_below(LostBlocks& lost) const;
    void bound_above(LostBlocks& lost) const;

    TableFile file_;
    SurveyHints hints_;
    std::optional<Properties> properties_{};
    BlockFrame::Pointer index_{};
    std::vector<Finding> damage_{};
    std::optional<BlockScan> scan_{};
    std::uint32_t position_ = 0;  ///< in the index: of the next block
    std::uint64_t end_ = 0;       ///< of the last block that was found
    std::uint64_t data_end_ = 0;  ///< where blocks must have ended
    BlockFrame::Pointer frame_{};
    std::optional<LostBlocks> lost_{};
    std::uint32_t lost_first_ = 0;  ///< position of the first lost block, when there is an index
    std::string last_key_{};        ///< of the last block taken; empty: none was
    Sequence last_sequence_ = 0;
};

}  // namespace strata
