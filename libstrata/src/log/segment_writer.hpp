// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"
#include "log/format.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

/// Appends frames to one new WAL segment, a group at a time:
///
///     add_batch(...); add_batch(...);     // encodes, touches no file
///     reserve()                           // room on disk; no_space: discard(), nothing happened
///     write()                             // one write call, or a copy into a map
///     sync()                              // when somebody asked for it
///
/// It knows nothing of durability: the caller passes the mark of every frame and moves it after a
/// sync. Marks, order and limits are asserted.
///
/// Threads: one appender at a time for everything but sync(), which another thread may run at
/// the same time; syncs come one at a time.
///
/// Errors: after a failed write() or sync() the caller never uses the segment again (asserted as
/// far as one thread can see it). Where the file system cannot reserve, a full disk shows up as a
/// failed write(), which counts as a failed sync.
namespace strata {

/// Bytes reserved for a new segment: about two thousand small batches. The one that is prepared
/// while a store opens takes less, so that a store on a nearly full disk still opens; and a disk
/// without room for the first size gets a segment of the second.
inline constexpr std::uint64_t segment_room = std::uint64_t{256} << 10;
inline constexpr std::uint64_t segment_room_small = std::uint64_t{16} << 10;

class SegmentWriter {
  public:
    /// Creates `directory/N.wal` with room reserved and a header, and makes both bytes and name
    /// durable. A segment counts only once a manifest or a seal names it. On no_space nothing is
    /// left behind and the number may be tried again; after another error it is used up.
    static Result<std::unique_ptr<SegmentWriter>> prepare(FileSystem& file_system,
                                                          const std::string& directory,
                                                          std::uint64_t number,
                                                          const StoreId& store,
                                                          std::uint64_t room = segment_room);

    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::uint64_t key() const noexcept { return key_; }
    /// Bytes written: the offset of the next frame once nothing is pending. 64 when fresh.
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
    /// Operations added, written or pending.
    [[nodiscard]] std::uint32_t operations() const noexcept { return operations_; }
    /// Bytes added and not yet written.
    [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

    /// Whether `payload_size` more bytes in one frame, and a seal, still have offsets. A writer
    /// that rotates by a size limit far below segment_size_max never needs to ask.
    [[nodiscard]] bool fits(std::size_t payload_size) const noexcept;

    /// Each adds one frame to the pending group. `mark`: the offset up to which this segment is
    /// durable, 0 when durability has not reached it.
    /// The first frame of a segment, and only it, is a link.
    void add_link(const Link& link, std::uint64_t mark);
    /// One batch of `count` > 0 operations, encoded as in entry/operation.hpp.
    void add_batch(Bytes operations_encoded, std::uint32_t count, std::uint64_t mark);
    void add_mark(std::uint64_t time_ms, std::uint64_t mark);
    /// The last frame. The next segment was prepared before.
    void add_seal(const Seal& seal, std::uint64_t mark);

    /// Makes sure that the pending group, and a seal after it, will not run out of space. After
    /// an error nothing has changed: discard() the group.
    Status reserve();
    /// Drops the pending group.
    void discard() noexcept;
    /// Writes the pending group. Without a sync to come at once, through a map of the segment
    /// where the file system has one.
    Status write(bool sync_follows = true);
    /// fdatasync: everything written before the call is on stable storage.
    Status sync();
    /// A clean end after a seal that was written: cuts off the reserved rest and syncs.
    Status finish();

  private:
    SegmentWriter() = default;
    void add(FrameKind kind, Bytes payload, std::uint64_t mark);
    Status reserve_first(std::uint64_t room);
    Status blank();
    Status write_pending(bool sync_follows);

    std::unique_ptr<File> file_;
    std::uint64_t number_ = 0;
    std::uint64_t key_ = 0;
    std::uint64_t end_ = segment_header_size;
    std::uint64_t reserved_ = 0;
    std::uint64_t blank_end_ = 0;  ///< zeros were written up to here
    bool can_reserve_ = true;
    std::string pending_;
    std::uint32_t operations_ = 0;
    std::uint32_t operations_written_ = 0;
    bool sealed_ = false;
    bool sealed_written_ = false;
    bool write_failed_ = false;
    bool sync_failed_ = false;  ///< touched by sync() and finish() only
};

}  // namespace strata
