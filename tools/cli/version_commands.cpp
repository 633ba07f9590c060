// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

// Of a value in a table: bytes that are formatted, columns that are shown.
constexpr std::size_t value_bytes_shown = 1024;
constexpr std::size_t value_width = 32;

// The values of listed versions, by a walk beside the list: it is newest first as well.
class Values {
  public:
    static Result<Values> open(Store& store, const std::string& key) {
        Values values;
        const std::string end = key + std::string(1, '\0');
        values.iterator_ = STRATA_TRY(store.scan({.from = key, .to = end, .all_versions = true}));
        return values;
    }

    /// Of the version with this sequence; empty when it has gone meanwhile.
    Result<std::string> of(Sequence sequence) {
        while (!ended_ && (!standing_ || iterator_->sequence() > sequence)) {
            standing_ = STRATA_TRY(iterator_->next());
            ended_ = !standing_;
        }
        const bool there = standing_ && iterator_->sequence() == sequence;
        return there ? std::string{iterator_->value()} : std::string{};
    }

  private:
    std::unique_ptr<Iterator> iterator_;
    bool standing_ = false;
    bool ended_ = false;
};

// A table shows the beginning of a value.
Cell value_cell(const OutputStyle& style, std::string value) {
    if (style.format != OutputFormat::table) {
        return ValueCell{std::move(value)};
    }
    const bool cut = value.size() > value_bytes_shown;
    value.resize(std::min(value.size(), value_bytes_shown));
    std::string text;
    append_bytes(text, style.value_format, value, style.ascii);
    const std::size_t kept = fit_width(text, value_width);
    if (cut || kept < text.size()) {
        text.resize(kept);
        text += "\xe2\x80\xa6";
    }
    return text;
}

std::vector<Cell> row_of(const StoredVersion& version) {
    std::vector<Cell> row(6);
    row[0] = SequenceCell{version.sequence};
    row[1] = std::string{version.deleted ? "del" : "put"};
    if (!version.deleted) {
        row[2] = Size{version.value_size};
    }
    row[3] = version.place;
    if (version.run) {
        row[4] = *version.run;
    }
    if (!version.file.empty()) {
        row[5] = version.file;
    }
    return row;
}

}  // namespace

Result<int> run_versions(Session& session, const Invocation& invocation) {
    const std::string key = STRATA_TRY(invocation.key(invocation.arguments()[0]));
    const auto limit = STRATA_TRY(invocation.number_option("limit"));
    const History history = STRATA_TRY(session.store().history(key, {.limit = limit.value_or(0)}));
    const OutputStyle style = invocation.settings().style(session.output(), true);
    Sheet sheet{{"seq", "type", "size", "place", "run", "file"}, {}};
    std::optional<Values> values;
    if (invocation.has("values")) {
        sheet.columns.emplace_back("value");
        values = STRATA_TRY(Values::open(session.store(), key));
    }
    for (const StoredVersion& version : history.versions) {
        std::vector<Cell> row = row_of(version);
        if (values && version.deleted) {
            row.emplace_back();
        } else if (values) {
            std::string value = STRATA_TRY(values->of(version.sequence));
            row.push_back(value_cell(style, std::move(value)));
        }
        sheet.rows.push_back(std::move(row));
    }
    print_sheet(session.output(), style, sheet);
    session.output().flush();
    if (history.versions.empty()) {
        session.diagnostics().absent(key);
    }
    if (history.more) {
        session.diagnostics().note("older versions are stored too; --limit 0 shows all");
    }
    if (history.floor != 0) {
        session.diagnostics().note(
            fmt::format("versions replaced at sequence {0} or before may be gone; --at reads the "
                        "store from {0} on",
                        history.floor));
    }
    return history.versions.empty() ? exit_negative : exit_done;
}

}  // namespace strata::tools
