// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/settings.hpp"

#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

/// What imports share, whatever they read.
namespace strata::tools {

/// One chunk is one batch: written, and synced, at once.
inline constexpr std::size_t import_chunk_bytes = std::size_t{1} << 20;
inline constexpr std::uint32_t import_chunk_operations = 10'000;
/// A record that, with this, does not fit beside others goes alone.
inline constexpr std::size_t import_record_overhead_max = 64;
/// Reasons of rejections that are shown one by one.
inline constexpr std::uint64_t import_reasons_shown = 10;

/// A word for a shell's command line.
[[nodiscard]] std::string shell_word(const std::string& text);

/// The file that --rejects names.
class RejectsFile {
  public:
    RejectsFile() = default;
    RejectsFile(const RejectsFile&) = delete;
    RejectsFile& operator=(const RejectsFile&) = delete;
    ~RejectsFile();

    /// Creates it, or empties what is there.
    Status open(const std::string& path);
    /// Adds a line, whose text may come in several pieces.
    Status write(Bytes text);
    Status end_line() { return write("\n"); }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    int descriptor_ = -1;
    std::string path_;
};

/// The options that the same import needs again, each behind a space.
[[nodiscard]] std::string import_options_text(const Settings& settings, const RejectsFile& rejects);

}  // namespace strata::tools
