// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_script.hpp"

#include "common/escape.hpp"
#include "common/json.hpp"
#include "common/sync_mode.hpp"
#include "stress/engine_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace strata::tools {
namespace {

// A condition that put takes as an option: of the key that it writes.
std::optional<std::string> put_option(const Condition& condition) {
    if (std::holds_alternative<Condition::Absent>(condition.test)) {
        return " --if-absent";
    }
    if (const auto* at = std::get_if<Condition::AtSequence>(&condition.test)) {
        return fmt::format(" --if-seq {}", at->sequence);
    }
    if (const auto* has = std::get_if<Condition::HasValue>(&condition.test)) {
        return " --if-value " + word(has->value);
    }
    return std::nullopt;
}

std::string require_text(const Condition& condition) {
    const std::string key = "require " + word(condition.key);
    if (std::holds_alternative<Condition::Absent>(condition.test)) {
        return key + " absent";
    }
    if (const auto* at = std::get_if<Condition::AtSequence>(&condition.test)) {
        return key + fmt::format(" seq {}", at->sequence);
    }
    if (const auto* has = std::get_if<Condition::HasValue>(&condition.test)) {
        return key + " value " + word(has->value);
    }
    return key + " present";
}

std::string change_text(const Change& change) {
    return change.value ? "put " + word(change.key) + " " + word(*change.value)
                        : "del " + word(change.key);
}

/// Which condition each put of a batch takes as an option; empty when one is left over.
std::optional<std::vector<std::string>> put_options(const Operation& operation) {
    std::vector<std::string> options(operation.changes.size());
    for (const Condition& condition : operation.conditions) {
        const auto option = put_option(condition);
        std::size_t at = 0;
        while (at < options.size() &&
               !(operation.changes[at].value && operation.changes[at].key == condition.key &&
                 options[at].empty())) {
            ++at;
        }
        if (!option || at == options.size()) {
            return std::nullopt;
        }
        options[at] = *option;
    }
    return options;
}

std::vector<ScriptStep> write_steps(const Operation& operation, const Answer& answer) {
    const std::string sync = " --sync " + sync_mode_text(operation.sync) + " --json";
    const auto options = put_options(operation);
    const bool for_cli = options.has_value();
    if (for_cli && operation.changes.size() == 1 && operation.conditions.empty()) {
        return {{.command = change_text(operation.changes.front()) + sync,
                 .lines = answer_lines(operation, answer)}};
    }
    std::vector<ScriptStep> steps;
    steps.push_back({.command = "begin", .for_cli = for_cli});
    if (!for_cli) {
        for (const Condition& condition : operation.conditions) {
            steps.push_back({.command = require_text(condition), .for_cli = false});
        }
    }
    for (std::size_t i = 0; i < operation.changes.size(); ++i) {
        steps.push_back(
            {.command = change_text(operation.changes[i]) + (for_cli ? (*options)[i] : ""),
             .for_cli = for_cli});
    }
    steps.push_back(
        {.command = "commit" + sync, .for_cli = for_cli, .lines = answer_lines(operation, answer)});
    return steps;
}

std::string view_text(const Operation& operation) {
    return operation.at ? fmt::format(" --at {}", *operation.at) : std::string{};
}

std::string get_text(const Operation& operation) {
    std::string text = "get";
    for (const std::string& key : operation.keys) {
        text += " " + word(key);
    }
    return text + view_text(operation) + " -q --json --meta";
}

std::string scan_text(const Operation& operation) {
    const ScanOptions& range = operation.range;
    std::string text = "scan";
    const auto add = [&text](const char* name, const std::optional<std::string>& key) {
        if (key) {
            text += fmt::format(" --{} {}", name, word(*key));
        }
    };
    add("from", range.from);
    add("to", range.to);
    add("after", range.after);
    if (!range.prefix.empty()) {
        add("prefix", range.prefix);
    }
    if (range.reverse) {
        text += " --reverse";
    }
    return text + fmt::format(" --limit {}", operation.limit) + view_text(operation) +
           " -q --json --meta";
}

ScriptStep read_step(const Operation& operation, const Answer& answer) {
    ScriptStep step;
    step.command =
        operation.kind == Operation::Kind::get ? get_text(operation) : scan_text(operation);
    if (operation.snapshot) {
        step.command = fmt::format("in {} {}", *operation.snapshot, step.command);
        step.for_cli = false;
    }
    step.lines = answer_lines(operation, answer);
    return step;
}

std::string sequence_line(const Operation& operation, Sequence sequence) {
    const bool batch = operation.kind == Operation::Kind::write &&
                       (operation.changes.size() != 1 || !operation.conditions.empty());
    return batch
               ? fmt::format("{{\"operations\":{},\"seq\":{}}}", operation.changes.size(), sequence)
               : fmt::format("{{\"seq\":{}}}", sequence);
}

std::string error_line(const Error& error) {
    std::string line;
    {
        JsonObject object{line};
        object.text("error", error_code_name(error.code));
        // What strata-cli prints of a batch, word for word.
        const bool conflict = error.code == ErrorCode::conflict;
        object.text("message", conflict ? "commit: a condition of the batch does not hold; the "
                                          "transaction is rolled back"
                                        : error.message);
        if (conflict) {
            object.number("exit", 6);
        }
    }
    return line;
}

}  // namespace

