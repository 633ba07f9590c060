// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/glob.hpp"
#include "common/interrupt.hpp"
#include "common/units.hpp"
#include "dump/record_facts.hpp"
#include "dump/table_source.hpp"
#include "entry/bounds.hpp"
#include "entry/visible_cursor.hpp"
#include "inspect/parts_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace strata::tools {
namespace {

/// --match begins where its pattern may begin to match.
VisibleBounds bounds_of(const DumpOptions& options) {
    ScanOptions range = options.range;
    if (options.match && range.prefix.empty()) {
        range.prefix = Glob{*options.match}.literal_prefix();
    }
    return visible_bounds(range);
}

/// Writes the records of one table after another, up to the limit of all.
class RecordDump {
  public:
    explicit RecordDump(const DumpContext& context)
        : context_{context},
          bounds_{bounds_of(context.options)},
          many_{context.options.files.size() > 1 || stands_for_many(context)},
          filter_{context.options},
          writer_{context.output, context.options.style, fields(context.options, many_)} {}

    Result<int> dump(const TableParts& table) {
        number_ = table.footer() ? table.footer()->number : 0;
        auto cursor = STRATA_TRY(PartsCursor::make(table));
        PartsCursor& entries = *cursor;
        const bool all = wants_versions(context_.options);
        VisibleCursor visible{std::move(cursor), sequence_max, bounds_};
        Status walked = bounds_.empty() || done() ? Status{}
                        : all                     ? walk_all(entries)
                                                  : walk_visible(visible);
        if (table.properties() && entries.findings().empty()) {
            entries_ += table.properties()->entries;
        }
        context_.output.flush();
        if (!walked) {
            return walked.take_error();
        }
        return report_findings(context_, entries.findings());
    }

    void finish() {
        writer_.finish();
        // Only a walk over everything can say what it left out.
        const ScanOptions& range = context_.options.range;
        const bool whole =
            !range.from && !range.to && !range.after && range.prefix.empty() && filter_.empty();
        if (whole && !done() && entries_ > writer_.written()) {
            context_.diagnostics.note(
                fmt::format("{} older versions and deletes are not shown; --all-versions does",
                            entries_ - writer_.written()));
        }
    }

  private:
    /// One directory may stand for several tables.
    static bool stands_for_many(const DumpContext& context) {
        const auto status = context.files.status(context.options.files.front());
        return status && *status && (*status)->kind == FileKind::directory;
    }

    static RecordFields fields(const DumpOptions& options, bool many) {
        const bool json = is_json(options.style.format);
        return {.value = true,
                .sequence = options.internal || json,
                .type = options.internal || json,
                .file = many,
                .offset = options.internal};
    }

    [[nodiscard]] bool done() const {
        const std::uint64_t limit = context_.options.limit;
        return (limit != 0 && writer_.written() >= limit) || interrupted() ||
               context_.output.failed();
    }

    void write(const Entry& entry, std::optional<std::uint64_t> offset) {
        if (!filter_.wants(entry.key, entry.kind == Kind::del)) {
            return;
        }
        Record record{
            .key = entry.key, .sequence = entry.sequence, .type = record_type_of(entry.kind)};
        if (entry.kind != Kind::del) {
            record.value = entry.value;
        }
        if (many_) {
            record.file = number_;
        }
        record.offset = offset;
        writer_.write(record);
    }

    Result<bool> start(Cursor& cursor) const {
        if (!bounds_.reverse) {
            return cursor.seek(bounds_.lower, sequence_max);
        }
        return bounds_.upper ? cursor.seek_before(*bounds_.upper) : cursor.seek_last();
    }

    [[nodiscard]] bool inside(Bytes key) const {
        return bounds_.reverse ? key >= bounds_.lower : !bounds_.upper || key < *bounds_.upper;
    }

    Status walk_visible(VisibleCursor& visible) {
        while (!done()) {
            const bool more = STRATA_TRY(visible.next());
            if (!more) {
                break;
            }
            write({.key = visible.key(),
                   .sequence = visible.sequence(),
                   .kind = visible.kind(),
                   .value = visible.value()},
                  {});
        }
        return {};
    }

    Status walk_all(PartsCursor& cursor) {
        bool more = STRATA_TRY(start(cursor));
        while (more && inside(cursor.entry().key) && !done()) {
            std::optional<std::uint64_t> offset;
            if (context_.options.internal) {
                offset = cursor.data().handle.offset;
            }
            write(cursor.entry(), offset);
            more = STRATA_TRY(bounds_.reverse ? cursor.prev() : cursor.next());
        }
        return {};
    }

    const DumpContext& context_;
    VisibleBounds bounds_;
    bool many_;
    RecordFilter filter_;
    RecordWriter writer_;
    std::uint64_t number_ = 0;   ///< of the table that is shown
    std::uint64_t entries_ = 0;  ///< of the tables that were walked
};

}  // namespace

int dump_records(const DumpContext& context) {
    RecordDump dump{context};
    const int worst = for_each_table(
        context, [&dump](const TableParts& table) { return dump.dump(table); }, Between::nothing);
    dump.finish();
    return worst;
}

}  // namespace strata::tools
