// SPDX-License-Identifier: Apache-2.0
#include "tidy/format_constants.hpp"

#include "log/format.hpp"
#include "table/block_view.hpp"
#include "table/filter.hpp"
#include "table/format.hpp"
#include "version/manifest.hpp"

#include <strata/bytes.hpp>

#include <charconv>
#include <concepts>
#include <cstdint>

namespace strata::tidy {
namespace {

template <std::unsigned_integral T>
std::string value_text(T value) {
    return std::to_string(value);
}

[[maybe_unused]] std::string value_text(std::string_view value) {
    return "\"" + std::string{value} + "\"";
}

}  // namespace

// One line for each constant; every `inline constexpr` of a header that is included here for its
// constants must have one.
#define STRATA_CONSTANT(page, name) \
    FormatConstant { page, #name, value_text(name) }

std::vector<FormatConstant> constants_of_code() {
    return {
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_check_size),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_header_size),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_number_at),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_property_size),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_segment_size),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_size_max),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_table_size),
        STRATA_CONSTANT("strata-manifest.5.scd", manifest_version),
        STRATA_CONSTANT("strata-sst.5.scd", block_handle_size),
        STRATA_CONSTANT("strata-sst.5.scd", block_header_size),
        STRATA_CONSTANT("strata-sst.5.scd", block_suffix_varies),
        STRATA_CONSTANT("strata-sst.5.scd", block_trailer_size),
        STRATA_CONSTANT("strata-sst.5.scd", block_wide_offsets),
        STRATA_CONSTANT("strata-sst.5.scd", data_block_size_max),
        STRATA_CONSTANT("strata-sst.5.scd", filter_line_size),
        STRATA_CONSTANT("strata-sst.5.scd", table_block_alignment),
        STRATA_CONSTANT("strata-sst.5.scd", table_footer_size),
        STRATA_CONSTANT("strata-sst.5.scd", table_magic),
        STRATA_CONSTANT("strata-sst.5.scd", table_section_alignment),
        STRATA_CONSTANT("strata-sst.5.scd", table_section_size_max),
        STRATA_CONSTANT("strata-sst.5.scd", table_version),
        STRATA_CONSTANT("strata-wal.5.scd", frame_alignment),
        STRATA_CONSTANT("strata-wal.5.scd", frame_header_size),
        STRATA_CONSTANT("strata-wal.5.scd", frame_payload_max),
        STRATA_CONSTANT("strata-wal.5.scd", link_payload_size),
        STRATA_CONSTANT("strata-wal.5.scd", mark_payload_size),
        STRATA_CONSTANT("strata-wal.5.scd", seal_frame_size),
        STRATA_CONSTANT("strata-wal.5.scd", seal_payload_size),
        STRATA_CONSTANT("strata-wal.5.scd", segment_features_known),
        STRATA_CONSTANT("strata-wal.5.scd", segment_header_size),
        STRATA_CONSTANT("strata-wal.5.scd", segment_magic),
        STRATA_CONSTANT("strata-wal.5.scd", segment_size_max),
        STRATA_CONSTANT("strata-wal.5.scd", segment_version),
        STRATA_CONSTANT("strata.7.scd", batch_size_max),
        STRATA_CONSTANT("strata.7.scd", key_size_max),
        STRATA_CONSTANT("strata.7.scd", sequence_max),
        STRATA_CONSTANT("strata.7.scd", value_size_max),
    };
}

std::vector<FormatConstant> constants_of_page(const File& page) {
    std::vector<FormatConstant> constants;
    bool inside = false;
    for (const std::string_view line : lines_of(page.text)) {
        if (line.starts_with("# ")) {
            inside = line == "# CONSTANTS";
        }
        const std::size_t equals = line.find(" = ");
        if (!inside || equals == std::string_view::npos) {
            continue;
        }
        const std::string_view right = trimmed(line.substr(equals + 3));
        const bool quoted = right.starts_with('"');
        const std::size_t end = quoted ? right.find('"', 1) + 1 : right.find(' ');
        std::string value{right.substr(0, end)};
        if (value.starts_with("0x")) {
            std::uint64_t number = 0;
            std::from_chars(value.data() + 2, value.data() + value.size(), number, 16);
            value = std::to_string(number);
        }
        constants.push_back({std::string{name_of(page.path)},
                             std::string{trimmed(line.substr(0, equals))}, std::move(value)});
    }
    return constants;
}

std::vector<std::string> constants_of_header(const File& header) {
    std::vector<std::string> names;
    for (const std::string_view line : lines_of(header.text)) {
        const std::size_t equals = line.find(" =");
        if (line.starts_with("inline constexpr ") && equals != std::string_view::npos) {
            names.push_back(words_of(line.substr(0, equals)).back());
        }
    }
    return names;
}

}  // namespace strata::tidy
