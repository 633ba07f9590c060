// SPDX-License-Identifier: Apache-2.0
#include "entry/bounds.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

void lower_to(std::optional<std::string>& upper, const std::optional<std::string>& bound) {
    if (bound && (!upper || *bound < *upper)) {
        upper = bound;
    }
}

}  // namespace

std::optional<std::string> prefix_end(Bytes prefix) {
    const std::size_t last = prefix.find_last_not_of('\xff');
    if (last == Bytes::npos) {
        return std::nullopt;
    }
    std::string end{prefix.substr(0, last + 1)};
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

VisibleBounds visible_bounds(const ScanOptions& options) {
    VisibleBounds bounds{.lower = options.prefix, .reverse = options.reverse};
    if (options.from) {
        bounds.lower = std::max(bounds.lower, *options.from);
    }
    if (options.after && !options.reverse) {
        // The least key above `after`.
        bounds.lower = std::max(bounds.lower, *options.after + '\0');
    }
    bounds.upper = prefix_end(options.prefix);
    lower_to(bounds.upper, options.to);
    if (options.reverse) {
        lower_to(bounds.upper, options.after);
    }
    return bounds;
}

Result<bool> seek_start(Cursor& entries, const VisibleBounds& bounds, Sequence at) {
    if (bounds.empty()) {
        return false;
    }
    if (!bounds.reverse) {
        return bounds.lower.empty() ? entries.seek_first() : entries.seek(bounds.lower, at);
    }
    return bounds.upper ? entries.seek_before(*bounds.upper) : entries.seek_last();
}

Result<bool> seek_from(Cursor& entries, const VisibleBounds& bounds, Bytes key, Sequence at,
                       std::string& buffer) {
    if (bounds.empty()) {
        return false;
    }
    if (!bounds.reverse) {
        buffer.assign(std::max(key, Bytes{bounds.lower}));
        return buffer.empty() ? entries.seek_first() : entries.seek(buffer, at);
    }
    // The least string above `key` excludes what is above `key` itself.
    buffer.assign(key);
    buffer.push_back('\0');
    const bool clamped = bounds.upper && *bounds.upper < buffer;
    return entries.seek_before(clamped ? *bounds.upper : buffer);
}

}  // namespace strata
