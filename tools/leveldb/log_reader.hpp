// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/format.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// A LevelDB log (NNNNNN.log, MANIFEST-NNNNNN), record by record. A record is one fragment
/// ("full"), or "first", "middle"* and "last", none of which crosses a block of 32 KiB.
namespace strata::level {

/// What one step of the reader met.
enum class LogEvent : std::uint8_t {
    record,  ///< a whole record; every fragment of it was checked
    damage,  ///< bytes that are no record, with valid records or other bytes behind them
    torn,    ///< the end of the file is what an interrupted write leaves; nothing follows
    end,     ///< nothing is left
};

/// A stretch of the file that gave no record, and why.
struct LogGap {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string reason{};
};

/// Whether the file begins with a valid fragment of a record. Reads one block at most.
Result<bool> begins_like_log(FileSystem& files, const std::string& path);

class LogReader {
  public:
    static Result<std::unique_ptr<LogReader>> open(FileSystem& files, const std::string& path);

    /// Whether to go on inside a block behind a wrong check or length, where the next fragment that
    /// verifies begins. LevelDB does not; a value that holds a log could then pass for one.
    void set_resync(bool resync) noexcept { resync_ = resync; }

    /// The next step. After a wrong check or length it goes on at the next block, as LevelDB does:
    /// nothing else tells for sure where a record begins. Damage that adjoins damage is one gap,
    /// with the reason of its first part.
    ///
    /// Damage or torn: a fragment that ends beyond the file is torn, unless a valid fragment begins
    /// somewhere behind its header. A fragment with a wrong check is damage, unless it is the last
    /// and its file ends in zeros from a sector inside of it on, that is in bytes that were
    /// allocated and never written. Zeros up to the end of the file are torn, too.
    Result<LogEvent> next();

    /// Of the last record; borrowed until the next call.
    [[nodiscard]] Bytes record() const noexcept { return record_; }
    /// Where its first fragment begins, and where its last one ends.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
    [[nodiscard]] unsigned fragments() const noexcept { return fragments_; }
    /// Of the last damage or torn end.
    [[nodiscard]] const LogGap& gap() const noexcept { return gap_; }

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    struct Fragment {
        std::uint8_t type = 0;
        Bytes data{};
        std::uint64_t offset = 0;
        std::uint64_t end = 0;
    };

    LogReader(std::unique_ptr<File> file, const std::string& path, std::uint64_t size)
        : file_{std::move(file)}, path_{path}, size_{size} {}

    [[nodiscard]] std::uint64_t position() const noexcept { return block_at_ + in_block_; }
    [[nodiscard]] Bytes rest() const noexcept { return Bytes{block_}.substr(in_block_); }
    [[nodiscard]] bool in_last_block() const noexcept { return block_at_ + block_.size() >= size_; }
    Result<std::size_t> read_block(std::uint64_t at, std::string& block);
    Result<LogEvent> find_event();
    Result<std::optional<LogEvent>> step();
    std::optional<LogEvent> finish();
    std::optional<LogEvent> skip_trailer();
    Result<LogEvent> skip_zeros();
    Result<std::uint64_t> end_of_zeros();
    LogEvent misfit(std::size_t size);
    LogEvent wrong_check(std::size_t size, std::string reason);
    std::optional<LogEvent> take(const Fragment& fragment);
    LogEvent lost(LogEvent event, std::uint64_t offset, std::uint64_t end, std::string reason);
    [[nodiscard]] std::optional<std::size_t> valid_fragment_behind(std::size_t size) const;
    std::uint64_t leave_damage(std::size_t size);

    std::unique_ptr<File> file_;
    std::string path_;
    std::uint64_t size_;
    std::string block_;
    std::uint64_t block_at_ = 0;
    std::size_t in_block_ = 0;
    bool resync_ = false;
    std::string record_;
    bool inside_ = false;  ///< a record was begun and not ended
    std::uint64_t offset_ = 0;
    std::uint64_t end_ = 0;
    unsigned fragments_ = 0;
    LogGap gap_;                        ///< what was reported
    LogGap found_;                      ///< what the last step met
    std::optional<LogEvent> deferred_;  ///< met behind damage, to be reported next
};

}  // namespace strata::level
