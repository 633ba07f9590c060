// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/block.hpp"
#include "leveldb/format.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// A LevelDB table (.ldb, .sst): blocks by their handles, each checked before it is used.
namespace strata::level {

struct Footer {
    BlockHandle metaindex{};
    BlockHandle index{};
};

/// Whether the file ends like a table of LevelDB. Nothing is said of the rest.
Result<bool> ends_like_table(FileSystem& files, const std::string& path);

/// One open table. Reads at different places may run at once.
class Table {
  public:
    /// Reads the footer. corruption: too short, no magic, handles beyond the file.
    static Result<std::unique_ptr<Table>> open(FileSystem& files, const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] const Footer& footer() const noexcept { return footer_; }

    /// Reads a block, checks it and unfolds it. corruption and unsupported name file and offset.
    Result<Block> read_block(const BlockHandle& handle) const;
    /// A walk over a block.
    Result<BlockCursor> walk(const BlockHandle& handle) const;

    /// Reads the value of an index entry. corruption when it is no handle or leads behind the data.
    Result<BlockHandle> data_handle(const BlockCursor& index) const;

  private:
    Table(std::unique_ptr<File> file, const std::string& path, std::uint64_t size)
        : file_{std::move(file)}, path_{path}, size_{size} {}

    Status read_footer();

    std::unique_ptr<File> file_;
    std::string path_;
    std::uint64_t size_;
    Footer footer_;
};

/// Walks the entries of a table in the order of the file. A block that cannot be read is one error,
/// as is an entry that makes no sense; the next call goes on behind it.
class TableCursor {
  public:
    /// Reads the index. The table must outlive the cursor.
    static Result<TableCursor> create(const Table& table);

    /// Moves to the next entry, false behind the last one. An error of the index ends the walk:
    /// then lost_index() is true.
    Result<bool> next();
    /// Goes on at the first entry with a key at or above `user_key`. For tables in byte order only.
    void seek(Bytes user_key);

    [[nodiscard]] const InternalKey& key() const noexcept { return key_; }
    [[nodiscard]] Bytes value() const noexcept { return data_->value(); }
    /// The block of the current entry, or of the last error. Where the entry begins in the unfolded
    /// block.
    [[nodiscard]] const BlockHandle& handle() const noexcept { return handle_; }
    [[nodiscard]] std::uint64_t entry_offset() const noexcept { return data_->entry_offset(); }
    /// The walk over the current block.
    [[nodiscard]] const BlockCursor& data() const noexcept { return *data_; }
    /// The index entry of the current block: no key of the block is above it. After an error of a
    /// block it belongs to that block.
    [[nodiscard]] Bytes separator() const noexcept { return index_.key(); }
    [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }
    [[nodiscard]] bool lost_index() const noexcept { return lost_index_; }

  private:
    TableCursor(const Table& table, BlockCursor index) : table_{&table}, index_{std::move(index)} {}

    Result<bool> next_block();

    const Table* table_;
    BlockCursor index_;
    std::optional<BlockCursor> data_;
    BlockHandle handle_;
    InternalKey key_;
    std::uint64_t blocks_ = 0;
    bool lost_index_ = false;
    std::string lower_;  ///< entries below it are passed over
};

}  // namespace strata::level
