// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_operation.hpp"

#include "common/escape.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

std::string shown_error(const std::optional<Error>& error) {
    return error ? fmt::format("{} ({})", error_code_name(error->code), error->message)
                 : std::string{"success"};
}

std::string shown_entry(const Entry& entry) {
    return entry.value
               ? fmt::format("{} = {} #{}", shown(entry.key), shown(*entry.value), entry.sequence)
               : fmt::format("{} absent", shown(entry.key));
}

std::string subject(const Operation& operation) {
    std::string text = kind_name(operation.kind);
    if (operation.kind == Operation::Kind::scan && operation.range.reverse) {
        text += " in reverse";
    }
    if (operation.at) {
        text += fmt::format(" at {}", *operation.at);
    }
    const bool reads =
        operation.kind == Operation::Kind::get || operation.kind == Operation::Kind::scan;
    if (reads && operation.snapshot) {
        text += fmt::format(" in snapshot {}", *operation.snapshot);
    }
    return text;
}

bool same(const Entry& a, const Entry& b) {
    return a.key == b.key && a.value == b.value && (!a.value || a.sequence == b.sequence);
}

std::string different_entries(const std::vector<Entry>& expected, const std::vector<Entry>& found) {
    const std::size_t common = std::min(expected.size(), found.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (!same(expected[i], found[i])) {
            return fmt::format("expected {}, found {}", shown_entry(expected[i]),
                               shown_entry(found[i]));
        }
    }
    if (expected.size() > common) {
        return fmt::format("expected {}, found the end after {}", shown_entry(expected[common]),
                           count_of(common, "record"));
    }
    if (found.size() > common) {
        return fmt::format("expected the end after {}, found {}", count_of(common, "record"),
                           shown_entry(found[common]));
    }
    return {};
}

}  // namespace

const char* kind_name(Operation::Kind kind) noexcept {
    static constexpr std::array<const char*, Operation::kinds> names{
        "write", "get",     "scan",  "snapshot", "release", "sync",
        "flush", "compact", "check", "reopen",   "kill",    "read-only"};
    return names[static_cast<std::size_t>(kind)];
}

std::string difference(const Operation& operation, const Answer& expected, const Answer& found) {
    const bool same_outcome = expected.error.has_value() == found.error.has_value() &&
                              (!expected.error || expected.error->code == found.error->code);
    if (!same_outcome) {
        return fmt::format("{}: expected {}, found {}", subject(operation),
                           shown_error(expected.error), shown_error(found.error));
    }
    if (expected.sequence != found.sequence) {
        return fmt::format("{}: expected sequence {}, found {}", subject(operation),
                           expected.sequence, found.sequence);
    }
    const std::string wrong = different_entries(expected.entries, found.entries);
    return wrong.empty() ? wrong : fmt::format("{}: {}", subject(operation), wrong);
}

std::string shown(Bytes bytes) {
    constexpr std::size_t shown_max = 40;
    std::string text = word(bytes.substr(0, shown_max));
    if (bytes.size() > shown_max) {
        text += fmt::format("... ({} bytes)", bytes.size());
    }
    return text;
}

}  // namespace strata::tools
