// SPDX-License-Identifier: Apache-2.0
#include "leveldb/records.hpp"

#include "leveldb/log_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory_resource>
#include <optional>
#include <utility>
#include <vector>

namespace strata::level {
namespace {

Bytes user_key_of(const std::string& internal_key) {
    const auto key = parse_internal_key(internal_key);
    return key ? key->user_key : Bytes{};
}

/// A table that cannot be opened.
Damage lost_table(const LiveTable& live) {
    return {.path = live.path,
            .offset = 0,
            .size = live.facts.size,
            .message = live.problem->message,
            .code = live.problem->code,
            .after = std::string{user_key_of(live.facts.smallest)},
            .up_to = std::string{user_key_of(live.facts.largest)}};
}

/// The entries of one table; damage goes to the handler.
class TableSource {
  public:
    TableSource(const LiveTable& live, const DamageHandler& damaged)
        : live_{live}, damaged_{damaged} {}
    TableSource(const TableSource&) = delete;
    TableSource& operator=(const TableSource&) = delete;
    ~TableSource() = default;

    Result<bool> next() {
        if (!cursor_) {
            const bool opened = STRATA_TRY(open());
            if (!opened) {
                return false;
            }
        }
        while (true) {
            const auto more = cursor_->next();
            count_bytes();
            if (more) {
                return *more;
            }
            STRATA_TRY(report(more.error()));
            if (cursor_->lost_index()) {
                return false;
            }
        }
    }

    [[nodiscard]] const InternalKey& key() const noexcept { return cursor_->key(); }
    [[nodiscard]] Bytes value() const noexcept { return cursor_->value(); }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    [[nodiscard]] const LiveTable& live() const noexcept { return live_; }

    /// The current entry is where it must not be.
    Status misplaced(const char* expected) {
        return report(
            Error{ErrorCode::corruption,
                  fmt::format("{}: at {}: byte {} of the unfolded block: expected {}, "
                              "found a key of {} bytes below it",
                              live_.path, cursor_->handle().offset, cursor_->entry_offset(),
                              expected, cursor_->key().user_key.size())});
    }

    /// Remembers the current entry, as the one before the next.
    void remember() {
        any_ = true;
        last_key_ = cursor_->key().user_key;
        last_sequence_ = cursor_->key().sequence;
    }
    /// Whether the current entry lies behind the remembered one, in byte order.
    [[nodiscard]] bool ascends() const noexcept {
        return !any_ || precedes({.user_key = last_key_, .sequence = last_sequence_}, key());
    }
    /// Whether it is another version of the remembered key.
    [[nodiscard]] bool repeats() const noexcept { return any_ && key().user_key == last_key_; }

  private:
    /// False: the index is lost, and the handler took it.
    Result<bool> open() {
        if (!live_.table) {
            STRATA_TRY(damaged_(lost_table(live_)));
            return false;
        }
        auto cursor = TableCursor::create(*live_.table);
        if (!cursor) {
            Damage damage = lost_table({.level = live_.level,
                                        .facts = live_.facts,
                                        .path = live_.path,
                                        .table = nullptr,
                                        .problem = cursor.take_error()});
            STRATA_TRY(damaged_(damage));
            return false;
        }
        cursor_.emplace(cursor.take_value());
        return true;
    }

    Status report(const Error& error) {
        const BlockHandle& handle = cursor_->handle();
        return damaged_({.path = live_.path,
                         .offset = handle.offset,
                         .size = handle.size + block_trailer_size,
                         .message = error.message,
                         .code = error.code,
                         .after = last_key_,
                         .up_to = std::string{user_key_of(
                             cursor_->lost_index() ? live_.facts.largest
                                                   : std::string{cursor_->separator()})}});
    }

    void count_bytes() {
        if (cursor_->blocks() != blocks_) {
            blocks_ = cursor_->blocks();
            bytes_read_ += cursor_->handle().size + block_trailer_size;
        }
    }

    const LiveTable& live_;
    const DamageHandler& damaged_;
    std::optional<TableCursor> cursor_;
    bool any_ = false;
    std::string last_key_;
    Sequence last_sequence_ = 0;
    std::uint64_t blocks_ = 0;
    std::uint64_t bytes_read_ = 0;
};

/// The operations of all logs, in the order of tables.
class LogContent {
  public:
    Status load(std::vector<LiveLog>& logs, const DamageHandler& damaged) {
        LogWalk walk{logs, damaged};
        while (true) {
            const bool more = STRATA_TRY(walk.next());
            if (!more) {
                break;
            }
            InternalKey key = walk.key();
            key.user_key = keep(key.user_key);
            operations_.push_back({key, keep(walk.value())});
        }
        bytes_read_ = walk.bytes_read();
        std::ranges::sort(operations_, [](const Operation& left, const Operation& right) {
            return precedes(left.key, right.key);
        });
        return {};
    }

