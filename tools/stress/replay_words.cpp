// SPDX-License-Identifier: Apache-2.0
#include "stress/replay_words.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/sync_mode.hpp"

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

using Kind = Operation::Kind;

/// Options that say how strata-cli prints.
bool take_output_options(CommandWords& words) {
    return words.take("--json") || words.take("--meta") || words.take("-q");
}

Result<std::optional<Condition::Test>> parse_test(CommandWords& words, std::string_view dashes) {
    const auto is = [&](const char* name) { return words.take(std::string{dashes} + name); };
    if (is("absent")) {
        return std::optional{Condition::Test{Condition::Absent{}}};
    }
    if (is("present")) {
        return std::optional{Condition::Test{Condition::Present{}}};
    }
    if (is("seq")) {
        const auto sequence = STRATA_TRY(words.number());
        return std::optional{Condition::Test{Condition::AtSequence{sequence}}};
    }
    if (is("value")) {
        auto value = STRATA_TRY(words.bytes());
        return std::optional{Condition::Test{Condition::HasValue{std::move(value)}}};
    }
    return std::optional<Condition::Test>{};
}

Status parse_write_options(CommandWords& words, Operation& operation, const std::string& key) {
    while (!words.at_end()) {
        if (words.take("--sync")) {
            const auto mode = STRATA_TRY(words.plain());
            operation.sync = STRATA_TRY(parse_sync_mode(mode));
            continue;
        }
        auto test = STRATA_TRY(parse_test(words, "--if-"));
        if (test) {
            operation.conditions.push_back({.key = key, .test = std::move(*test)});
        } else if (!take_output_options(words)) {
            return words.unexpected();
        }
    }
    return {};
}

/// put, del and require: parts of the batch that was begun, or an operation of their own.
Result<std::optional<Operation>> parse_change(CommandWords& words, bool is_put,
                                              std::optional<Operation>& batch) {
    Operation single{.kind = Kind::write};
    Operation& operation = batch ? *batch : single;
    Change change;
    change.key = STRATA_TRY(words.bytes());
    if (is_put) {
        change.value = STRATA_TRY(words.bytes());
    }
    STRATA_TRY(parse_write_options(words, operation, change.key));
    operation.changes.push_back(std::move(change));
    return batch ? std::optional<Operation>{} : std::optional{std::move(single)};
}

Result<std::optional<Operation>> parse_require(CommandWords& words,
                                               std::optional<Operation>& batch) {
    auto key = STRATA_TRY(words.bytes());
    auto test = STRATA_TRY(parse_test(words, ""));
    if (!batch || !test || !words.at_end()) {
        return words.unexpected();
    }
    batch->conditions.push_back({.key = std::move(key), .test = std::move(*test)});
    return std::optional<Operation>{};
}

Result<Operation> parse_get(CommandWords& words) {
    Operation operation{.kind = Kind::get};
    while (!words.at_end()) {
        if (words.take("--at")) {
            operation.at = STRATA_TRY(words.number());
        } else if (!take_output_options(words)) {
            operation.keys.push_back(STRATA_TRY(words.bytes()));
        }
    }
    return operation;
}

Result<Operation> parse_scan(CommandWords& words) {
    Operation operation{.kind = Kind::scan};
    ScanOptions& range = operation.range;
    while (!words.at_end()) {
        if (words.take("--from")) {
            range.from = STRATA_TRY(words.bytes());
        } else if (words.take("--to")) {
            range.to = STRATA_TRY(words.bytes());
        } else if (words.take("--after")) {
            range.after = STRATA_TRY(words.bytes());
        } else if (words.take("--prefix")) {
            range.prefix = STRATA_TRY(words.bytes());
        } else if (words.take("--limit")) {
            operation.limit = STRATA_TRY(words.number());
        } else if (words.take("--at")) {
            operation.at = STRATA_TRY(words.number());
        } else if (words.take("--reverse")) {
            range.reverse = true;
        } else if (!take_output_options(words)) {
            return words.unexpected();
        }
    }
    return operation;
}

Result<Operation> parse_in(CommandWords& words) {
    const auto number = STRATA_TRY(words.number());
    const bool gets = words.take("get");
    if (!gets && !words.take("scan")) {
        return words.unexpected();
    }
    Operation operation = STRATA_TRY(gets ? parse_get(words) : parse_scan(words));
    operation.snapshot = number;
    return operation;
}

