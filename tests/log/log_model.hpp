// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/reader.hpp"
#include "log/segment_writer.hpp"

#include <strata/file_system.hpp>
#include <strata/testing.hpp>

#include "support/random.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A model of everything in a store that touches its log: appending, syncing, rotating, saving a
/// manifest, flushing, closing, recovering. The manifest is a value that is replaced atomically;
/// segments are real files in a StrictFileSystem. Before every operation that changes a file the
/// power is cut on copies of the disk, the log is read there and held against what was promised,
/// and recovery is run there with a second cut before each of its own operations.
namespace strata::test {

/// A rule that the model breaks on purpose: a test that cannot see it broken proves nothing.
enum class Broken : std::uint8_t {
    nothing,
    directory_sync,          ///< a new segment's name is not made durable
    prepare_sync,            ///< a new segment's header is not made durable
    mark_too_early,          ///< marks name the end of the log instead of what is durable
    acknowledge_early,       ///< a sync write is acknowledged before the sync
    sync_newest_only,        ///< a sync skips older segments that it should cover
    manifest_before_sync,    ///< a manifest lists sealed segments that are not durable
    seal_before_prepare,     ///< a seal names a segment that does not durably exist
    no_manifest_at_open,     ///< recovery goes on without committing what it read
    unlink_before_manifest,  ///< recovery removes files before the new manifest is durable
    close_before_sync,       ///< the closing manifest is saved before the last sync
    reused_number,           ///< recovery takes the manifest's next number, not a fresh one
};

const char* broken_name(Broken broken);

struct HistoryBatch {
    Sequence first = 0;
    std::uint32_t operations = 0;
    std::string encoded{};

    [[nodiscard]] Sequence last() const noexcept { return first + operations - 1; }
};

struct ModelCounts {
    std::uint64_t cuts = 0;
    std::uint64_t second_cuts = 0;
    std::uint64_t torn = 0;
    std::uint64_t lives = 0;
    std::uint64_t segments = 0;
};

class LogModel {
  public:
    LogModel(std::uint64_t seed, Broken broken);

    /// Lives until `lives` are over or something promised is not so. Returns what is wrong; empty
    /// when all is well.
    std::string run(int lives);

    [[nodiscard]] const ModelCounts& counts() const noexcept { return counts_; }

  private:
    struct Live {
        std::unique_ptr<SegmentWriter> writer{};
        Sequence first_sequence = 0;
        Sequence last_sequence = 0;
        bool listed = false;  ///< in the manifest's sealed list
    };
    struct Position {
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
    };
    /// A disk after a power cut, and what is known of it.
    struct Wreck {
        std::shared_ptr<StrictFileSystem> disk{};
        LogInput manifest{};
        Sequence last = 0;
    };

    void start_life(const Wreck& wreck);
    void act();
    void append();
    void append_batches(std::uint64_t count);
    void sync();
    void sync_to(Position target, Sequence last);
    void rotate();
    void flush();
    void close();
    void save(LogInput next);
    void save_sealed();
    [[nodiscard]] std::unique_ptr<SegmentWriter> prepare(std::uint64_t number);
    [[nodiscard]] std::uint64_t mark() const;
    [[nodiscard]] Live& active() { return segments_.back(); }
    [[nodiscard]] SealedSegment as_sealed(const Live& live) const;

    void before_operation();
    void check_wreck(const std::shared_ptr<StrictFileSystem>& disk, const LogInput& manifest,
                     Sequence required);
    [[nodiscard]] std::optional<LogVerdict> read_history(FileSystem& files,
                                                         const LogInput& manifest,
                                                         Sequence required);
    void fail(std::string what);

    Random random_;
    Broken broken_;
    std::string failure_{};
    ModelCounts counts_{};

    std::shared_ptr<StrictFileSystem> disk_{};
    std::shared_ptr<FileSystem> files_{};  ///< disk_, telling before each change
    std::vector<HistoryBatch> history_{};  ///< begun to be appended, in order
    Sequence written_ = 0;                 ///< survives a killed process
    Sequence acknowledged_ = 0;            ///< survives a power cut
    LogInput manifest_{};
    std::optional<LogInput> saving_{};  ///< may replace manifest_ at a cut
    std::vector<Live> segments_{};
    Position durable_{};
    Sequence durable_sequence_ = 0;
    std::uint64_t next_number_ = 1;
    bool closed_ = false;
    bool cutting_ = false;    ///< the disk is only looked at
    bool is_second_ = false;  ///< runs on the wreck of another model, to be cut once more
    std::optional<Wreck> next_life_{};
    std::uint64_t wrecks_seen_ = 0;
};

/// Passes calls on and tells before every one that changes something. `skip` may swallow a sync.
std::shared_ptr<FileSystem> telling_file_system(std::shared_ptr<FileSystem> base,
                                                std::function<void()> before, Broken broken);

}  // namespace strata::test