    [[nodiscard]] bool at_end() const noexcept { return at_ == operations_.size(); }
    void next() noexcept { ++at_; }
    [[nodiscard]] const InternalKey& key() const noexcept { return operations_[at_].key; }
    [[nodiscard]] Bytes value() const noexcept { return operations_[at_].value; }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }

  private:
    struct Operation {
        InternalKey key{};
        Bytes value{};
    };

    Bytes keep(Bytes bytes) {
        if (bytes.empty()) {
            return {};
        }
        auto* copy = static_cast<char*>(bytes_.allocate(bytes.size(), 1));
        std::memcpy(copy, bytes.data(), bytes.size());
        return {copy, bytes.size()};
    }

    std::pmr::monotonic_buffer_resource bytes_;
    std::vector<Operation> operations_;
    std::size_t at_ = 0;
    std::uint64_t bytes_read_ = 0;
};

/// Merges tables and logs in byte order. A table takes part once the walk has come to its smallest
/// key, so that few are open at a time.
class MergeWalk : public RecordWalk {
  public:
    MergeWalk(Database& database, const DamageHandler& damaged) : damaged_{damaged} {
        for (const LiveTable& live : database.tables) {
            waiting_.push_back(&live);
        }
        std::ranges::sort(waiting_, std::greater<>{},
                          [](const LiveTable* live) { return user_key_of(live->facts.smallest); });
    }

    Status load(Database& database) { return log_.load(database.logs, damaged_); }

    Result<bool> next() override {
        STRATA_TRY(leave_current());
        while (true) {
            STRATA_TRY(start_tables());
            const bool found = pick();
            if (!found) {
                return false;
            }
            const bool newest = !any_ || key_.user_key > emitted_;
            if (newest) {
                emitted_ = key_.user_key;
                any_ = true;
                if (key_.kind == Kind::put) {
                    return true;
                }
            }
            STRATA_TRY(leave_current());
        }
    }

    [[nodiscard]] const InternalKey& key() const noexcept override { return key_; }
    [[nodiscard]] Bytes value() const noexcept override { return value_; }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept override {
        std::uint64_t bytes = bytes_done_ + log_.bytes_read();
        for (const auto& source : heap_) {
            bytes += source->bytes_read();
        }
        return bytes;
    }

  private:
    using Sources = std::vector<std::unique_ptr<TableSource>>;

    /// A heap with the least key on top.
    static bool later(const std::unique_ptr<TableSource>& left,
                      const std::unique_ptr<TableSource>& right) {
        return precedes(right->key(), left->key());
    }

    /// The least key that is known of.
    [[nodiscard]] std::optional<Bytes> front() const {
        std::optional<Bytes> least;
        if (!heap_.empty()) {
            least = heap_.front()->key().user_key;
        }
        if (!log_.at_end() && (!least || log_.key().user_key < *least)) {
            least = log_.key().user_key;
        }
        return least;
    }

    Status start_tables() {
        while (!waiting_.empty()) {
            const LiveTable& live = *waiting_.back();
            const Bytes smallest = user_key_of(live.facts.smallest);
            const auto least = front();
            if (least && *least < smallest) {
                break;
            }
            waiting_.pop_back();
            STRATA_TRY(add(std::make_unique<TableSource>(live, damaged_), smallest));
        }
        return {};
    }

    /// Moves a source to its next entry that lies where it must, and onto the heap.
    Status add(std::unique_ptr<TableSource> source, Bytes lower) {
        while (true) {
            const bool more = STRATA_TRY(source->next());
            if (!more) {
                bytes_done_ += source->bytes_read();
                return {};
            }
            if (source->key().user_key >= lower && source->ascends()) {
                break;
            }
            STRATA_TRY(
                source->misplaced("a key at or above the one before, and above the smallest "
                                  "that the manifest names"));
        }
        source->remember();
        heap_.push_back(std::move(source));
        std::push_heap(heap_.begin(), heap_.end(), later);
        return {};
    }

    bool pick() {
        const bool table = !heap_.empty();
        const bool log = !log_.at_end();
        from_log_ = log && (!table || precedes(log_.key(), heap_.front()->key()));
        current_ = table || log;
        if (!current_) {
            return false;
        }
        key_ = from_log_ ? log_.key() : heap_.front()->key();
        value_ = from_log_ ? log_.value() : heap_.front()->value();
        return true;
    }

