// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/format.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Reading one WAL segment that may be damaged, torn, or still written by another process. Only
/// pread into own memory; memory is bounded by one frame, and no length is followed before its
/// check verified and it was compared with the bytes that remain. One thread at a time.
namespace strata {

/// The error for a segment of a version or with a feature that this program does not know.
[[nodiscard]] Error unsupported_segment(const std::string& path, const SegmentHeader& header);

/// What stands at an offset.
struct Frame {
    enum class State : std::uint8_t {
        none,         ///< no header verifies: zeros, garbage, a torn or damaged frame
        bad_payload,  ///< the header verifies, the payload does not, or the file ends before it
        good,
    };
    State state = State::none;
    std::uint64_t offset = 0;
    FrameHeader header{};  ///< meaningful unless none
    Bytes payload{};       ///< of a good frame; valid until the file's next call

    [[nodiscard]] std::uint64_t end() const noexcept { return offset + header.frame_size(); }
};

/// What a scan of every multiple of 4 found behind the end of the log.
struct TailScan {
    std::uint64_t frames = 0;       ///< that verify
    std::uint64_t frames_end = 0;   ///< end of the last of them; 0: none
    std::uint64_t bytes_end = 0;    ///< end of the last bytes that are not zero; 0: none
    std::uint64_t mark = 0;         ///< greatest mark of 64 or more; 0: none
    std::uint64_t mark_offset = 0;  ///< of the frame that carries it
};

class SegmentFile {
  public:
    /// Whether what is read is going to be trusted as durable. `yes` makes dirty pages durable,
    /// drops the clean ones and so reads the medium: after a failed sync and a dead process the
    /// page cache can show bytes that the disk lacks. `no` touches nothing, for inspectors.
    enum class Settle : bool { no, yes };

    static Result<std::unique_ptr<SegmentFile>> open(FileSystem& file_system, std::string path,
                                                     Settle settle);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// When opened or last refreshed. Bytes beyond segment_size_max do not count.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    [[nodiscard]] Result<DecodedSegmentHeader> header();
    /// What stands at `offset` under the segment's key.
    [[nodiscard]] Result<Frame> frame_at(std::uint64_t key, std::uint64_t offset);
    /// Called for each frame that a scan finds, which is valid until then; false ends the scan.
    using VisitFrame = std::function<bool(const Frame&)>;

    /// Tests every multiple of 4 from `from` to the end of the file; inside a frame that verifies
    /// nothing is looked for. A file crafted so that this would take for ever is corruption.
    [[nodiscard]] Result<TailScan> scan(std::uint64_t key, std::uint64_t from,
                                        const VisitFrame& visit = {});
    /// Forgets what was read, so that a writer's progress shows.
    [[nodiscard]] Status refresh();

  private:
    SegmentFile() = default;
    /// Up to `size` bytes from `offset`, fewer only at the end of the file.
    [[nodiscard]] Result<Bytes> view(std::uint64_t offset, std::uint64_t size);
    /// As many bytes from `offset` as are in memory, at least those of a frame's header; fewer
    /// only at the end of the file, before which `offset` is.
    [[nodiscard]] Result<Bytes> view_ahead(std::uint64_t offset);

    [[nodiscard]] std::uint64_t skip_hole(std::uint64_t offset) noexcept;

    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    std::vector<char> window_;
    std::uint64_t window_offset_ = 0;
    std::size_t window_size_ = 0;
    bool settled_ = false;  ///< opened with Settle::yes
};

/// What a segment's first frame has to agree with.
struct WalkStart {
    std::optional<Sequence> last{};        ///< sequence of the operation before; unset: unknown
    std::uint64_t predecessor = 0;         ///< segment read before; 0: none was
    std::uint64_t predecessor_length = 0;  ///< where its frames end
};

/// Takes a segment's frames in order from offset 64 and holds each against the rules: a link
/// first and only there, agreeing with its predecessor; running counts; payloads that parse;
/// nothing behind a seal.
class SegmentWalk {
  public:
    /// `file` outlives the walk; its header was verified.
    SegmentWalk(SegmentFile& file, std::uint64_t number, std::uint64_t key, const WalkStart& start)
        : file_{file}, number_{number}, key_{key}, start_{start} {}

    /// Steps to the next frame. False: none verifies at offset(), or a seal was passed; asking
    /// again looks again. corruption: a frame verifies but breaks a rule, so it was not written
    /// by a working program.
    [[nodiscard]] Result<bool> next();

    /// Goes on behind a loss: at `frame`, which a scan found at or behind offset(), believing its
    /// count of operations. A segment whose link is lost gets one that begins with `first`.
    void skip_to(const Frame& frame, Sequence first);

    /// The frame of the last next() that was true.
    [[nodiscard]] const Frame& frame() const noexcept { return frame_; }
    /// Of an ops frame.
    [[nodiscard]] Sequence frame_first_sequence() const noexcept;
    [[nodiscard]] std::uint32_t frame_operations() const noexcept { return frame_operations_; }

    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::uint64_t key() const noexcept { return key_; }
    /// End of the last good frame; where the next is expected.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    [[nodiscard]] const std::optional<Link>& link() const noexcept { return link_; }
    [[nodiscard]] const std::optional<Seal>& seal() const noexcept { return seal_; }
    [[nodiscard]] std::uint32_t operations() const noexcept { return operations_; }
    [[nodiscard]] std::uint64_t batches() const noexcept { return batches_; }
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    /// Greatest mark met that is 64 or more; 0: none.
    [[nodiscard]] std::uint64_t mark() const noexcept { return mark_; }
    /// Of the first frame that carries it.
    [[nodiscard]] std::uint64_t mark_offset() const noexcept { return mark_offset_; }
    /// Sequence of the last operation taken: that of the link's predecessor when there is none
    /// yet; unset before the link when it is unknown.
    [[nodiscard]] std::optional<Sequence> last_sequence() const noexcept;

  private:
    [[nodiscard]] Status take(const Frame& frame);
    [[nodiscard]] Status take_link(const Frame& frame);
    [[nodiscard]] Status take_operations(const Frame& frame);

    SegmentFile& file_;
    std::uint64_t number_;
    std::uint64_t key_;
    WalkStart start_;
    std::uint64_t offset_ = segment_header_size;
    Frame frame_{};
    std::uint32_t frame_operations_ = 0;
    std::optional<Link> link_{};
    std::optional<Seal> seal_{};
    std::uint32_t operations_ = 0;
    std::uint64_t batches_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t mark_ = 0;
    std::uint64_t mark_offset_ = 0;
};

}  // namespace strata
