// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "entry/entry.hpp"
#include "table/block_cache.hpp"
#include "table/block_view.hpp"
#include "table/filter.hpp"
#include "table/properties.hpp"
#include "table/table_file.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace strata {

/// Whose blocks a cursor takes.
enum class CacheUse : std::uint8_t {
    fill,  ///< the cache's, for reads of users
    none,  ///< its own read-ahead buffer of 256 KiB, for merges and checks: the cache stays as it
           ///< is
};

/// What the blocks that one reader asked for were, for explanations; the reader adds to it.
struct BlockReads {
    std::uint64_t cached = 0;      ///< blocks that the cache had
    std::uint64_t read = 0;        ///< blocks that were read from the file
    std::uint64_t bytes_read = 0;  ///< of those, as stored, with their trailers
    std::uint32_t last = 0;        ///< position of the last block of either kind
};

/// Reads one table. Filter and index are held in memory and charged to the cache; blocks are read,
/// verified and cached on demand. Immutable and thread-safe; always owned by a shared_ptr, which
/// its cursors hold too.
class Table : public std::enable_shared_from_this<Table> {
    struct Private {};

  public:
    /// Verifies footer, index, filter and properties. `cache` may be null: nothing is cached.
    /// `mapped`: blocks are viewed where the kernel has them, see Options::mapped_tables.
    static Result<std::shared_ptr<Table>> open(FileSystem& files, const std::string& path,
                                               const TableIdentity& identity,
                                               std::shared_ptr<BlockCache> cache,
                                               bool mapped = false);
    ~Table();

    /// False: the table has no version of the key. `key_hash` is hash64(key, 0).
    [[nodiscard]] bool may_contain(std::uint64_t key_hash) const noexcept {
        return filter_.may_contain(key_hash);
    }
    /// Asks for the memory that may_contain() will look at.
    void prefetch_filter(std::uint64_t key_hash) const noexcept { filter_.prefetch(key_hash); }

    /// A version of a key. entry.key is the caller's own key; entry.value lies in the block, which
    /// stays where it is while the pin and the table live.
    struct Found {
        Entry entry;
        BlockPin pin;
    };
    /// The newest version of `key` whose sequence is at most `at`, be it a tombstone. Does not ask
    /// the filter. What it reads is added to `reads`, unless that is null.
    Result<std::optional<Found>> find(Bytes key, Sequence at, BlockReads* reads = nullptr) const;

    /// `reads`, if any, must outlive the cursor; blocks that it reads ahead by itself, with
    /// CacheUse::none, are not added.
    [[nodiscard]] std::unique_ptr<Cursor> cursor(CacheUse use, BlockReads* reads = nullptr) const;

    [[nodiscard]] const Properties& properties() const noexcept { return properties_; }
    [[nodiscard]] const TableFooter& footer() const noexcept { return file_.footer(); }
    [[nodiscard]] const std::string& path() const noexcept { return file_.path(); }
    [[nodiscard]] std::uint64_t number() const noexcept { return file_.footer().number; }
    /// Bytes of filter, index and addresses in memory, already charged to the cache.
    [[nodiscard]] std::size_t charge() const noexcept { return charge_; }
    /// About where the records of `key` begin: 0 to data_end(), ascending with the key. The
    /// difference of two is the size of the range between them.
    [[nodiscard]] std::uint64_t offset_of(Bytes key) const noexcept;
    [[nodiscard]] std::uint64_t data_end() const noexcept;

    /// The index, for inspection and the table's own cursors. Position i is the i-th block.
    [[nodiscard]] const BlockView& index() const noexcept { return index_->view; }
    [[nodiscard]] const FilterView& filter() const noexcept { return filter_; }
    [[nodiscard]] const TableFile& file() const noexcept { return file_; }
    /// A data block, pinned, from the cache or through it.
    Result<BlockPin> block(std::uint32_t position, BlockReads* reads = nullptr) const;

    Table(Private, TableFile file, std::shared_ptr<BlockCache> cache) noexcept;

  private:
    Status load();
    Result<BlockPin> read_block(std::uint32_t position) const;

    TableFile file_;
    std::shared_ptr<BlockCache> cache_;
    BlockFrame::Pointer index_;
    BlockFrame::Pointer filter_block_;
    FilterView filter_;
    Properties properties_;
    BlockSlots slots_{0};
    std::size_t charge_ = 0;
};

}  // namespace strata