    Status leave_current() {
        if (!std::exchange(current_, false)) {
            return {};
        }
        if (from_log_) {
            log_.next();
            return {};
        }
        std::pop_heap(heap_.begin(), heap_.end(), later);
        std::unique_ptr<TableSource> source = std::move(heap_.back());
        heap_.pop_back();
        return add(std::move(source), {});
    }

    const DamageHandler& damaged_;
    std::vector<const LiveTable*> waiting_;  ///< by smallest key, the least one last
    Sources heap_;
    LogContent log_;
    bool current_ = false;
    bool from_log_ = false;
    InternalKey key_;
    Bytes value_;
    bool any_ = false;
    std::string emitted_;  ///< the last user key whose newest version was met
    std::uint64_t bytes_done_ = 0;
};

std::pair<Bytes, Sequence> ordered_key(const std::string& internal_key) {
    const auto key = parse_internal_key(internal_key).value_or(InternalKey{});
    return {key.user_key, ~key.sequence};
}

/// The tables from the oldest operations to the newest: the deepest level first, level 0 by number.
/// When a key's versions are spread over two tables of a level, the second one has the older ones,
/// so it comes first.
std::vector<const LiveTable*> oldest_first(const Database& database) {
    std::vector<const LiveTable*> ordered;
    for (std::uint32_t level = level_count; level-- > 0;) {
        // By internal order, sequences inverted.
        std::map<std::pair<Bytes, Sequence>, const LiveTable*> by_smallest;
        std::vector<const LiveTable*> tables;
        for (const LiveTable& live : database.tables) {
            if (live.level == level) {
                tables.push_back(&live);
                by_smallest.emplace(ordered_key(live.facts.smallest), &live);
            }
        }
        if (level == 0) {
            ordered.insert(ordered.end(), tables.begin(), tables.end());
            continue;
        }
        std::map<const LiveTable*, bool> placed;
        for (const LiveTable* live : tables) {
            std::vector<const LiveTable*> chain;
            while (live != nullptr && !std::exchange(placed[live], true)) {
                chain.push_back(live);
                const auto last = ordered_key(live->facts.largest);
                const auto next = by_smallest.upper_bound(last);
                const bool shared = next != by_smallest.end() && next->first.first == last.first;
                live = shared ? next->second : nullptr;
            }
            ordered.insert(ordered.end(), chain.rbegin(), chain.rend());
        }
    }
    return ordered;
}

/// Replays everything in the order in which it was written.
class ReplayWalk : public RecordWalk {
  public:
    ReplayWalk(Database& database, const DamageHandler& damaged)
        : damaged_{damaged}, tables_{oldest_first(database)}, log_{database.logs, damaged} {}

    Result<bool> next() override {
        while (at_ < tables_.size()) {
            if (!source_) {
                source_ = std::make_unique<TableSource>(*tables_[at_], damaged_);
            }
            const bool more = STRATA_TRY(source_->next());
            if (!more) {
                bytes_done_ += source_->bytes_read();
                source_.reset();
                ++at_;
                continue;
            }
            if (source_->repeats()) {
                continue;
            }
            source_->remember();
            key_ = source_->key();
            value_ = source_->value();
            return true;
        }
        const bool more = STRATA_TRY(log_.next());
        if (more) {
            key_ = log_.key();
            value_ = log_.value();
        }
        return more;
    }

    [[nodiscard]] const InternalKey& key() const noexcept override { return key_; }
    [[nodiscard]] Bytes value() const noexcept override { return value_; }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept override {
        return bytes_done_ + (source_ ? source_->bytes_read() : 0) + log_.bytes_read();
    }

  private:
    const DamageHandler& damaged_;
    std::vector<const LiveTable*> tables_;
    std::size_t at_ = 0;
    std::unique_ptr<TableSource> source_;
    LogWalk log_;
    InternalKey key_;
    Bytes value_;
    std::uint64_t bytes_done_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordWalk>> walk_records(Database& database, const DamageHandler& damaged) {
    if (!database.bytewise()) {
        return std::unique_ptr<RecordWalk>{std::make_unique<ReplayWalk>(database, damaged)};
    }
    auto walk = std::make_unique<MergeWalk>(database, damaged);
    STRATA_TRY(walk->load(database));
    return std::unique_ptr<RecordWalk>{std::move(walk)};
}

}  // namespace strata::level
