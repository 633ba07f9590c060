// SPDX-License-Identifier: Apache-2.0
#include "leveldb/verify.hpp"

#include "leveldb/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace strata::level {
namespace {

void add_part(std::vector<Part>& parts, PartKind kind, const BlockHandle& handle) {
    parts.push_back({kind, handle.offset, handle.size + block_trailer_size});
}

/// The blocks that the metaindex names.
Status add_meta_parts(const Table& table, std::vector<Part>& parts) {
    const std::uint64_t end = table.size() - footer_size;
    auto metaindex = STRATA_TRY(table.walk(table.footer().metaindex));
    while (true) {
        const bool more = STRATA_TRY(metaindex.next());
        if (!more) {
            return {};
        }
        Bytes value = metaindex.value();
        const auto handle = take_handle(value);
        if (!handle || handle->offset > end || handle->size > end - handle->offset ||
            handle->end() > end) {
            return Error{ErrorCode::corruption,
                         fmt::format("byte {} of the unfolded metaindex: expected the handle of a "
                                     "block before {}, found none",
                                     metaindex.entry_offset(), end)};
        }
        const bool filter = metaindex.key().starts_with("filter.");
        add_part(parts, filter ? PartKind::filter : PartKind::meta, *handle);
    }
}

/// The data blocks, as far as the index can be read.
Status add_data_parts(const Table& table, std::vector<Part>& parts) {
    auto index = STRATA_TRY(table.walk(table.footer().index));
    Status damage;
    while (true) {
        const bool more = STRATA_TRY(index.next());
        if (!more) {
            return damage;
        }
        auto handle = table.data_handle(index);
        if (handle) {
            add_part(parts, PartKind::data, *handle);
        } else {
            damage = handle.take_error();
        }
    }
}

/// Sorts parts, cuts what overlaps, fills what is missing.
std::vector<Part> fill_file(const Table& table, std::vector<Part> parts, CheckReport& report) {
    std::ranges::sort(parts, {}, &Part::offset);
    std::vector<Part> filled;
    std::uint64_t end = 0;
    for (Part part : parts) {
        const std::uint64_t part_end = part.offset + part.size;
        if (part.offset > end) {
            add_finding(report, table.path(), end,
                        fmt::format("expected a part at {}, found {} bytes that no part names", end,
                                    part.offset - end));
            filled.push_back({PartKind::gap, end, part.offset - end});
        } else if (part.offset < end) {
            add_finding(report, table.path(), part.offset,
                        fmt::format("expected the {} block behind {}, found it at {}",
                                    part_name(part.kind), end, part.offset));
            part.offset = std::min(end, part_end);
            part.size = part_end - part.offset;
        }
        if (part.size != 0) {
            filled.push_back(part);
        }
        end = std::max(end, part_end);
    }
    return filled;
}

/// Walks all entries of one table.
class Verifier {
  public:
    Verifier(const Table& table, KeyOrder order, CheckReport& report)
        : table_{table}, order_{order}, report_{report} {}

    TableCounts run() {
        auto filter = Filter::read(table_);
        if (filter) {
            filter_ = filter.take_value();
        } else if (filter.error().message.find(" of the unfolded metaindex") == std::string::npos) {
            finding(table_.footer().metaindex.offset, filter.error().message);
        }
        auto cursor = TableCursor::create(table_);
        if (cursor) {
            walk(*cursor);
        }
        return std::move(counts_);
    }

  private:
    void finding(std::uint64_t offset, const std::string& message) {
        add_finding(report_, table_.path(), offset, message);
    }

    void walk(TableCursor& cursor) {
        while (true) {
            const auto more = cursor.next();
            if (!more) {
                finding(cursor.lost_index() ? table_.footer().index.offset : cursor.handle().offset,
                        more.error().message);
                if (cursor.lost_index()) {
                    break;
                }
                continue;
            }
            if (!*more) {
                break;
            }
            take(cursor);
        }
        counts_.blocks = cursor.blocks();
        counts_.last_key = std::move(before_);
    }

    void take(const TableCursor& cursor) {
        const InternalKey& key = cursor.key();
        if (cursor.blocks() != block_) {
            start_block(cursor);
        }
        check_order(cursor, key);
        if (filter_ && !filter_->may_contain(cursor.handle().offset, key.user_key)) {
            finding(cursor.handle().offset,
                    fmt::format("byte {} of the unfolded block: expected a key that the filter "
                                "knows, found one of {} bytes that it denies",
                                cursor.entry_offset(), key.user_key.size()));
            filter_.reset();
        }
        if (counts_.entries++ == 0) {
            counts_.first_key = key.user_key;
            counts_.sequence_min = key.sequence;
        }
        ++(key.kind == Kind::put ? counts_.puts : counts_.deletes);
        counts_.key_bytes += key.user_key.size();
        counts_.value_bytes += cursor.value().size();
        counts_.sequence_min = std::min(counts_.sequence_min, key.sequence);
        counts_.sequence_max = std::max(counts_.sequence_max, key.sequence);
        before_ = key.user_key;
        sequence_before_ = key.sequence;
    }

