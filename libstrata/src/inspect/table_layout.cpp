// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_layout.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace strata {
namespace {

class LayoutMaker {
  public:
    LayoutMaker(const TableParts& table, bool read_blocks)
        : table_{table}, read_blocks_{read_blocks} {
        layout_.findings = table.findings();
    }

    Result<TableLayout> make() {
        if (!table_.footer()) {
            add(PartKind::unowned, 0, table_.file_size());
            return std::move(layout_);
        }
        const TableFooter& footer = *table_.footer();
        STRATA_TRY(add_blocks());
        STRATA_TRY(add_optional_sections());
        STRATA_TRY(close_gap(footer.sections_begin(), table_section_alignment));
        if (footer.filter_size != 0) {
            STRATA_TRY(add_section(PartKind::filter, footer.filter(), BlockKind::filter));
        }
        STRATA_TRY(add_section(PartKind::index, footer.index(), BlockKind::index));
        STRATA_TRY(add_section(PartKind::properties, footer.properties(), BlockKind::properties));
        STRATA_TRY(close_gap(footer.length - table_footer_size, table_section_alignment));
        add(PartKind::footer, end_, table_footer_size);
        layout_.parts.back().damaged = table_.footer_damaged();
        // Bytes behind the footer are a finding of the search for it.
        add(PartKind::unowned, footer.length, table_.file_size() - footer.length);
        return std::move(layout_);
    }

  private:
    void add(PartKind kind, std::uint64_t offset, std::uint64_t size) {
        if (size != 0) {
            layout_.parts.push_back({.kind = kind, .offset = offset, .size = size});
        }
        end_ = offset + size;
    }

    void found(std::uint64_t offset, std::string message) {
        layout_.findings.push_back({table_.path(), offset, std::move(message)});
    }

    /// Corruption is noted; any other error is handed on.
    Status note(const Error& error) {
        if (error.code != ErrorCode::corruption && error.code != ErrorCode::unsupported) {
            return Error{error};
        }
        layout_.findings.push_back(finding_from(table_.path(), error));
        return {};
    }

    /// What lies between the last part and `begin`: zeros that align it, or bytes of nobody.
    Status close_gap(std::uint64_t begin, std::uint64_t alignment) {
        if (begin <= end_) {
            return {};
        }
        const std::uint64_t size = begin - end_;
        if (size >= alignment) {
            const bool listed = table_.has_index();
            found(end_, fmt::format("{} bytes up to {} {}", size, begin,
                                    listed ? "belong to nothing" : "have no block that verifies"));
            add(listed ? PartKind::unowned : PartKind::unlisted, end_, size);
            layout_.parts.back().damaged = true;
            return {};
        }
        if (read_blocks_ || alignment == table_section_alignment) {
            const std::string bytes = STRATA_TRY(table_.read(end_, static_cast<std::size_t>(size)));
            if (std::ranges::any_of(bytes, [](char byte) { return byte != 0; })) {
                found(end_, fmt::format("the {} bytes between two blocks are not zero", size));
            }
        }
        add(PartKind::gap, end_, size);
        return {};
    }

    Status add_blocks() {
        for (std::uint32_t i = 0; i < table_.blocks(); ++i) {
            if (!table_.handle(i)) {
                continue;
            }
            const BlockHandle handle = *table_.handle(i);
            STRATA_TRY(close_gap(handle.offset, table_block_alignment));
            add(PartKind::data, handle.offset, handle.end() - handle.offset);
            layout_.parts.back().block = i;
            if (read_blocks_) {
                STRATA_TRY(read_block(i));
            }
        }
        return {};
    }

    Status read_block(std::uint32_t position) {
        BlockFacts facts{.block = position, .handle = *table_.handle(position)};
        const auto block = table_.read_block(position);
        if (block) {
            facts.trailer = block->trailer;
            facts.entries = block->view.count();
            facts.first_key = block->view.key(0);
        } else {
            STRATA_TRY(note(block.error()));
            facts.damaged = true;
            layout_.parts.back().damaged = true;
        }
        layout_.blocks.push_back(std::move(facts));
        return {};
    }

    Status add_optional_sections() {
        for (const TableParts::Section& section : table_.sections()) {
            if (section.handle.offset < end_) {
                found(table_.footer()->properties().offset,
                      fmt::format("the section {} at {} overlaps what ends at {}", section.name,
                                  section.handle.offset, end_));
                continue;
            }
            STRATA_TRY(add_section(PartKind::section, section.handle, BlockKind::other));
        }
        return {};
    }

    Status add_section(PartKind kind, const BlockHandle& handle, BlockKind block_kind) {
        STRATA_TRY(close_gap(handle.offset, table_section_alignment));
        add(kind, handle.offset, handle.end() - handle.offset);
        if (kind == PartKind::index || kind == PartKind::properties) {
            // The table has read these; their damage is among its findings.
            layout_.parts.back().damaged =
                kind == PartKind::index ? !table_.has_index() : !table_.properties();
            return {};
        }
        const auto bytes = table_.read_section(handle, block_kind);
        Status status = bytes ? Status{} : note(bytes.error());
        if (bytes && kind == PartKind::filter) {
            const auto filter = FilterView::parse(*bytes);
            if (!filter) {
                found(handle.offset, filter.error().message);
                layout_.parts.back().damaged = true;
            }
        }
        layout_.parts.back().damaged = layout_.parts.back().damaged || !bytes;
        return status;
    }

    const TableParts& table_;
    bool read_blocks_;
    TableLayout layout_;
    std::uint64_t end_ = 0;  ///< of the last part
};

}  // namespace

const char* part_kind_name(PartKind kind) noexcept {
    switch (kind) {
        case PartKind::data:
            return "data";
        case PartKind::unlisted:
            return "unlisted";
        case PartKind::section:
            return "section";
        case PartKind::filter:
            return "filter";
        case PartKind::index:
            return "index";
        case PartKind::properties:
            return "properties";
        case PartKind::footer:
            return "footer";
        case PartKind::gap:
            return "gap";
        case PartKind::unowned:
            return "unowned";
    }
    return "unowned";
}

Result<TableLayout> table_layout(const TableParts& table, bool read_blocks) {
    return LayoutMaker{table, read_blocks}.make();
}

}  // namespace strata
