// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"
#include "base/store_id.hpp"
#include "log/segment_writer.hpp"
#include "version/manifest.hpp"

#include <strata/file_system.hpp>

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata {

/// A place in the log of a store.
struct LogPosition {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;

    friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

/// The log of an open store: the active segment, one prepared ahead, and the sealed ones that are
/// not in tables yet. Knows up to where the log is written (`end`) and up to where it is on stable
/// storage (`durable`); durable moves only after a successful fdatasync of every byte before it,
/// segments in order.
///
/// Threads: the calls marked LOG belong to the holder of the LOG role of the commit queue; all
/// others may be made by any thread. The sync mutex is held during fdatasync, the state mutex
/// never during I/O; sync before state.
class StoreLog {
  public:
    struct Config {
        FileSystem* file_system = nullptr;
        std::string directory;
        StoreId store;
        std::function<std::uint64_t()> next_number;  ///< of any new file; thread-safe
    };

    explicit StoreLog(Config config) : config_{std::move(config)} {}

    /// Prepares the first segment of this process; `sealed` are the segments that recovery read
    /// and that the manifest lists. The link is written with the first group.
    Status start(std::vector<SegmentFacts> sealed, Sequence last_sequence);

    /// LOG. Adds a frame to the pending group.
    void add_batch(Bytes encoded, std::uint32_t operations);
    void add_mark(std::uint64_t time_ms);
    /// LOG. Whether the pending group has a frame.
    [[nodiscard]] bool has_pending() const;
    /// LOG. Bytes of the active segment with the pending group.
    [[nodiscard]] std::uint64_t size_with_pending() const;
    /// LOG. Room on disk for the pending group and a seal; on no_space nothing was written.
    Status reserve();
    /// LOG. Drops the pending group.
    void discard();
    /// LOG. Writes the pending group, whose last operation has `last_sequence`, and moves end.
    /// After an error the log is never written again. `sync_follows`: somebody waits for a sync.
    Status write(Sequence last_sequence, bool sync_follows = true);
    /// LOG. Seals the active segment, whose last operation has `last_sequence`, and makes the
    /// prepared one active. After no_space nothing changed.
    Status rotate(Sequence last_sequence);

    [[nodiscard]] LogPosition end() const;
    [[nodiscard]] LogPosition durable() const;
    /// Operations up to here survive a power cut; exact after a sync of the end.
    [[nodiscard]] Sequence durable_sequence() const;
    /// True when synced frames have no later frame that carries their mark.
    [[nodiscard]] bool wants_mark() const;

    /// Makes everything before `position` durable; with an offset of 64, exactly the sealed
    /// segments before it. After an error nothing is synced again: the same error returns.
    Status sync_to(LogPosition position);
    Status sync_sealed();
    Status sync_all();

    /// Prepares the next segment unless one is ready.
    Status prepare_next();
    /// Gives up the prepared segment, if there is one; returns the number of the file to unlink.
    std::optional<std::uint64_t> drop_prepared();

    /// Fills in the log's part of a manifest: the sealed segments that are durable, and as active
    /// one the first that is not, from which the chain of seals leads on.
    void describe(Manifest& manifest) const;

    /// Forgets sealed segments up to and including `number`, whose operations are in tables now,
    /// and returns their numbers and those of segments that were prepared in vain: files to unlink
    /// once a manifest without them is saved.
    std::vector<std::uint64_t> retire(std::uint64_t number);

    /// The segments that hold operations, up to where the log is durable: the last one may be cut
    /// short in the middle of what is written. For a copy.
    [[nodiscard]] std::vector<SegmentFacts> durable_segments() const;

    /// The segment that holds the operation; empty when its segment was given up, or is not
    /// written yet.
    [[nodiscard]] std::optional<std::uint64_t> segment_of(Sequence sequence) const;

    /// Number of the active segment.
    [[nodiscard]] std::uint64_t active_number() const;

    /// LOG. Seals for good, syncs, cuts the file to its length. Afterwards describe() tells a log
    /// without active segment. Returns the numbers of files to unlink: an active segment without
    /// operations, and those prepared in vain.
    Result<std::vector<std::uint64_t>> close(Sequence last_sequence);

    struct Totals {
        std::uint64_t segments = 0;
        std::uint64_t bytes = 0;
        std::uint64_t written = 0;
        std::uint64_t syncs = 0;
    };
    [[nodiscard]] Totals totals() const;

  private:
    struct LinkFacts {
        std::uint64_t predecessor = 0;
        std::uint64_t predecessor_length = 0;
        Sequence first_sequence = 0;
    };

    void begin_frame(bool is_mark);
    void activate(std::unique_ptr<SegmentWriter> segment, const LinkFacts& link);
    Result<std::unique_ptr<SegmentWriter>> take_prepared();
    [[nodiscard]] SegmentFacts active_facts(Sequence last_sequence) const;

    Config config_;

    // LOG role only.
    std::shared_ptr<SegmentWriter> active_;
    LinkFacts link_;
    bool link_written_ = false;
    std::uint64_t mark_ = 0;  // of the pending group
    bool pending_is_mark_ = false;

    Mutex sync_mutex_;
    std::optional<Error> sync_error_ STRATA_GUARDED_BY(sync_mutex_);  // of the first that failed
    mutable Mutex state_mutex_;
    std::unique_ptr<SegmentWriter> prepared_ STRATA_GUARDED_BY(state_mutex_);
    std::vector<std::uint64_t> unused_ STRATA_GUARDED_BY(state_mutex_);  // prepared in vain
    std::vector<std::shared_ptr<SegmentWriter>> unsynced_ STRATA_GUARDED_BY(state_mutex_);
    std::vector<SegmentFacts> sealed_ STRATA_GUARDED_BY(state_mutex_);
    LogPosition end_ STRATA_GUARDED_BY(state_mutex_);
    LogPosition durable_ STRATA_GUARDED_BY(state_mutex_);
    Sequence end_sequence_ STRATA_GUARDED_BY(state_mutex_) = 0;
    Sequence durable_sequence_ STRATA_GUARDED_BY(state_mutex_) = 0;
    std::uint64_t active_number_ STRATA_GUARDED_BY(state_mutex_) = 0;
    std::uint64_t active_key_ STRATA_GUARDED_BY(state_mutex_) = 0;
    Sequence active_first_ STRATA_GUARDED_BY(state_mutex_) = 0;  // of its first operation
    bool last_frame_is_mark_ STRATA_GUARDED_BY(state_mutex_) = true;
    std::uint64_t written_ STRATA_GUARDED_BY(state_mutex_) = 0;
    std::uint64_t syncs_ STRATA_GUARDED_BY(state_mutex_) = 0;
};

}  // namespace strata