std::vector<std::string> answer_lines(const Operation& operation, const Answer& answer) {
    std::vector<std::string> lines;
    const bool gives_sequence =
        operation.kind == Operation::Kind::write || operation.kind == Operation::Kind::snapshot;
    if (gives_sequence && !answer.error) {
        lines.push_back(sequence_line(operation, answer.sequence));
    }
    for (const Entry& entry : answer.entries) {
        if (entry.value) {
            std::string line;
            const Record record{
                .key = entry.key, .value = Bytes{*entry.value}, .sequence = entry.sequence};
            append_json_record(line, record, {});
            lines.push_back(std::move(line));
        }
    }
    if (answer.error) {
        lines.push_back(error_line(*answer.error));
    }
    return lines;
}

std::vector<ScriptStep> script_of(const Operation& operation, const Answer& answer) {
    using Kind = Operation::Kind;
    std::vector<std::string> lines = answer_lines(operation, answer);
    const char* name = kind_name(operation.kind);
    switch (operation.kind) {
        case Kind::write:
            return write_steps(operation, answer);
        case Kind::get:
        case Kind::scan:
            return {read_step(operation, answer)};
        case Kind::flush:
        case Kind::compact:
            return {{.command = fmt::format("{} > /dev/null", name), .lines = std::move(lines)}};
        case Kind::check:
            return {{.command = "check -q", .lines = std::move(lines)}};
        case Kind::snapshot:
        case Kind::release:
            return {{.command = fmt::format("{} {}", name, operation.snapshot.value_or(0)),
                     .for_cli = false,
                     .lines = std::move(lines)}};
        case Kind::read_only:
            return {{.command = fmt::format("{} {}", name, word(operation.range.prefix)),
                     .for_cli = false,
                     .lines = std::move(lines)}};
        case Kind::sync:
        case Kind::reopen:
        case Kind::kill:
            break;
    }
    return {{.command = name, .for_cli = false, .lines = std::move(lines)}};
}

void ScriptWriter::comment(const std::string& text) {
    output_.write("# " + text + "\n");
    in_comments_ = true;
}

void ScriptWriter::options(const Options& options) {
    output_.write("#: option " + engine_options_text(options) + "\n");
    in_comments_ = true;
}

void ScriptWriter::step(const Operation& operation, const Answer& answer) {
    for (const ScriptStep& step : script_of(operation, answer)) {
        write(step);
    }
    output_.flush_if_full();
}

void ScriptWriter::write(const ScriptStep& step) {
    if (!in_comments_ && !step.for_cli) {
        output_.write("\n");
    }
    in_comments_ = !step.for_cli;
    beyond_cli_ = beyond_cli_ || !step.for_cli;
    output_.write((step.for_cli ? "> " : "#: ") + step.command + "\n");
    for (const std::string& line : step.lines) {
        output_.write((step.for_cli ? "" : "#= ") + line + "\n");
    }
}

}  // namespace strata::tools
