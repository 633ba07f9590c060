// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/range.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

// More rows than anybody reads; what lies beyond is counted together.
constexpr std::size_t rows_max = 100'000;

struct Usage {
    std::uint64_t keys = 0;         // live ones
    std::uint64_t live = 0;         // bytes of the newest versions
    std::uint64_t overwritten = 0;  // bytes of versions that a newer one hides
    std::uint64_t tombstones = 0;   // bytes of deletions that are the newest version

    Usage& operator+=(const Usage& other) noexcept {
        keys += other.keys;
        live += other.live;
        overwritten += other.overwritten;
        tombstones += other.tombstones;
        return *this;
    }
    [[nodiscard]] std::uint64_t obsolete() const noexcept { return overwritten + tombstones; }
};

// The group of a key: up to the depth-th separator behind the common prefix, with it; or only up to
// the last separator there is, as a file counts for its directory.
Bytes group_of(Bytes key, std::size_t common, std::string_view separators, std::uint64_t depth) {
    std::size_t end = common;
    for (std::uint64_t level = 0; level < depth; ++level) {
        const std::size_t at = key.find_first_of(separators, end);
        if (at == Bytes::npos) {
            break;
        }
        end = at + 1;
    }
    return key.substr(0, end);
}

// Sums up versions as a walk over all of them meets them: of each key the newest first.
class UsageSum {
  public:
    UsageSum(std::size_t common, std::string separators, std::uint64_t depth)
        : common_{common}, separators_{std::move(separators)}, depth_{depth} {}

    void add(const Iterator& at) {
        const bool newest = usage_ == nullptr || at.key() != key_;
        if (newest) {
            key_ = at.key();
            usage_ = &usage_of(group_of(key_, common_, separators_, depth_));
        }
        const std::uint64_t bytes = at.key().size() + at.value().size();
        if (!newest) {
            usage_->overwritten += bytes;
        } else if (at.deleted()) {
            usage_->tombstones += bytes;
        } else {
            usage_->live += bytes;
            ++usage_->keys;
        }
    }

    [[nodiscard]] Sheet sheet(bool obsolete_only) const {
        Sheet sheet{.columns = {"prefix", "keys", "live", "overwritten", "tombstones"}};
        Usage total = rest_;
        for (const auto& [prefix, usage] : groups_) {
            total += usage;
            if (usage.obsolete() != 0 || !obsolete_only) {
                sheet.rows.push_back(row(KeyCell{prefix}, usage));
            }
        }
        if (rest_.keys + rest_.obsolete() != 0) {
            sheet.rows.push_back(row(std::string{"(more)"}, rest_));
        }
        sheet.rows.push_back(row(std::string{"(total)"}, total));
        return sheet;
    }

  private:
    static std::vector<Cell> row(Cell name, const Usage& usage) {
        return {std::move(name), usage.keys, Size{usage.live}, Size{usage.overwritten},
                Size{usage.tombstones}};
    }

    Usage& usage_of(Bytes group) {
        const auto found = groups_.find(group);
        if (found != groups_.end()) {
            return found->second;
        }
        return groups_.size() < rows_max ? groups_[std::string{group}] : rest_;
    }

    const std::size_t common_;
    const std::string separators_;
    const std::uint64_t depth_;
    std::string key_;
    Usage* usage_ = nullptr;  // of key_'s group
    Usage rest_;
    std::map<std::string, Usage, std::less<>> groups_;
};

}  // namespace

Result<int> run_du(Session& session, const Invocation& invocation) {
    Range range = STRATA_TRY(parse_range(invocation, 0));
    const std::uint64_t depth = STRATA_TRY(invocation.number_option("depth"))
    .value_or(1);
    std::string separators{":/"};
    if (const Word* word = invocation.find("sep")) {
        auto bytes = parse_escaped(word->text, std::max<std::size_t>(word->column, 1));
        if (!bytes) {
            return invocation.bad("--sep", *word, bytes.take_error());
        }
        separators = std::move(*bytes);
    }
    range.scan.all_versions = true;
    UsageSum sum{range.scan.prefix.size(), std::move(separators), depth};
    STRATA_TRY(walk(session.store(), range, [&sum](const Iterator& at) {
        sum.add(at);
        return true;
    }));
    if (interrupted()) {
        return interrupt_status();
    }
    print_sheet(session.output(), invocation.settings().style(session.output(), true),
                sum.sheet(invocation.has("obsolete")));
    return exit_done;
}

}  // namespace strata::tools
