// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/range.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/facts_json.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

std::string time_text(std::uint64_t nanoseconds) {
    constexpr std::uint64_t microsecond = 1000;
    if (nanoseconds < 10 * microsecond) {
        return fmt::format("{:.1f} us",
                           static_cast<double>(nanoseconds) / static_cast<double>(microsecond));
    }
    return duration_text(
        std::chrono::microseconds{static_cast<std::int64_t>(nanoseconds / microsecond)});
}

// One document, whatever the format of JSON.
void print_json(Output& output, const OutputStyle& style, const std::string& what,
                const Explanation& explanation) {
    std::string& out = output.buffer();
    append_json_explanation(out, what, explanation, style.json);
    out += style.null_ends ? '\0' : '\n';
}

// The layer as people call it, and what the numbers of a step say.
std::string layer_text(const ExplainStep& step) {
    if (step.run) {
        return fmt::format("run {}, tier {}", *step.run, step.tier.value_or(0));
    }
    return step.layer;
}

std::string detail_text(const ExplainStep& step) {
    std::string text = step.detail;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : "; ") + part;
    };
    if (step.entries != 0) {
        add(count_of(step.entries, "version") + " walked");
        if (step.blocks_cached + step.blocks_read != 0) {
            add(fmt::format("blocks: {} cached, {} read", step.blocks_cached, step.blocks_read));
        }
    }
    if (step.blocks_read != 0) {
        add(size_text(step.bytes_read) + " read");
    }
    return text;
}

// A column that no row has anything in.
void drop_column_if_empty(Sheet& sheet, std::ptrdiff_t column) {
    for (const auto& row : sheet.rows) {
        const auto* text = std::get_if<std::string>(&row[static_cast<std::size_t>(column)]);
        if (text == nullptr || !text->empty()) {
            return;
        }
    }
    sheet.columns.erase(sheet.columns.begin() + column);
    for (auto& row : sheet.rows) {
        row.erase(row.begin() + column);
    }
}

void print_steps(Output& output, const OutputStyle& style, const Explanation& explanation) {
    const bool people = style.format == OutputFormat::table;
    Sheet sheet{{"layer", "file", "verdict", "time", "detail"}, {}};
    if (!people) {
        sheet.columns = {"layer",       "run",        "file",    "verdict",     "blocks_cached",
                         "blocks_read", "bytes_read", "entries", "nanoseconds", "detail"};
    }
    for (const ExplainStep& step : explanation.steps) {
        auto& row = sheet.rows.emplace_back();
        if (people) {
            row = {layer_text(step), step.file, step.verdict, std::string{}, detail_text(step)};
            if (step.nanoseconds != 0) {
                row[3] = time_text(step.nanoseconds);
            }
            continue;
        }
        row = {step.layer,
               std::monostate{},
               step.file,
               step.verdict,
               step.blocks_cached,
               step.blocks_read,
               Size{step.bytes_read},
               step.entries,
               step.nanoseconds,
               step.detail};
        if (step.run) {
            row[1] = *step.run;
        }
    }
    if (people) {
        constexpr std::ptrdiff_t time_column = 3;
        constexpr std::ptrdiff_t file_column = 1;
        drop_column_if_empty(sheet, time_column);
        drop_column_if_empty(sheet, file_column);
    }
    print_sheet(output, style, sheet);
}

// What the table does not say.
void print_summary(Session& session, const std::string& what, const Explanation& explanation) {
    Output& output = session.output();
    output.write("\n" + explanation.outcome + "\n");
    if (what == "put") {
        return;
    }
    std::string text = fmt::format("read at sequence {}", explanation.at);
    if (explanation.history_floor != 0) {
        text += fmt::format(" (history floor {})", explanation.history_floor);
    }
    if (what == "get") {
        text += "; " + count_of(explanation.shadowed, "older version") + " stored";
        text += explanation.too_new == 0 ? "" : fmt::format(", {} newer", explanation.too_new);
    } else if (explanation.jumps != 0) {
        text += "; " + count_of(explanation.jumps, "jump") + " over many versions of a key";
    }
    output.write(text + "; " + time_text(explanation.nanoseconds) + "\n");
}

Result<Explanation> explain_get(Session& session, const Invocation& invocation) {
    if (invocation.arguments().size() != 2) {
        return usage_error("explain get: expected one key");
    }
    const std::string key = STRATA_TRY(invocation.key(invocation.arguments()[1]));
    const auto at = STRATA_TRY(invocation.number_option("at"));
    return session.store().explain_get(key, {.at = at});
}

Result<Explanation> explain_scan(Session& session, const Invocation& invocation) {
    const std::vector<Word>& words = invocation.arguments();
    Range range = STRATA_TRY(parse_range_of(invocation, words.size() > 1 ? &words[1] : nullptr, 0));
    if (words.size() > 2 || range.glob) {
        return usage_error(
            "explain scan: expected at most a prefix, and no --match: a pattern is "
            "matched behind the store");
    }
    range.scan.all_versions = invocation.has("all-versions");
    return session.store().explain_scan(range.scan, range.limit);
}

Result<Explanation> explain_put(Session& session, const Invocation& invocation) {
    if (invocation.arguments().size() != 3) {
        return usage_error("explain put: expected a key and a value");
    }
    const std::string key = STRATA_TRY(invocation.key(invocation.arguments()[1]));
    const std::string value = STRATA_TRY(invocation.value(invocation.arguments()[2]));
    Batch batch;
    STRATA_TRY(batch.put(key, value));
    return session.store().explain_write(batch, {.sync = invocation.settings().sync});
}

}  // namespace

Result<int> run_explain(Session& session, const Invocation& invocation) {
    const std::string what = invocation.argument(0);
    if (what != "scan") {
        for (const OptionSpec& option : range_options()) {
            if (invocation.has(option.name) && !(what == "get" && option.name == "at")) {
                return usage_error("explain {}: --{} is for explain scan", what, option.name);
            }
        }
    }
    auto explained = what == "get"    ? explain_get(session, invocation)
                     : what == "scan" ? explain_scan(session, invocation)
                                      : explain_put(session, invocation);
    Explanation explanation = STRATA_TRY(std::move(explained));
    const OutputStyle style = invocation.settings().style(session.output(), false);
    if (is_json(style.format)) {
        print_json(session.output(), style, what, explanation);
    } else {
        print_steps(session.output(), style, explanation);
        if (style.format == OutputFormat::table) {
            print_summary(session, what, explanation);
        }
    }
    session.output().flush();
    if (explanation.error) {
        return std::move(*explanation.error);
    }
    if (style.format != OutputFormat::table && !is_json(style.format)) {
        session.diagnostics().note(explanation.outcome);
    }
    return what == "get" && !explanation.found ? exit_negative : exit_done;
}

}  // namespace strata::tools
