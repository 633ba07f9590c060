// SPDX-License-Identifier: Apache-2.0
#include "common/facts_json.hpp"

#include "common/error.hpp"
#include "common/json_members.hpp"
#include "common/json_read.hpp"

#include <limits>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

namespace json = boost::json;

template <typename Facts>
struct NumberField {
    const char* name;
    std::uint64_t Facts::*member;
    bool is_sequence = false;  // grows beyond what a double holds
};

constexpr NumberField<Stats> stats_numbers[] = {
    {"last_sequence", &Stats::last_sequence, true},
    {"durable_sequence", &Stats::durable_sequence, true},
    {"history_floor", &Stats::history_floor, true},
    {"memtables", &Stats::memtables},
    {"memtable_bytes", &Stats::memtable_bytes},
    {"log_segments", &Stats::log_segments},
    {"log_bytes", &Stats::log_bytes},
    {"runs", &Stats::runs},
    {"tables", &Stats::tables},
    {"table_bytes", &Stats::table_bytes},
    {"table_entries", &Stats::table_entries},
    {"table_deletes", &Stats::table_deletes},
    {"cache_bytes", &Stats::cache_bytes},
    {"cache_hits", &Stats::cache_hits},
    {"cache_misses", &Stats::cache_misses},
    {"memory_limit", &Stats::memory_limit},
    {"user_bytes_written", &Stats::user_bytes_written},
    {"log_bytes_written", &Stats::log_bytes_written},
    {"flush_bytes_written", &Stats::flush_bytes_written},
    {"merge_bytes_written", &Stats::merge_bytes_written},
    {"syncs", &Stats::syncs},
    {"groups", &Stats::groups},
    {"flushes", &Stats::flushes},
    {"merges", &Stats::merges},
    {"snapshots", &Stats::snapshots},
    {"delayed_microseconds", &Stats::delayed_microseconds},
};

constexpr NumberField<TableInfo> table_numbers[] = {
    {"table", &TableInfo::number},
    {"size", &TableInfo::size},
    {"entries", &TableInfo::entries},
    {"deletes", &TableInfo::deletes},
    {"seq_min", &TableInfo::sequence_min, true},
    {"seq_max", &TableInfo::sequence_max, true},
};

constexpr NumberField<CheckReport> check_numbers[] = {
    {"files", &CheckReport::files},
    {"blocks", &CheckReport::blocks},
    {"entries", &CheckReport::entries},
    {"bytes", &CheckReport::bytes},
};

template <typename Facts, std::size_t count>
void write_numbers(JsonObject& object, const Facts& facts,
                   const NumberField<Facts> (&fields)[count]) {
    for (const NumberField<Facts>& field : fields) {
        if (field.is_sequence) {
            object.big_number(field.name, facts.*field.member);
        } else {
            object.number(field.name, facts.*field.member);
        }
    }
}

template <typename Facts, std::size_t count>
Status read_numbers(const JsonMembers& members, Facts& facts,
                    const NumberField<Facts> (&fields)[count]) {
    for (const NumberField<Facts>& field : fields) {
        STRATA_TRY(members.number(field.name, facts.*field.member));
    }
    return {};
}

Status read_optional(const JsonMembers& members, const char* name,
                     std::optional<std::uint64_t>& out) {
    if (members.find(name) != nullptr) {
        STRATA_TRY(members.number(name, out.emplace()));
    }
    return {};
}

// Appends [..] with what `append` writes for each element.
template <typename Elements, typename Append>
void write_array(std::string& out, const Elements& elements, const Append& append) {
    out += '[';
    bool first = true;
    for (const auto& element : elements) {
        out += first ? "" : ",";
        first = false;
        append(element);
    }
    out += ']';
}

Result<Event> read_event(const JsonMembers& members) {
    Event event;
    STRATA_TRY(members.number("time_ms", event.time_ms));
    STRATA_TRY(members.text("text", event.text));
    return event;
}

