// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/glob.hpp"
#include "common/record.hpp"
#include "dump/options.hpp"
#include "entry/entry.hpp"

#include <optional>

namespace strata::tools {

/// The type that programs print for a kind.
[[nodiscard]] inline RecordType record_type_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::put:
        case Kind::put_expiring:
        case Kind::blob:
            return RecordType::put;
        case Kind::del:
            return RecordType::del;
        case Kind::range_del:
            return RecordType::rangedel;
        case Kind::merge:
            return RecordType::merge;
    }
    return RecordType::put;
}

/// What --match and --tombstones ask for.
class RecordFilter {
  public:
    explicit RecordFilter(const DumpOptions& options);

    /// Leaves nothing out.
    [[nodiscard]] bool empty() const noexcept { return tombstones_ == Tombstones::shown && !glob_; }
    [[nodiscard]] bool wants(Bytes key, bool is_delete) const {
        return (tombstones_ == Tombstones::shown ||
                is_delete == (tombstones_ == Tombstones::only)) &&
               (!glob_ || glob_->matches(key));
    }

  private:
    Tombstones tombstones_;
    std::optional<Glob> glob_{};
};

/// Whether every version is walked and not the newest ones alone.
[[nodiscard]] inline bool wants_versions(const DumpOptions& options) noexcept {
    return options.all_versions || options.internal || options.tombstones == Tombstones::only;
}

}  // namespace strata::tools
