// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"
#include "entry/entry.hpp"
#include "table/block_builder.hpp"
#include "table/entry_sum.hpp"
#include "table/facts.hpp"
#include "table/filter.hpp"
#include "table/format.hpp"
#include "table/output.hpp"
#include "table/properties.hpp"

#include <strata/file_system.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace strata {

struct TableBuilderOptions {
    StoreId store_id{};
    std::uint64_t number = 0;
    Compression codec = Compression::none;
    std::size_t block_size = std::size_t{8} << 10;  ///< a block is closed before it would pass it
    unsigned filter_bits = 10;                      ///< per user key; 0: no filter
    std::string writer{};                           ///< program and version, for people
    std::uint64_t created_ms = 0;
    /// When the oldest tombstone that will be added was written. 0: when the table is created.
    std::uint64_t tombstone_oldest_ms = 0;
    std::uint64_t salt = 0;  ///< 0: random, as it should be outside of tests
};

/// Writes one table: add* finish, once. Destruction without finish leaves an unfinished file,
/// which the caller unlinks. Memory: a block, the index, and 8 bytes per user key for the filter.
class TableBuilder {
  public:
    /// Creates N.sst in `directory`; it must not exist.
    static Result<std::unique_ptr<TableBuilder>> create(FileSystem& files,
                                                        const std::string& directory,
                                                        const TableBuilderOptions& options);

    /// The same under any path, for programs that write one table by itself.
    static Result<std::unique_ptr<TableBuilder>> create_file(FileSystem& files,
                                                             const std::string& path,
                                                             const TableBuilderOptions& options);

    /// Adds an entry; they come in entry order and within the limits, which is asserted. Borrows
    /// only during the call. After an error the builder is good for nothing but destruction.
    Status add(const Entry& entry);

    /// Bytes of the file so far, the open block included. A run is cut into tables by it, only
    /// between user keys.
    [[nodiscard]] std::uint64_t size_estimate() const noexcept;
    [[nodiscard]] std::uint64_t entries() const noexcept { return properties_.entries; }
    /// Sum over the entries added, for read_back().
    [[nodiscard]] std::uint64_t entry_sum() const noexcept { return sum_.value(); }

    /// Writes the rest and makes the file durable; the caller syncs the directory and reads the
    /// table back (verify.hpp) before a manifest names it. Requires at least one entry.
    Result<TableFacts> finish();

  private:
    TableBuilder(std::unique_ptr<File> file, const TableBuilderOptions& options);

    void count(const Entry& entry, bool new_key);
    /// Closes the open block; `next_key` is the key that follows, or null at the end.
    Status close_block(const Bytes* next_key);
    Result<BlockHandle> write_data();
    Result<std::uint32_t> write_section(std::string block, BlockKind kind);
    void complete_properties();
    [[nodiscard]] TableFacts facts(const TableFooter& footer) const;

    TableBuilderOptions options_;
    TableOutput output_;
    std::uint64_t salt_;
    BlockBuilder block_;
    BlockBuilder index_;
    FilterBuilder filter_;
    EntrySum sum_;
    Properties properties_;
    std::string last_key_;  ///< of the block closed last
    Sequence last_sequence_ = 0;
    std::string raw_;
    std::string stored_;
    std::size_t open_bytes_ = 0;  ///< of keys and values in the open block
};

/// The shortest byte string s with last <= s < next; `last` itself when they are equal, or when
/// nothing shorter lies between.
[[nodiscard]] std::string shortest_separator(Bytes last, Bytes next);

}  // namespace strata