Result<FileInfo> read_file(const JsonMembers& members) {
    FileInfo file;
    STRATA_TRY(members.text("name", file.name));
    STRATA_TRY(members.text("role", file.role));
    STRATA_TRY(members.number("size", file.size));
    return file;
}

Result<Finding> read_finding(const JsonMembers& members) {
    Finding finding;
    STRATA_TRY(members.text("file", finding.file));
    STRATA_TRY(members.number("offset", finding.offset));
    STRATA_TRY(members.text("message", finding.message));
    return finding;
}

Result<TableInfo> read_table(const JsonMembers& members) {
    TableInfo table;
    STRATA_TRY(read_numbers(members, table, table_numbers));
    STRATA_TRY(members.bytes("key_min", table.key_min));
    STRATA_TRY(members.bytes("key_max", table.key_max));
    return table;
}

Result<RunInfo> read_run(const JsonMembers& members) {
    RunInfo run;
    std::uint64_t tier = 0;
    STRATA_TRY(members.number("run", run.number));
    STRATA_TRY(members.number("tier", tier));
    if (tier > std::numeric_limits<std::uint32_t>::max()) {
        return JsonMembers::wrong_kind("tier", "a small number");
    }
    run.tier = static_cast<std::uint32_t>(tier);
    STRATA_TRY(members.list("tables", run.tables, read_table));
    return run;
}

Result<StoredVersion> read_version(const JsonMembers& members) {
    StoredVersion version;
    std::string type;
    STRATA_TRY(members.number("seq", version.sequence));
    STRATA_TRY(members.text("type", type));
    STRATA_TRY(members.number("size", version.value_size));
    STRATA_TRY(members.text("place", version.place));
    STRATA_TRY(members.text("file", version.file));
    STRATA_TRY(read_optional(members, "run", version.run));
    version.deleted = type == "del";
    return version;
}

void append_step(std::string& out, const ExplainStep& step) {
    JsonObject object{out};
    object.text("layer", step.layer);
    if (!step.file.empty()) {
        object.text("file", step.file);
    }
    if (step.run) {
        object.number("run", *step.run);
        object.number("tier", step.tier.value_or(0));
    }
    object.text("verdict", step.verdict);
    if (!step.detail.empty()) {
        object.text("detail", step.detail);
    }
    if (step.entries != 0) {
        object.number("entries", step.entries);
    }
    if (step.blocks_cached + step.blocks_read != 0) {
        object.number("blocks_cached", step.blocks_cached);
        object.number("blocks_read", step.blocks_read);
        object.number("bytes_read", step.bytes_read);
    }
    if (step.nanoseconds != 0) {
        object.number("nanoseconds", step.nanoseconds);
    }
}

Result<ExplainStep> read_step(const JsonMembers& members) {
    ExplainStep step;
    STRATA_TRY(members.text("layer", step.layer));
    STRATA_TRY(members.text("file", step.file));
    STRATA_TRY(read_optional(members, "run", step.run));
    STRATA_TRY(read_optional(members, "tier", step.tier));
    STRATA_TRY(members.text("verdict", step.verdict));
    STRATA_TRY(members.text("detail", step.detail));
    STRATA_TRY(members.number("entries", step.entries));
    STRATA_TRY(members.number("blocks_cached", step.blocks_cached));
    STRATA_TRY(members.number("blocks_read", step.blocks_read));
    STRATA_TRY(members.number("bytes_read", step.bytes_read));
    STRATA_TRY(members.number("nanoseconds", step.nanoseconds));
    return step;
}

}  // namespace

void append_json_stats(std::string& out, const Stats& stats, const JsonStyle& style) {
    JsonObject object{out, style};
    object.text("store_id", stats.store_id);
    write_numbers(object, stats, stats_numbers);
    object.text("limiter", stats.limiter);
    object.text("failure", stats.failure);
    std::string& events = object.member("events");
    write_array(events, stats.events, [&events](const Event& event) {
        JsonObject one{events};
        one.number("time_ms", event.time_ms);
        one.text("text", event.text);
    });
}

