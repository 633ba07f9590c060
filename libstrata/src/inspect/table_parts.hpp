// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/block_view.hpp"
#include "table/filter.hpp"
#include "table/format.hpp"
#include "table/properties.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A table as far as it can be read: what does not verify is a finding, and everything else goes
/// on. For inspectors; a store reads through table.hpp, which refuses instead.
namespace strata {

/// Greatest section that is read, so that memory stays bounded whatever a file says of itself.
inline constexpr std::uint64_t inspected_section_size_max = std::uint64_t{64} << 20;

/// A data block in memory. `view` and `raw` look into the bytes it owns.
struct DataBlock {
    BlockHandle handle{};
    BlockTrailer trailer{};
    Bytes raw{};  ///< unfolded
    BlockView view{};

    std::unique_ptr<char[]> stored{};    ///< handle.size bytes and the trailer
    std::unique_ptr<char[]> unfolded{};  ///< null: the stored bytes are the raw ones
};

class TableParts {
  public:
    /// Reads footer (as find_footer() does, which mends small damage), index and properties. An
    /// error means that the file cannot be read at all, or that its format version or a feature is
    /// not known (unsupported). Without an index the blocks are searched.
    static Result<TableParts> open(FileSystem& files, const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t file_size() const noexcept { return file_size_; }
    /// Empty: nothing in the file can be found.
    [[nodiscard]] const std::optional<TableFooter>& footer() const noexcept { return footer_; }
    /// Its 64 bytes do not verify as they are.
    [[nodiscard]] bool footer_damaged() const noexcept { return footer_damaged_; }
    [[nodiscard]] const std::optional<Properties>& properties() const noexcept {
        return properties_;
    }
    /// Data blocks in order: those of the index, or those that were found without it.
    [[nodiscard]] std::uint32_t blocks() const noexcept {
        return static_cast<std::uint32_t>(handles_.size());
    }
    [[nodiscard]] bool has_index() const noexcept { return index_.has_value(); }
    /// Requires has_index().
    [[nodiscard]] const BlockView& index() const noexcept { return *index_; }
    /// Where a block stands; empty when its entry in the index cannot be true, which is a finding.
    [[nodiscard]] const std::optional<BlockHandle>& handle(std::uint32_t block) const noexcept {
        return handles_[block];
    }
    /// What was found wrong so far, in the order of reading.
    [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }

    /// Reads a block whose handle is known. corruption or unsupported: the message names the file
    /// and the offset.
    [[nodiscard]] Result<DataBlock> read_block(std::uint32_t block) const;

    /// The stored bytes of a section, verified; an error names file and offset.
    [[nodiscard]] Result<std::string> read_section(const BlockHandle& handle, BlockKind kind) const;
    /// The bytes of the file at `offset`; fewer at its end.
    [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t size) const;

    /// Optional sections that the properties name, in the order of the file.
    struct Section {
        std::string name{};
        BlockHandle handle{};
    };
    [[nodiscard]] const std::vector<Section>& sections() const noexcept { return sections_; }

  private:
    TableParts(std::unique_ptr<File> file, std::string path) noexcept
        : file_{std::move(file)}, path_{std::move(path)} {}

    Status load_footer();
    Status load_properties();
    Status load_index(FileSystem& files);
    Status search_blocks(FileSystem& files);
    void check_handles();
    void take_sections(const BlockView& properties);
    [[nodiscard]] Status read_exactly(std::uint64_t offset, char* to, std::size_t size) const;
    /// Corruption becomes a finding; any other error is handed on.
    [[nodiscard]] Status note(std::uint64_t offset, Error error);

    std::unique_ptr<File> file_;
    std::string path_;
    std::uint64_t file_size_ = 0;
    std::optional<TableFooter> footer_;
    bool footer_damaged_ = false;
    std::optional<Properties> properties_;
    std::vector<Section> sections_;
    std::string index_bytes_;
    std::optional<BlockView> index_;
    std::vector<std::optional<BlockHandle>> handles_;
    std::vector<Finding> findings_;
};

/// Makes a line of a report from an error "PATH: at OFFSET: what": place and text are taken apart.
[[nodiscard]] Finding finding_from(const std::string& path, const Error& error);

}  // namespace strata
