// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"
#include "table/builder.hpp"
#include "table/facts.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace strata {

struct SinkOptions {
    std::shared_ptr<FileSystem> files{};
    std::string directory{};
    /// Of every table; `number` is set by the sink, and `created_ms` when it is 0: the time at
    /// which the table was begun, which its tombstones get when they are new.
    TableBuilderOptions table{};
    /// A table is closed at the first new key after it has reached this size, in bytes.
    std::uint64_t table_bytes = std::uint64_t{64} << 20;
    /// Takes a file number that nobody used. Called from the thread of the sink.
    std::function<std::uint64_t()> next_number{};
    /// Ascending keys that no table may lie on both sides of: each ends below a boundary or begins
    /// at or above it. They stand where tables that are kept lie between the output's keys.
    std::vector<std::string> boundaries{};
};

/// Writes a sorted stream of entries into tables: add* finish, once, or abandon. All versions of a
/// key go into one table. Each table is read back and compared with what was added before it
/// counts. Until a manifest names them, the tables mean nothing to anybody.
class TableSink {
  public:
    explicit TableSink(SinkOptions options);

    /// Entries come in entry order. After an error only abandon() makes sense.
    Status add(const Entry& entry);

    /// The tables, keys ascending, durable with their names; none when nothing was added.
    Result<std::vector<TableFacts>> finish();

    /// Unlinks every file that was created. What cannot be unlinked is left to the sweep when the
    /// store is opened.
    void abandon();

    /// Bytes of finished tables.
    [[nodiscard]] std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  private:
    [[nodiscard]] bool must_cut_before(Bytes key);
    Status open_table();
    Status close_table();
    [[nodiscard]] std::string path_of(std::uint64_t number) const;

    SinkOptions options_;
    std::unique_ptr<TableBuilder> builder_{};  ///< of the open table; null: none is open
    std::string last_key_{};                   ///< of the open table
    std::size_t boundary_ = 0;                 ///< first boundary that is above last_key_
    std::vector<std::uint64_t> created_{};     ///< numbers of all files, the open one last
    std::vector<TableFacts> finished_{};
    std::uint64_t bytes_written_ = 0;
};

}  // namespace strata
