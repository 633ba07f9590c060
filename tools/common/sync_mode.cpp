// SPDX-License-Identifier: Apache-2.0
#include "common/sync_mode.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"

#include <limits>

namespace strata::tools {

Result<SyncMode> parse_sync_mode(std::string_view text) {
    constexpr std::string_view interval = "interval:";
    if (text == "sync") {
        return SyncMode::sync();
    }
    if (text == "none") {
        return SyncMode::none();
    }
    if (text.starts_with(interval)) {
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
        if (const auto number = parse_number(text.substr(interval.size()), most)) {
            return SyncMode::every(std::chrono::milliseconds{*number});
        }
    }
    return usage_error("expected sync, none or interval:MS, found \"{}\"", escaped(text));
}

std::string sync_mode_text(const SyncMode& mode) {
    switch (mode.kind) {
        case SyncMode::Kind::sync:
            break;
        case SyncMode::Kind::none:
            return "none";
        case SyncMode::Kind::interval:
            return fmt::format("interval:{}", mode.interval.count());
    }
    return "sync";
}

}  // namespace strata::tools
