// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "dump/commands.hpp"
#include "dump/record_facts.hpp"
#include "entry/bounds.hpp"
#include "entry/visible_cursor.hpp"
#include "table/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace strata::tools {
namespace {

/// Writes the records of one table after another, up to the limit of all.
class RecordDump {
  public:
    RecordDump(const DumpContext& context, bool many)
        : context_{context},
          bounds_{visible_bounds(context.options.range)},
          many_{many},
          writer_{context.output, context.options.style, fields(context.options, many)} {}

    Status dump(const std::string& path) {
        const auto table = STRATA_TRY(Table::open(context_.files, path, {}, nullptr));
        auto cursor = table->cursor(CacheUse::none);
        if (bounds_.empty()) {
            return {};
        }
        if (context_.options.all_versions || context_.options.internal) {
            return all_versions(*table, *cursor);
        }
        VisibleCursor visible{std::move(cursor), sequence_max, bounds_};
        while (!done()) {
            const bool more = STRATA_TRY(visible.next());
            if (!more) {
                break;
            }
            write(*table, {.key = visible.key(),
                           .sequence = visible.sequence(),
                           .kind = visible.kind(),
                           .value = visible.value()});
        }
        hidden_ += table->properties().entries;
        return {};
    }

    void finish() {
        writer_.finish();
        // Only a walk over everything can say what it left out.
        const ScanOptions& range = context_.options.range;
        const bool whole = !range.from && !range.to && !range.after && range.prefix.empty();
        if (whole && !done() && hidden_ > writer_.written()) {
            context_.diagnostics.note(
                fmt::format("{} older versions and deletes are not shown; --all-versions does",
                            hidden_ - writer_.written()));
        }
    }

  private:
    static RecordFields fields(const DumpOptions& options, bool many) {
        const bool json = options.style.format == OutputFormat::json ||
                          options.style.format == OutputFormat::ndjson;
        return {.value = true,
                .sequence = options.internal || json,
                .type = options.internal || json,
                .file = many};
    }

    [[nodiscard]] bool done() const {
        const std::uint64_t limit = context_.options.limit;
        return (limit != 0 && writer_.written() >= limit) || interrupted() ||
               context_.output.failed();
    }

    void write(const Table& table, const Entry& entry) {
        Record record{
            .key = entry.key, .sequence = entry.sequence, .type = record_type_of(entry.kind)};
        if (entry.kind != Kind::del) {
            record.value = entry.value;
        }
        if (many_) {
            record.file = table.number();
        }
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

    Status all_versions(const Table& table, Cursor& cursor) {
        bool more = STRATA_TRY(start(cursor));
        while (more && inside(cursor.entry().key) && !done()) {
            write(table, cursor.entry());
            more = STRATA_TRY(bounds_.reverse ? cursor.prev() : cursor.next());
        }
        return {};
    }

    const DumpContext& context_;
    VisibleBounds bounds_;
    bool many_;
    RecordWriter writer_;
    std::uint64_t hidden_ = 0;  ///< entries of the tables walked for their newest versions
};

}  // namespace

int dump_records(const DumpContext& context) {
    const auto [paths, refused] = table_paths(context);
    RecordDump dump{context, paths.size() > 1};
    int worst = refused;
    for (const std::string& path : paths) {
        const Status status = dump.dump(path);
        if (!status) {
            // What stands before the damage is shown before the message.
            context.output.flush();
            worst = std::max(worst, report_table_error(context, path, status.error()));
        }
    }
    dump.finish();
    return interrupted() ? interrupt_status() : worst;
}

}  // namespace strata::tools