Result<Stats> parse_json_stats(std::string_view text) {
    const json::object object = STRATA_TRY(parse_json_object(text));
    const JsonMembers members{object};
    Stats stats;
    STRATA_TRY(members.text("store_id", stats.store_id));
    STRATA_TRY(read_numbers(members, stats, stats_numbers));
    STRATA_TRY(members.text("limiter", stats.limiter));
    STRATA_TRY(members.text("failure", stats.failure));
    STRATA_TRY(members.list("events", stats.events, read_event));
    return stats;
}

void append_json_runs(std::string& out, const std::vector<RunInfo>& runs, const JsonStyle& style) {
    write_array(out, runs, [&out, &style](const RunInfo& run) {
        JsonObject object{out, style};
        object.number("run", run.number);
        object.number("tier", run.tier);
        std::string& tables = object.member("tables");
        write_array(tables, run.tables, [&tables, &style](const TableInfo& table) {
            JsonObject one{tables, style};
            write_numbers(one, table, table_numbers);
            one.bytes("key_min", table.key_min);
            one.bytes("key_max", table.key_max);
        });
    });
}

Result<std::vector<RunInfo>> parse_json_runs(std::string_view text) {
    const json::value value = STRATA_TRY(parse_json(text));
    std::vector<RunInfo> runs;
    STRATA_TRY(JsonMembers::list_of(value, "runs", runs, read_run));
    return runs;
}

void append_json_files(std::string& out, const std::vector<FileInfo>& files) {
    write_array(out, files, [&out](const FileInfo& file) {
        JsonObject object{out};
        object.text("name", file.name);
        object.text("role", file.role);
        object.number("size", file.size);
    });
}

Result<std::vector<FileInfo>> parse_json_files(std::string_view text) {
    const json::value value = STRATA_TRY(parse_json(text));
    std::vector<FileInfo> files;
    STRATA_TRY(JsonMembers::list_of(value, "files", files, read_file));
    return files;
}

void append_json_history(std::string& out, const History& history, const JsonStyle& style) {
    JsonObject object{out, style};
    object.big_number("floor", history.floor);
    object.boolean("more", history.more);
    std::string& versions = object.member("versions");
    write_array(versions, history.versions, [&versions, &style](const StoredVersion& version) {
        JsonObject one{versions, style};
        one.big_number("seq", version.sequence);
        one.text("type", version.deleted ? "del" : "put");
        one.number("size", version.value_size);
        one.text("place", version.place);
        if (version.run) {
            one.number("run", *version.run);
        }
        if (!version.file.empty()) {
            one.text("file", version.file);
        }
    });
}

Result<History> parse_json_history(std::string_view text) {
    const json::object object = STRATA_TRY(parse_json_object(text));
    const JsonMembers members{object};
    History history;
    STRATA_TRY(members.number("floor", history.floor));
    STRATA_TRY(members.boolean("more", history.more));
    STRATA_TRY(members.list("versions", history.versions, read_version));
    return history;
}

void append_json_explanation(std::string& out, std::string_view what,
                             const Explanation& explanation, const JsonStyle& style) {
    JsonObject object{out, style};
    object.text("explain", what);
    object.text("outcome", explanation.outcome);
    object.big_number("at", explanation.at);
    object.big_number("history_floor", explanation.history_floor);
    if (what == "get") {
        object.boolean("found", explanation.found);
        if (explanation.sequence != 0) {
            object.big_number("seq", explanation.sequence);
        }
        object.number("value_size", explanation.value_size);
    }
    if (what == "scan") {
        object.number("records", explanation.records);
        object.number("jumps", explanation.jumps);
    }
    if (what != "put") {
        object.number("shadowed", explanation.shadowed);
        object.number("too_new", explanation.too_new);
        object.number("tombstones", explanation.tombstones);
        object.number("nanoseconds", explanation.nanoseconds);
    }
    std::string& steps = object.member("steps");
    write_array(steps, explanation.steps,
                [&steps](const ExplainStep& step) { append_step(steps, step); });
    if (explanation.error) {
        JsonObject error{object.member("error")};
        error.text("code", error_code_name(explanation.error->code));
        error.text("message", explanation.error->message);
    }
}

