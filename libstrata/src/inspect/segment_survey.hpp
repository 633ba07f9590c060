// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"
#include "log/format.hpp"
#include "log/segment_reader.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Reading one WAL segment that may be damaged anywhere: every frame that verifies, also behind
/// damage, and between them exactly what is missing.
namespace strata {

/// A batch that verifies.
struct SurveyedBatch {
    Sequence first = 0;  ///< of its first operation
    std::uint32_t operations = 0;
    Bytes encoded{};  ///< valid until `take` returns
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    bool behind_gap = false;  ///< something before it in the log is lost
};

/// Operations of a log that could not be read.
struct LogGap {
    std::string file{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  ///< begin: the bytes are not there at all
    std::string message{};
    Sequence first = 0;
    Sequence last = 0;  ///< below first: no operation is lost; sequence_max: nobody knows
};

/// What is known of a segment from elsewhere.
struct SegmentBounds {
    Sequence first = 0;                     ///< of its first operation, if its link is lost
    std::optional<Sequence> last{};         ///< of its last one
    std::optional<std::uint64_t> length{};  ///< nothing behind it belongs to the log
};

/// A segment whose key is known, so that its frames can be told.
class SegmentSurvey {
  public:
    /// Finds the key: in the header, in `keys` (of manifests and seals), or in what is left of the
    /// header; one counts when a frame verifies under it. Null: there is none.
    static Result<std::unique_ptr<SegmentSurvey>> open(FileSystem& files, const std::string& path,
                                                       std::uint64_t number,
                                                       const std::vector<std::uint64_t>& keys);

    [[nodiscard]] const std::string& path() const noexcept { return file_->path(); }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    /// Empty when the header does not verify.
    [[nodiscard]] const std::optional<SegmentHeader>& header() const noexcept { return header_; }
    /// Empty when the first frame does not verify.
    [[nodiscard]] const std::optional<Link>& link() const noexcept { return link_; }
    /// Any frame verifies; a segment that was prepared and not used has none.
    [[nodiscard]] bool used() const noexcept { return used_; }

    struct Outcome {
        std::vector<LogGap> gaps{};  ///< of which the last may be the torn end of the log
        std::optional<Seal> seal{};
        Sequence last = 0;      ///< of the last operation that is known to have been
        std::uint64_t end = 0;  ///< of the last good frame
        std::uint64_t batches = 0;
        std::uint64_t operations = 0;
        std::uint64_t mark = 0;        ///< greatest of all frames that verify; 0: none
        bool open_end = false;         ///< no seal and no bound says that the log goes no further
        std::uint64_t torn_bytes = 0;  ///< of an open end: behind `end`
    };
    /// Hands every batch to `take` whose sequences are above `above`, in order.
    Result<Outcome> walk(const SegmentBounds& bounds, Sequence above, bool behind_gap,
                         const std::function<Status(const SurveyedBatch&)>& take);

  private:
    SegmentSurvey() = default;
    Status find_key(FileSystem& files, const std::vector<std::uint64_t>& keys);
    Result<bool> fits(std::uint64_t key);

    std::unique_ptr<SegmentFile> file_;
    std::uint64_t number_ = 0;
    std::uint64_t key_ = 0;
    std::optional<SegmentHeader> header_;
    std::optional<Link> link_;
    bool used_ = false;
    bool known_ = false;  ///< key_ is the key
};

}  // namespace strata