/// Commands of one word, with what strata-cli needs behind it.
Result<std::optional<Operation>> parse_simple(CommandWords& words) {
    static constexpr Kind kinds[] = {Kind::sync,  Kind::flush,  Kind::compact,
                                     Kind::check, Kind::reopen, Kind::kill};
    const auto* kind = std::find_if(std::begin(kinds), std::end(kinds),
                                    [&](Kind known) { return words.take(kind_name(known)); });
    if (kind == std::end(kinds)) {
        return std::optional<Operation>{};
    }
    if (words.take(">")) {
        static_cast<void>(STRATA_TRY(words.plain()));
    }
    while (take_output_options(words)) {
    }
    return std::optional{Operation{.kind = *kind}};
}

Result<std::optional<Operation>> parse_numbered(CommandWords& words) {
    const bool takes = words.take(kind_name(Kind::snapshot));
    if (!takes && !words.take(kind_name(Kind::release))) {
        return parse_simple(words);
    }
    Operation operation{.kind = takes ? Kind::snapshot : Kind::release};
    operation.snapshot = STRATA_TRY(words.number());
    return std::optional{std::move(operation)};
}

Result<std::optional<Operation>> parse_read_only(CommandWords& words) {
    Operation operation{.kind = Kind::read_only};
    operation.range.prefix = STRATA_TRY(words.bytes());
    return std::optional{std::move(operation)};
}

template <typename T>
Result<std::optional<Operation>> some(Result<T> operation) {
    if (!operation) {
        return operation.take_error();
    }
    return std::optional<Operation>{operation.take_value()};
}

Result<std::optional<Operation>> parse_words(CommandWords& words, std::optional<Operation>& batch) {
    if (words.take("begin") && !batch) {
        batch.emplace().kind = Kind::write;
        return std::optional<Operation>{};
    }
    if (words.take("put")) {
        return parse_change(words, true, batch);
    }
    if (words.take("del")) {
        return parse_change(words, false, batch);
    }
    if (words.take("require")) {
        return parse_require(words, batch);
    }
    if (batch && words.take("commit")) {
        STRATA_TRY(parse_write_options(words, *batch, {}));
        return std::exchange(batch, std::nullopt);
    }
    if (words.take("get")) {
        return some(parse_get(words));
    }
    if (words.take("scan")) {
        return some(parse_scan(words));
    }
    if (words.take("in")) {
        return some(parse_in(words));
    }
    if (words.take(kind_name(Kind::read_only))) {
        return parse_read_only(words);
    }
    auto operation = STRATA_TRY(parse_numbered(words));
    if (!operation) {
        return words.unexpected();
    }
    return operation;
}

}  // namespace

Result<CommandWords> CommandWords::split(std::string_view command) {
    CommandWords result;
    std::size_t at = 0;
    while (at < command.size()) {
        if (command[at] == ' ') {
            ++at;
            continue;
        }
        const bool quoted = command[at] == '"';
        const std::size_t begin = at + (quoted ? 1U : 0U);
        const char end = quoted ? '"' : ' ';
        at = begin;
        while (at < command.size() && command[at] != end) {
            at += command[at] == '\\' ? 2U : 1U;
        }
        at = std::min(at, command.size());
        if (quoted && at == command.size()) {
            return usage_error("a word without its closing quote");
        }
        result.words_.emplace_back(command.substr(begin, at - begin));
        at += quoted ? 1U : 0U;
    }
    return result;
}

bool CommandWords::take(std::string_view word) {
    const bool same = !at_end() && words_[next_] == word;
    next_ += same ? 1U : 0U;
    return same;
}

Result<std::string> CommandWords::plain() {
    if (at_end()) {
        return unexpected();
    }
    return words_[next_++];
}

Result<std::string> CommandWords::bytes() {
    const auto text = STRATA_TRY(plain());
    return parse_escaped(text);
}

Result<std::uint64_t> CommandWords::number() {
    const auto text = STRATA_TRY(plain());
    const auto number = parse_number(text);
    if (!number) {
        return usage_error("expected a number, found \"{}\"", escaped(text));
    }
    return *number;
}

Error CommandWords::unexpected() const {
    if (at_end()) {
        return usage_error("the command ends too early");
    }
    return usage_error("unexpected word \"{}\"", escaped(peek()));
}

Result<std::optional<Operation>> parse_command(std::string_view command,
                                               std::optional<Operation>& batch) {
    auto words = STRATA_TRY(CommandWords::split(command));
    auto operation = STRATA_TRY(parse_words(words, batch));
    if (!words.at_end()) {
        return words.unexpected();
    }
    return operation;
}

}  // namespace strata::tools
