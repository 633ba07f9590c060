// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Recovery: reads a store's log and decides what an interrupted write left and what is damage.
///
/// Let A be the manifest's active segment. The log is its sealed list, then the chain A, the
/// segment that A's seal names, and so on. X is the first place in the chain where no frame
/// verifies (or the end, when the log was closed). D is the greatest durability mark found in any
/// frame of A or of a later segment of this store, before X or behind it.
///
///  1  a segment that the manifest or a seal names is missing or another one   corruption
///  2  a header verifies, but its version or a required feature is unknown     unsupported
///  3  any other `*.wal`                                                       ignored
///  4  a frame verifies and fits                                               taken
///  5  a frame verifies and breaks a rule of the format                        corruption
///  6  in the sealed list: no frame verifies, or one crosses the length        corruption
///  7  in the sealed list: its length is reached                               next segment
///  8  chain: a seal                                                           next, or closed
///  9  X < D                                                                   corruption
/// 10  X >= D, and something was appended at or behind X                       torn tail, dropped
/// 11  X >= D otherwise                                                        end of the log
///
/// A torn tail is what a power cut leaves of writes that were not synced: a later frame proves
/// nothing, because unsynced pages reach the disk in any order. A later *mark* beyond X proves
/// that the bytes at X were once durable.
namespace strata {

/// A segment that needs no more writing, as the manifest lists it.
struct SealedSegment {
    std::uint64_t number = 0;
    std::uint64_t key = 0;
    std::uint64_t length = 0;  ///< where its frames end
    Sequence first_sequence = 0;
    Sequence last_sequence = 0;

    friend bool operator==(const SealedSegment&, const SealedSegment&) = default;
};

/// What the manifest says of the log.
struct LogInput {
    StoreId store{};
    std::vector<SealedSegment> sealed{};  ///< oldest first
    std::uint64_t active = 0;             ///< 0: closed, no log beyond the sealed list
    std::uint64_t active_key = 0;
    std::uint64_t next_number = 0;  ///< no file of the manifest's time has this number or a higher
    Sequence last_in_tables = 0;    ///< the log begins with the operation after this one
};

struct LogBatch {
    Sequence first = 0;  ///< of its first operation
    std::uint32_t operations = 0;
    Bytes encoded{};  ///< valid until `take` returns
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
};

/// A segment of the sealed list or the chain, as far as it was read.
struct ReadSegment {
    std::uint64_t number = 0;
    std::uint64_t key = 0;
    std::uint64_t length = 0;     ///< end of its last good frame
    Sequence first_sequence = 0;  ///< of the link; 0: it has no frame
    Sequence last_sequence = 0;   ///< meaningful when it has operations
    std::uint64_t operations = 0;
    bool sealed = false;  ///< a seal ends it

    /// As a manifest lists it; requires operations.
    [[nodiscard]] SealedSegment as_sealed() const noexcept {
        return {number, key, length, first_sequence, last_sequence};
    }
};

struct LogVerdict {
    std::vector<ReadSegment> segments{};  ///< in order; also those without operations
    Sequence last_sequence = 0;           ///< of the log, else the tables
    std::uint64_t batches = 0;
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;  ///< headers and good frames
    bool closed = false;      ///< the writer closed the log

    /// The place that the greatest mark names; segment 0: there was none.
    std::uint64_t durable_segment = 0;
    std::uint64_t durable_offset = 0;

    bool torn = false;
    std::string torn_path{};
    std::uint64_t torn_segment = 0;
    std::uint64_t torn_offset = 0;  ///< X
    /// From X to the end of what can be told to have been appended, later segments included.
    std::uint64_t torn_bytes = 0;
    std::uint64_t torn_frames = 0;  ///< that verify behind X and are dropped all the same
};

using TakeBatch = std::function<Status(const LogBatch&)>;

/// Reads the log and calls `take` for every batch in commit order; an error of `take` stops it.
/// Everything given to `take` is on stable storage, and is void when an error is returned. Beside
/// a live writer the answer is a prefix of its log not older than the call; segments that vanish
/// or verdicts of damage may then only mean that a newer manifest exists.
[[nodiscard]] Result<LogVerdict> read_log(FileSystem& file_system, const std::string& directory,
                                          const LogInput& input, const TakeBatch& take);

}  // namespace strata
