// SPDX-License-Identifier: Apache-2.0
#include "lsm/history.hpp"

#include "base/file_name.hpp"
#include "base/hash.hpp"

#include <utility>

namespace strata {
namespace {

class Gatherer {
  public:
    explicit Gatherer(const HistoryQuery& query) : query_{query} {}

    /// All versions under the cursor; `place` says where they are, but for the log segment.
    Status take(Cursor& cursor, const StoredVersion& place) {
        bool standing = STRATA_TRY(cursor.seek(query_.key, query_.at));
        while (standing && cursor.entry().key == query_.key && !history.more) {
            if (query_.options.limit != 0 && history.versions.size() == query_.options.limit) {
                history.more = true;
                break;
            }
            const Entry& entry = cursor.entry();
            StoredVersion version = place;
            version.sequence = entry.sequence;
            version.deleted = entry.kind == Kind::del;
            version.value_size = entry.value.size();
            if (version.file.empty()) {
                if (const auto segment = query_.segment_of(entry.sequence)) {
                    version.file = file_name(FileType::wal, *segment);
                }
            }
            history.versions.push_back(std::move(version));
            standing = STRATA_TRY(cursor.next());
        }
        return {};
    }

    Status take_run(const Run& run, std::uint64_t number) {
        const LiveTable* live = run.find(query_.key);
        if (live == nullptr) {
            return {};
        }
        const Table* table = STRATA_TRY(live->table());
        if (!table->may_contain(hash64(query_.key, 0))) {
            return {};
        }
        StoredVersion place;
        place.place = "table";
        place.file = file_name(FileType::table, live->facts().number);
        place.run = number;
        return take(*table->cursor(query_.use), place);
    }

    History history;

  private:
    const HistoryQuery& query_;
};

}  // namespace

Result<History> history_in(const ReadView& view, const HistoryQuery& query) {
    Gatherer gatherer{query};
    gatherer.history.floor = view.history_floor;
    StoredVersion place;
    if (view.active) {
        place.place = "memtable";
        STRATA_TRY(gatherer.take(*view.active->cursor(), place));
    }
    place.place = "sealed memtable";
    for (const SealedMemtable& sealed : view.sealed) {
        STRATA_TRY(gatherer.take(*sealed.memtable->cursor(), place));
    }
    const auto& runs = view.version->runs();
    for (std::size_t i = 0; i < runs.size() && !gatherer.history.more; ++i) {
        STRATA_TRY(gatherer.take_run(*runs[i], i));
    }
    return std::move(gatherer.history);
}

}  // namespace strata
