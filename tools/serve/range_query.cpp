// SPDX-License-Identifier: Apache-2.0
#include "serve/range_query.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "serve/access.hpp"
#include "serve/query.hpp"

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

// The time to match a key grows with the product of both sizes.
constexpr std::size_t pattern_size_max = 1024;

Status read_bounds(const Query& query, KeyRange& range) {
    auto prefix = STRATA_TRY(query.bytes("prefix"));
    range.scan.from = STRATA_TRY(query.bytes("from"));
    range.scan.to = STRATA_TRY(query.bytes("to"));
    range.scan.after = STRATA_TRY(query.bytes("after"));
    range.scan.reverse = STRATA_TRY(query.flag("reverse"));
    range.scan.at = STRATA_TRY(query.number("at"));
    range.limit = STRATA_TRY(query.number("limit"));
    auto pattern = STRATA_TRY(query.bytes("match"));
    if (pattern) {
        if (pattern->size() > pattern_size_max) {
            return usage_error("match: the pattern has {} bytes, at most {} are matched",
                               pattern->size(), pattern_size_max);
        }
        range.glob.emplace(std::move(*pattern));
        if (!prefix) {
            prefix = range.glob->literal_prefix();
        }
    }
    range.scan.prefix = prefix.value_or(std::string{});
    const auto names_some = [](const std::optional<std::string>& bound) {
        return bound && !bound->empty();
    };
    range.bounded = !range.scan.prefix.empty() || names_some(range.scan.from) ||
                    names_some(range.scan.after) || range.scan.to;
    for (const auto* bound : {&range.scan.from, &range.scan.to, &range.scan.after}) {
        if (*bound && (*bound)->size() > key_size_max) {
            return usage_error("a bound has {} bytes, keys have at most {}", (*bound)->size(),
                               key_size_max);
        }
    }
    if (range.scan.prefix.size() > key_size_max) {
        return usage_error("prefix: it has {} bytes, keys have at most {}",
                           range.scan.prefix.size(), key_size_max);
    }
    return {};
}

constexpr char cursor_version = 1;
constexpr unsigned sequence_bytes = 8;
constexpr unsigned check_bytes = 4;
constexpr std::size_t cursor_head = 1 + sequence_bytes + check_bytes;

// FNV-1a over the bounds, so that a cursor is not used with another range by mistake.
class RangeCheck {
  public:
    void add(Bytes bytes) {
        constexpr std::uint32_t prime = 16777619;
        for (const char byte : bytes) {
            sum_ = (sum_ ^ static_cast<unsigned char>(byte)) * prime;
        }
        sum_ = (sum_ ^ 0x1ff) * prime;
    }
    void add(const std::optional<std::string>& bytes) {
        add(Bytes{bytes ? "y" : "n"});
        add(Bytes{bytes ? *bytes : std::string{}});
    }
    [[nodiscard]] std::uint32_t sum() const noexcept { return sum_; }

  private:
    std::uint32_t sum_ = 2166136261;
};

std::uint32_t check_of(const KeyRange& range) {
    RangeCheck check;
    check.add(range.scan.from);
    check.add(range.scan.to);
    check.add(Bytes{range.scan.prefix});
    check.add(Bytes{range.scan.reverse ? "r" : "f"});
    return check.sum();
}

std::uint64_t read_number(Bytes bytes) noexcept {
    std::uint64_t number = 0;
    for (const char byte : bytes) {
        number = number << 8 | static_cast<unsigned char>(byte);
    }
    return number;
}

}  // namespace

std::optional<Problem> read_range(const Request& request, KeyRange& range) {
    const Status read = read_bounds(Query{request.query}, range);
    return read ? narrow(request, range.scan) : std::optional{bad_request(read.error())};
}

Result<Walk> begin_walk(Store& store, const ScanOptions& scan) {
    Walk walk;
    if (scan.at) {
        walk.iterator = STRATA_TRY(store.scan(scan));
        walk.sequence = *scan.at;
        return walk;
    }
    const auto snapshot = STRATA_TRY(store.snapshot());
    ScanOptions fixed = scan;
    fixed.snapshot = snapshot.get();
    walk.iterator = STRATA_TRY(store.scan(fixed));
    walk.sequence = snapshot->sequence();
    return walk;
}

std::string cursor_text(const Cursor& cursor, const KeyRange& range) {
    std::string bytes(1, cursor_version);
    append_big_endian(bytes, cursor.sequence, sequence_bytes);
    append_big_endian(bytes, check_of(range), check_bytes);
    bytes += cursor.key;
    std::string text;
    append_base64(text, bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

std::optional<Cursor> parse_cursor(std::string_view text, const KeyRange& range) {
    const auto bytes = parse_base64(text);
    if (!bytes || bytes->size() <= cursor_head || bytes->size() > cursor_head + key_size_max ||
        bytes->front() != cursor_version) {
        return std::nullopt;
    }
    const Bytes all{*bytes};
    if (read_number(all.substr(1 + sequence_bytes, check_bytes)) != check_of(range)) {
        return std::nullopt;
    }
    return Cursor{.sequence = read_number(all.substr(1, sequence_bytes)),
                  .key = std::string{all.substr(cursor_head)}};
}

}  // namespace strata::tools
