// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record_output.hpp"
#include "common/terminal.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the shared options say: how results look and how writes are made. They stand before the
/// command for a whole run, behind it for that command alone, and in .set for a session.
namespace strata::tools {

struct Settings {
    std::optional<OutputFormat> format{};  ///< unset: table on a terminal, else tsv
    bool json_words = false;               ///< --json: ndjson for records, json for the rest
    ByteFormat key_format = ByteFormat::esc;
    ByteFormat value_format = ByteFormat::esc;
    bool value_format_given = false;
    JsonStyle json{};
    bool ascii = false;
    bool null_ends = false;
    ColorWhen color = ColorWhen::automatic;
    std::string pager{};  ///< command, "never", or empty: as the environment says
    bool quiet = false;
    bool verbose = false;
    bool yes = false;
    bool dry_run = false;
    bool timer = false;
    std::optional<SyncMode> sync{};
    std::uint64_t scan_limit = 0;  ///< of a scan that names none; 0: no limit

    /// The way to write to `output`. `stream`: records, one after the other.
    [[nodiscard]] OutputStyle style(const Output& output, bool stream) const;
    /// Some format was chosen, so that results are not written bare.
    [[nodiscard]] bool format_given() const noexcept {
        return format.has_value() || json_words || value_format_given;
    }
};

/// Gives the shared option `name` (without dashes) a value; ignored for flags.
Status apply_setting(Settings& settings, std::string_view name, std::string_view value);

}  // namespace strata::tools
