// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/request.hpp"

#include <strata/bytes.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

/// Reading of header fields that routes look at (RFC 9110). Nothing here allocates but EntityTags.
namespace strata::tools {

/// Whether Accept names exactly this type, and not with a weight of zero. Wildcards ask for nothing
/// in particular, so they do not count.
[[nodiscard]] bool accepts(const Request& request, std::string_view type) noexcept;

/// Content-Type without its parameters; empty when there is none.
[[nodiscard]] std::string_view content_type(const Request& request) noexcept;
/// Whether a media type is this one, in any case.
[[nodiscard]] bool same_type(std::string_view a, std::string_view b) noexcept;

/// If-Match and If-None-Match. A tag that is no sequence of ours matches nothing and is left out.
struct EntityTags {
    bool any = false;  ///< "*"
    std::vector<Sequence> strong{};
    std::vector<Sequence> weak{};  ///< those marked W/

    [[nodiscard]] bool has_strong(Sequence sequence) const noexcept;
    [[nodiscard]] bool has(Sequence sequence) const noexcept;
};

/// Empty when the list is malformed.
[[nodiscard]] std::optional<EntityTags> parse_entity_tags(std::string_view text);

/// Part of a value.
struct ByteRange {
    std::size_t offset = 0;
    std::size_t size = 0;
};
struct WholeValue {};
struct NoSuchRange {};

/// What a Range header means for a value of `size` bytes. Anything but one well-formed range of
/// bytes means the whole value, as RFC 9110 has it.
[[nodiscard]] std::variant<WholeValue, ByteRange, NoSuchRange> parse_range_header(
    std::string_view text, std::size_t size) noexcept;

}  // namespace strata::tools
