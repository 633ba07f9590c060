// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "common/record_output.hpp"
#include "common/units.hpp"
#include "dump/commands.hpp"
#include "dump/record_facts.hpp"
#include "dump/table_source.hpp"
#include "inspect/parts_cursor.hpp"
#include "inspect/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

/// One table of the two, walked version by version or key by key; damage is passed over.
class Side {
  public:
    static Result<std::unique_ptr<Side>> open(FileSystem& files, const std::string& path,
                                              bool all_versions) {
        auto table = STRATA_TRY(TableParts::open(files, path));
        if (!table.footer() && !table.findings().empty()) {
            const Finding& first = table.findings().front();
            return make_error(ErrorCode::corruption, "{}: at {}: {}", path, first.offset,
                              first.message);
        }
        std::unique_ptr<Side> side{new Side{std::move(table), all_versions}};
        side->cursor_ = STRATA_TRY(PartsCursor::make(side->table_));
        side->standing_ = STRATA_TRY(side->cursor_->seek_first());
        return side;
    }

    [[nodiscard]] bool standing() const noexcept { return standing_; }
    [[nodiscard]] const Entry& entry() const noexcept { return cursor_->entry(); }

    /// Steps to the next version; or, passing older ones, to the newest of the next key.
    Status next() {
        key_ = entry().key;
        do {
            standing_ = STRATA_TRY(cursor_->next());
        } while (standing_ && !all_versions_ && entry().key == key_);
        return {};
    }

    /// Everything that was passed over so far.
    [[nodiscard]] std::vector<Finding> findings() const {
        std::vector<Finding> all = table_.findings();
        all.insert(all.end(), cursor_->findings().begin(), cursor_->findings().end());
        return all;
    }

  private:
    Side(TableParts table, bool all_versions)
        : table_{std::move(table)}, all_versions_{all_versions} {}

    TableParts table_;
    std::unique_ptr<PartsCursor> cursor_;
    bool all_versions_;
    bool standing_ = false;
    std::string key_;
};

class Difference {
  public:
    Difference(const DumpContext& context, Side& a, Side& b)
        : context_{context}, a_{a}, b_{b}, style_{context.options.style} {}

    Status run() {
        const bool document = style_.format == OutputFormat::json;
        while ((a_.standing() || b_.standing()) && !interrupted() && !context_.output.failed()) {
            STRATA_TRY(step());
        }
        if (document) {
            context_.output.write(first_ ? "[]\n" : "\n]\n");
        }
        return {};
    }

    [[nodiscard]] bool same() const { return only_a_ + only_b_ + differ_ == 0; }
    [[nodiscard]] std::string summary() const {
        return fmt::format("{} only in A, {} only in B, {} differ, {} the same",
                           count_text(only_a_), count_text(only_b_), count_text(differ_),
                           count_text(same_));
    }

  private:
    /// Below 0: A comes first, above 0: B.
    [[nodiscard]] int order() const {
        if (!a_.standing() || !b_.standing()) {
            return a_.standing() ? -1 : 1;
        }
        const Entry& a = a_.entry();
        const Entry& b = b_.entry();
        if (context_.options.all_versions) {
            const auto order = compare_entries(a.key, a.sequence, b.key, b.sequence);
            return order < 0 ? -1 : (order > 0 ? 1 : 0);
        }
        return a.key.compare(b.key);
    }

    Status step() {
        const int first = order();
        if (first < 0) {
            ++only_a_;
            write('-', a_.entry());
            return a_.next();
        }
        if (first > 0) {
            ++only_b_;
            write('+', b_.entry());
            return b_.next();
        }
        if (a_.entry() == b_.entry()) {
            ++same_;
        } else {
            ++differ_;
            write('-', a_.entry());
            write('+', b_.entry());
        }
        STRATA_TRY(a_.next());
        return b_.next();
    }

    void write(char sign, const Entry& entry) {
        Record record{
            .key = entry.key, .sequence = entry.sequence, .type = record_type_of(entry.kind)};
        if (entry.kind != Kind::del) {
            record.value = entry.value;
        }
        std::string& out = context_.output.buffer();
        if (is_json(style_.format)) {
            const bool document = style_.format == OutputFormat::json;
            out += document ? (first_ ? "[\n" : ",\n") : "";
            out += fmt::format("{{\"diff\":\"{}\",", sign);
            std::string object;
            append_json_record(object, record, style_.json);
            out.append(object, 1);
            out += document ? "" : "\n";
        } else {
            write_line(out, sign, entry, record);
        }
        first_ = false;
        context_.output.flush_if_full();
    }

    void write_line(std::string& out, char sign, const Entry& entry, const Record& record) {
        const bool people = style_.format == OutputFormat::table;
        const char* gap = people ? "  " : "\t";
        out += sign;
        out += people ? " " : "\t";
        append_bytes(out, style_.key_format, entry.key, style_.ascii);
        out += fmt::format("{}{}{}{}{}", gap, entry.sequence, gap, record_type_name(*record.type),
                           gap);
        append_bytes(out, style_.value_format, entry.value, style_.ascii);
        out += '\n';
    }

    const DumpContext& context_;
    Side& a_;
    Side& b_;
    const OutputStyle& style_;
    bool first_ = true;
    std::uint64_t only_a_ = 0;
    std::uint64_t only_b_ = 0;
    std::uint64_t differ_ = 0;
    std::uint64_t same_ = 0;
};

Result<int> diff(const DumpContext& context) {
    const auto& files = context.options.files;
    const bool all = context.options.all_versions;
    const auto a = STRATA_TRY(Side::open(context.files, files[0], all));
    const auto b = STRATA_TRY(Side::open(context.files, files[1], all));
    Difference difference{context, *a, *b};
    const Status done = difference.run();
    context.output.flush();
    if (!done) {
        return Error{done.error()};
    }
    context.diagnostics.note(difference.summary());
    if (interrupted()) {
        return interrupt_status();
    }
    const int damage =
        std::max(report_findings(context, a->findings()), report_findings(context, b->findings()));
    if (damage != exit_done) {
        context.diagnostics.note(
            "what could not be read was left out; its keys count as if they were absent there");
        return damage;
    }
    return difference.same() ? exit_done : exit_negative;
}

}  // namespace

int dump_diff(const DumpContext& context) {
    const auto status = diff(context);
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
