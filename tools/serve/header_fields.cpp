// SPDX-License-Identifier: Apache-2.0
#include "serve/header_fields.hpp"

#include "common/encoding.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Cuts the first part off, up to `separator`.
std::string_view cut(std::string_view& text, char separator) noexcept {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part);
}

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// "q=0", "q=0.0", ...
bool is_zero_weight(std::string_view parameter) noexcept {
    const std::string_view name = cut(parameter, '=');
    return (name == "q" || name == "Q") && !parameter.empty() &&
           parameter.find_first_not_of("0.") == std::string_view::npos;
}

std::optional<Sequence> decimal(std::string_view text) {
    const bool digits =
        !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    return digits ? parse_number(text) : std::nullopt;
}

}  // namespace

bool same_type(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

bool accepts(const Request& request, std::string_view type) noexcept {
    std::string_view rest = request.header("accept").value_or(std::string_view{});
    while (!rest.empty()) {
        std::string_view one = cut(rest, ',');
        if (!same_type(cut(one, ';'), type)) {
            continue;
        }
        bool wanted = true;
        while (!one.empty()) {
            wanted = !is_zero_weight(cut(one, ';')) && wanted;
        }
        return wanted;
    }
    return false;
}

std::string_view content_type(const Request& request) noexcept {
    std::string_view value = request.header("content-type").value_or(std::string_view{});
    return cut(value, ';');
}

bool EntityTags::has_strong(Sequence sequence) const noexcept {
    return std::find(strong.begin(), strong.end(), sequence) != strong.end();
}

bool EntityTags::has(Sequence sequence) const noexcept {
    return has_strong(sequence) || std::find(weak.begin(), weak.end(), sequence) != weak.end();
}

std::optional<EntityTags> parse_entity_tags(std::string_view text) {
    constexpr std::size_t tags_max = 100;
    EntityTags tags;
    std::string_view rest = trimmed(text);
    if (rest == "*") {
        tags.any = true;
        return tags;
    }
    if (rest.empty()) {
        return std::nullopt;
    }
    while (!rest.empty()) {
        const bool weak = rest.starts_with("W/");
        rest.remove_prefix(weak ? 2 : 0);
        const std::size_t end = rest.starts_with('"') ? rest.find('"', 1) : std::string_view::npos;
        if (end == std::string_view::npos || tags.strong.size() + tags.weak.size() == tags_max) {
            return std::nullopt;
        }
        if (const auto sequence = decimal(rest.substr(1, end - 1))) {
            (weak ? tags.weak : tags.strong).push_back(*sequence);
        }
        rest = trimmed(rest.substr(end + 1));
        if (!rest.empty() && rest.front() != ',') {
            return std::nullopt;
        }
        while (!rest.empty() && (rest.front() == ',' || blanks.find(rest.front()) != blanks.npos)) {
            rest.remove_prefix(1);
        }
    }
    return tags;
}

std::variant<WholeValue, ByteRange, NoSuchRange> parse_range_header(std::string_view text,
                                                                    std::size_t size) noexcept {
    std::string_view unit = trimmed(text);
    std::string_view rest = unit;
    unit = cut(rest, '=');
    const std::size_t dash = rest.find('-');
    if (!same_type(unit, "bytes") || dash == std::string_view::npos) {
        return WholeValue{};
    }
    const std::string_view first_text = trimmed(rest.substr(0, dash));
    const std::string_view last_text = trimmed(rest.substr(dash + 1));
    const auto first = decimal(first_text);
    const auto last = decimal(last_text);
    if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) {
        return WholeValue{};
    }
    if (!first) {
        const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(*last, size));
        return count == 0 ? std::variant<WholeValue, ByteRange, NoSuchRange>{NoSuchRange{}}
                          : ByteRange{size - count, count};
    }
    if (last && *last < *first) {
        return WholeValue{};
    }
    if (*first >= size) {
        return NoSuchRange{};
    }
    const auto offset = static_cast<std::size_t>(*first);
    const auto end =
        static_cast<std::size_t>(std::min<std::uint64_t>(last.value_or(size - 1), size - 1));
    return ByteRange{offset, end - offset + 1};
}

}  // namespace strata::tools
