// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/format.hpp"
#include "log/reader.hpp"

#include <strata/file_system.hpp>
#include <strata/testing.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// WAL segments built from text, byte for byte, right or wrong. One command a line:
///
///     segment 7 [named=8] [store=t] [version=2] [required=1]   begins a file
///     link [first=1] [after=6:1000]      the defaults are what a writer would put
///     ops a=1 b=2 -c                     one batch: puts and a delete
///     mark | pad BYTES | seal next=8 | seal close
///       each frame: [mark=N] [before=N] [size=N: cut or padded payload]
///     synced                             everything so far is durable: later marks say so
///     flip 7 OFFSET[.BIT] | cut 7 LENGTH | zeros 7 BYTES | remove 7 | exchange 7 8
///
/// A segment's salt is its number and its store id 16 times the letter 's', so a script always
/// gives the same bytes.
namespace strata::test {

struct BuiltSegment {
    std::string bytes{};
    std::uint64_t number = 0;  ///< in the header
    std::uint64_t key = 0;
    std::uint64_t end = 0;  ///< of the last frame
    Sequence first_sequence = 0;
    Sequence last_sequence = 0;
};

class LogBuilder {
  public:
    /// Runs a script; a line that makes no sense fails the test.
    void run(std::string_view script);
    void line(const std::string& line);

    /// Files by the number in their name.
    [[nodiscard]] const std::map<std::uint64_t, BuiltSegment>& segments() const noexcept {
        return segments_;
    }
    [[nodiscard]] static StoreId store();
    /// What a manifest says that lists these segments as sealed, and one as active.
    [[nodiscard]] LogInput input(const std::vector<std::uint64_t>& sealed, std::uint64_t active,
                                 Sequence last_in_tables) const;

  private:
    struct Words;
    void begin_segment(const Words& words);
    void add_frame(const Words& words);
    void damage(const Words& words);
    [[nodiscard]] std::uint64_t key_of(std::uint64_t number) const;

    std::map<std::uint64_t, BuiltSegment> segments_{};
    std::uint64_t current_ = 0;  ///< name of the segment that takes frames
    std::uint64_t before_ = 0;   ///< name of the one before it
    std::uint32_t operations_ = 0;
    Sequence last_ = 0;
    std::uint64_t durable_segment_ = 0;
    std::uint64_t durable_offset_ = 0;
};

/// A new file system that holds the segments in /db, durable.
[[nodiscard]] std::shared_ptr<StrictFileSystem> files_of(
    const std::map<std::uint64_t, BuiltSegment>& segments);

}  // namespace strata::test