    void start_block(const TableCursor& cursor) {
        const Block& block = cursor.data().block();
        block_ = cursor.blocks();
        counts_.raw_bytes += block.content.size();
        counts_.stored_bytes += block.handle.size + block_trailer_size;
        ++counts_.codecs[block.codec];
        const auto separator = parse_internal_key(separator_);
        if (separator && !disordered_ && !precedes(*separator, cursor.key())) {
            disorder(cursor, "a key above the index entry of the block before");
        }
        separator_ = cursor.separator();
    }

    void check_order(const TableCursor& cursor, const InternalKey& key) {
        if (disordered_) {
            return;
        }
        const InternalKey before{.user_key = before_, .sequence = sequence_before_};
        if (counts_.entries != 0 && !precedes(before, key)) {
            disorder(cursor, "a key above the one before");
            return;
        }
        const auto separator = parse_internal_key(separator_);
        if (separator && precedes(*separator, key)) {
            disorder(cursor, "a key that is not above the index entry of its block");
        }
    }

    /// The first key out of place is reported; with another comparator all would be.
    void disorder(const TableCursor& cursor, const char* expected) {
        disordered_ = true;
        if (order_ == KeyOrder::other) {
            return;
        }
        const std::string text = fmt::format(
            "byte {} of the unfolded block: expected {}, in byte order, found one of "
            "{} bytes that is not",
            cursor.entry_offset(), expected, cursor.key().user_key.size());
        if (order_ == KeyOrder::bytewise) {
            finding(cursor.handle().offset, text);
        } else {
            report_.notes.push_back(fmt::format(
                "{}: keys are not in byte order: another comparator, or damage at {}: {}",
                table_.path(), cursor.handle().offset, text));
        }
    }

    const Table& table_;
    KeyOrder order_;
    CheckReport& report_;
    TableCounts counts_;
    std::optional<Filter> filter_;
    std::uint64_t block_ = 0;
    bool disordered_ = false;
    std::string before_;
    Sequence sequence_before_ = 0;
    std::string separator_;
};

}  // namespace

void add_finding(CheckReport& report, const std::string& path, std::uint64_t offset,
                 std::string message) {
    if (message.starts_with(path + ": ")) {
        message.erase(0, path.size() + 2);
    }
    constexpr std::string_view at = "at ";
    if (message.starts_with(at)) {
        const char* end = message.data() + message.size();
        const auto [rest, error] = std::from_chars(message.data() + at.size(), end, offset);
        if (error == std::errc{} && std::string_view{rest, end}.starts_with(": ")) {
            message.erase(0, static_cast<std::size_t>(rest + 2 - message.data()));
        }
    }
    report.findings.push_back({path, offset, std::move(message)});
}

const char* part_name(PartKind kind) noexcept {
    switch (kind) {
        case PartKind::data:
            return "data";
        case PartKind::filter:
            return "filter";
        case PartKind::meta:
            return "meta";
        case PartKind::metaindex:
            return "metaindex";
        case PartKind::index:
            return "index";
        case PartKind::footer:
            return "footer";
        case PartKind::gap:
            return "gap";
    }
    return "";
}

std::vector<Part> parts_of(const Table& table, CheckReport& report) {
    std::vector<Part> parts;
    const Footer& footer = table.footer();
    const Status data = add_data_parts(table, parts);
    if (!data) {
        add_finding(report, table.path(), footer.index.offset, data.error().message);
    }
    const Status meta = add_meta_parts(table, parts);
    if (!meta) {
        add_finding(report, table.path(), footer.metaindex.offset, meta.error().message);
    }
    add_part(parts, PartKind::metaindex, footer.metaindex);
    add_part(parts, PartKind::index, footer.index);
    parts.push_back({PartKind::footer, table.size() - footer_size, footer_size});
    return fill_file(table, std::move(parts), report);
}

Result<TableCounts> check_table(FileSystem& files, const std::string& path, KeyOrder order,
                                CheckReport& report) {
    auto table = Table::open(files, path);
    if (!table) {
        if (table.error().code != ErrorCode::corruption) {
            return table.take_error();
        }
        const auto status = STRATA_TRY(files.status(path));
        const std::uint64_t size = status ? status->size : 0;
        add_finding(report, path, size < footer_size ? 0 : size - footer_size,
                    table.error().message);
        ++report.files;
        return TableCounts{};
    }
    static_cast<void>(parts_of(**table, report));
    TableCounts counts = Verifier{**table, order, report}.run();
    ++report.files;
    report.blocks += counts.blocks;
    report.entries += counts.entries;
    report.bytes += (*table)->size();
    return counts;
}

}  // namespace strata::level