Result<Explanation> parse_json_explanation(std::string_view text) {
    const json::object object = STRATA_TRY(parse_json_object(text));
    const JsonMembers members{object};
    Explanation explanation;
    STRATA_TRY(members.text("outcome", explanation.outcome));
    STRATA_TRY(members.number("at", explanation.at));
    STRATA_TRY(members.number("history_floor", explanation.history_floor));
    STRATA_TRY(members.boolean("found", explanation.found));
    STRATA_TRY(members.number("seq", explanation.sequence));
    STRATA_TRY(members.number("value_size", explanation.value_size));
    STRATA_TRY(members.number("records", explanation.records));
    STRATA_TRY(members.number("jumps", explanation.jumps));
    STRATA_TRY(members.number("shadowed", explanation.shadowed));
    STRATA_TRY(members.number("too_new", explanation.too_new));
    STRATA_TRY(members.number("tombstones", explanation.tombstones));
    STRATA_TRY(members.number("nanoseconds", explanation.nanoseconds));
    STRATA_TRY(members.list("steps", explanation.steps, read_step));
    const json::value* error = members.find("error");
    if (error != nullptr && error->is_object()) {
        std::string code;
        Error& read = explanation.error.emplace(Error{ErrorCode::internal, {}});
        STRATA_TRY(JsonMembers{error->get_object()}.text("code", code));
        STRATA_TRY(JsonMembers{error->get_object()}.text("message", read.message));
        read.code = error_code_of(code);
    }
    return explanation;
}

void append_json_check(std::string& out, const CheckReport& report) {
    JsonObject object{out};
    write_numbers(object, report, check_numbers);
    object.boolean("torn_tail", report.torn_tail);
    std::string& findings = object.member("findings");
    write_array(findings, report.findings, [&findings](const Finding& finding) {
        JsonObject one{findings};
        one.text("file", finding.file);
        one.number("offset", finding.offset);
        one.text("message", finding.message);
    });
    std::string& notes = object.member("notes");
    write_array(notes, report.notes,
                [&notes](const std::string& note) { append_json_text(notes, note); });
}

Result<CheckReport> parse_json_check(std::string_view text) {
    const json::object object = STRATA_TRY(parse_json_object(text));
    const JsonMembers members{object};
    CheckReport report;
    STRATA_TRY(read_numbers(members, report, check_numbers));
    STRATA_TRY(members.boolean("torn_tail", report.torn_tail));
    STRATA_TRY(members.list("findings", report.findings, read_finding));
    const json::value* notes = members.find("notes");
    if (notes != nullptr && !notes->is_array()) {
        return JsonMembers::wrong_kind("notes", "an array");
    }
    if (notes != nullptr) {
        for (const json::value& note : notes->get_array()) {
            report.notes.push_back(STRATA_TRY(json_bytes(note, "notes")));
        }
    }
    return report;
}

ErrorCode error_code_of(std::string_view word) noexcept {
    using enum ErrorCode;
    for (const ErrorCode code : {io, corruption, invalid_argument, not_found, busy, unsupported,
                                 read_only, closed, conflict, no_space, gap, internal}) {
        if (word == error_code_name(code)) {
            return code;
        }
    }
    if (word == "too-large") {
        return invalid_argument;
    }
    if (word == "rate-limited") {
        return busy;
    }
    return word == "timeout" || word == "unauthorized" || word == "forbidden" ? io : internal;
}

}  // namespace strata::tools
