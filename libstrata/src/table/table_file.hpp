// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/block_cache.hpp"
#include "table/block_view.hpp"
#include "table/format.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace strata {

/// What the opener of a table knows of it from elsewhere.
struct TableIdentity {
    std::optional<std::uint64_t> number{};        ///< from its name
    std::optional<std::uint64_t> footer_check{};  ///< from the manifest
};

/// A table's file and footer: reads blocks, verified and unfolded. It knows nothing of keys and
/// keeps nothing in memory. Thread-safe. Errors name file and offset.
class TableFile {
  public:
    static Result<TableFile> open(FileSystem& files, const std::string& path,
                                  const TableIdentity& identity);

    /// A table whose footer was found in another way than as its last 64 bytes: for salvage.
    static TableFile with_footer(std::unique_ptr<File> file, std::string path,
                                 const TableFooter& footer);

    [[nodiscard]] const TableFooter& footer() const noexcept { return footer_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// From now on blocks that are stored raw are viewed in a map of the file, if the file system
    /// has one, instead of being read into memory. Before other threads use the table.
    void map() noexcept { map_ = file_->map(); }

    /// Reads `size` bytes at `offset`; fewer is corruption. `to` must have room for them.
    Status read(std::uint64_t offset, char* to, std::size_t size) const;

    /// A data block with its view.
    Result<BlockFrame::Pointer> read_data(const BlockHandle& handle) const;

    /// Verifies a data block that has been read elsewhere with its trailer, and views it. When it
    /// is compressed it is unfolded into `scratch`, which must live as long as the view.
    Result<BlockView> view_data(const BlockHandle& handle, Bytes bytes,
                                BlockFrame::Pointer& scratch) const;

    /// The bytes of a section, not viewed; the first handle.size bytes of the frame.
    Result<BlockFrame::Pointer> read_section(const BlockHandle& handle, BlockKind kind) const;

    /// The index with its view, checked: blocks follow each other without a gap but the alignment
    /// and stand before the sections.
    Result<BlockFrame::Pointer> read_index() const;

    /// Whether the keys of a block lie between its neighbours' separators, so that a walk over
    /// blocks is in order even when a stranger made the file.
    [[nodiscard]] Status check_bounds(const BlockView& index, std::uint32_t position,
                                      const BlockView& block) const;

  private:
    TableFile(std::unique_ptr<File> file, std::string path) noexcept;
    Status read_footer(const TableIdentity& identity);
    [[nodiscard]] Error at(std::uint64_t offset, const Error& error) const;
    [[nodiscard]] Status unfold(const BlockTrailer& trailer, const BlockHandle& handle,
                                Bytes stored, BlockFrame::Pointer& scratch) const;
    [[nodiscard]] Status check_index(const BlockView& index) const;

    std::unique_ptr<File> file_;
    Bytes map_{};  ///< of all of the file, or empty
    std::string path_;
    TableFooter footer_;
};

/// The handle in record `position` of an index that read_index() has checked.
[[nodiscard]] inline BlockHandle handle_at(const BlockView& index,
                                           std::uint32_t position) noexcept {
    const char* value = index.value_tail(position, block_handle_size);
    return {.offset = load<std::uint64_t>(value), .size = load<std::uint32_t>(value + 8)};
}

}  // namespace strata
