// SPDX-License-Identifier: Apache-2.0
#include "leveldb/manifest.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"

#include <utility>

namespace strata::level {
namespace {

/// The tags of the fields of an edit.
enum class Tag : std::uint64_t {
    comparator = 1,
    log_number = 2,
    next_file = 3,
    last_sequence = 4,
    compact_pointer = 5,
    removed = 6,
    added = 7,
    previous_log_number = 9,
};

std::string take_string(FieldReader& fields) {
    const std::uint64_t size = fields.varint();
    return std::string{fields.take(size)};
}

std::uint32_t take_level(FieldReader& fields) {
    const std::uint64_t level = fields.varint();
    if (level >= level_count) {
        fields.fail();
        return 0;
    }
    return static_cast<std::uint32_t>(level);
}

std::string take_internal_key(FieldReader& fields) {
    std::string key = take_string(fields);
    if (!parse_internal_key(key)) {
        fields.fail();
    }
    return key;
}

void take_added(FieldReader& fields, Edit& edit) {
    const std::uint32_t level = take_level(fields);
    TableFacts table;
    table.number = fields.varint();
    table.size = fields.varint();
    table.smallest = take_internal_key(fields);
    table.largest = take_internal_key(fields);
    edit.added.emplace_back(level, std::move(table));
}

/// False when the tag is unknown.
bool take_field(FieldReader& fields, std::uint64_t tag, Edit& edit) {
    switch (static_cast<Tag>(tag)) {
        case Tag::comparator:
            edit.comparator = take_string(fields);
            return true;
        case Tag::log_number:
            edit.log_number = fields.varint();
            return true;
        case Tag::next_file:
            edit.next_file = fields.varint();
            return true;
        case Tag::last_sequence:
            edit.last_sequence = fields.varint();
            return true;
        case Tag::previous_log_number:
            edit.previous_log_number = fields.varint();
            return true;
        case Tag::compact_pointer: {
            const std::uint32_t level = take_level(fields);
            edit.compact_pointers.emplace_back(level, take_internal_key(fields));
            return true;
        }
        case Tag::removed: {
            const std::uint32_t level = take_level(fields);
            edit.removed.emplace_back(level, fields.varint());
            return true;
        }
        case Tag::added:
            take_added(fields, edit);
            return true;
    }
    return false;
}

Error at_record(const LogReader& log, const Error& error) {
    return corruption_at(log.path(), log.offset(), "{}", error.message);
}

Status check_complete(const ManifestState& state, const std::string& path) {
    if (state.edits == 0) {
        return corruption_at(path, 0, "expected edits, found none");
    }
    if (state.next_file == 0) {
        return corruption_at(path, 0, "expected a next file number in {} edits, found none",
                             state.edits);
    }
    return {};
}

}  // namespace

Result<Edit> decode_edit(Bytes record) {
    Edit edit;
    FieldReader fields{record};
    while (!fields.at_end()) {
        const std::size_t at = record.size() - fields.rest().size();
        const std::uint64_t tag = fields.varint();
        if (fields.ok() && !take_field(fields, tag, edit)) {
            return make_error(ErrorCode::corruption,
                              "byte {} of the edit: expected a tag 1 to 7 or 9, found {}", at, tag);
        }
        if (!fields.ok()) {
            return make_error(
                ErrorCode::corruption,
                "byte {} of the edit: tag {}: expected a field before byte {}, with a "
                "level below {}, found none",
                at, tag, record.size(), level_count);
        }
    }
    return edit;
}

std::uint64_t ManifestState::tables() const noexcept {
    std::uint64_t count = 0;
    for (const auto& level : levels) {
        count += level.size();
    }
    return count;
}

void ManifestState::apply(Edit edit) {
    ++edits;
    if (edit.comparator) {
        comparator = *std::move(edit.comparator);
    }
    log_number = edit.log_number.value_or(log_number);
    previous_log_number = edit.previous_log_number.value_or(previous_log_number);
    next_file = edit.next_file.value_or(next_file);
    last_sequence = edit.last_sequence.value_or(last_sequence);
    for (const auto& [level, number] : edit.removed) {
        levels[level].erase(number);
    }
    for (auto& [level, table] : edit.added) {
        const std::uint64_t number = table.number;
        levels[level].insert_or_assign(number, std::move(table));
    }
}

Result<ManifestState> read_manifest(FileSystem& files, const std::string& path) {
    const auto log = STRATA_TRY(LogReader::open(files, path));
    ManifestState state;
    while (true) {
        const LogEvent event = STRATA_TRY(log->next());
        if (event == LogEvent::end) {
            break;
        }
        if (event == LogEvent::damage) {
            return corruption_at(path, log->gap().offset, "{} bytes: {}", log->gap().size,
                                 log->gap().reason);
        }
        if (event == LogEvent::torn) {
            state.torn = log->gap();
            continue;
        }
        auto edit = decode_edit(log->record());
        if (!edit) {
            return at_record(*log, edit.error());
        }
        state.apply(edit.take_value());
    }
    STRATA_TRY(check_complete(state, path));
    return state;
}

}  // namespace strata::level
