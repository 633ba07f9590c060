// SPDX-License-Identifier: Apache-2.0
#include "stress/replay_script.hpp"

#include "common/error.hpp"
#include "stress/engine_options.hpp"
#include "stress/parse.hpp"
#include "stress/replay_words.hpp"

#include <fmt/format.h>

#include <utility>

namespace strata::tools {
namespace {

/// Longest line: a value of the greatest size, escaped.
constexpr std::size_t line_max = std::size_t{300} << 20;

}  // namespace

ScriptReader::ScriptReader(int descriptor, const std::string& name)
    : name_{name}, lines_{descriptor, name, line_max} {}

std::optional<ScriptReader::Part> ScriptReader::part_of(Bytes line, std::uint64_t number) {
    constexpr std::string_view option = "#: option ";
    if (line.starts_with(option)) {
        for (const std::string_view one : split(line.substr(option.size()), ' ')) {
            options_.emplace_back(one);
        }
        return std::nullopt;
    }
    if (line.starts_with("> ") || line.starts_with("#: ")) {
        in_comments_ = line.front() == '#';
        return Part{true, std::string{line.substr(line.find(' ') + 1)}, number};
    }
    if (line.starts_with("#= ")) {
        return Part{false, std::string{line.substr(3)}, number};
    }
    if (line.empty() || in_comments_ || line.front() == '#') {
        return std::nullopt;
    }
    return Part{false, std::string{line}, number};
}

Result<std::optional<ScriptReader::Part>> ScriptReader::part() {
    if (ahead_) {
        return std::exchange(ahead_, std::nullopt);
    }
    while (true) {
        const auto line = STRATA_TRY(lines_.next());
        if (!line) {
            return std::optional<Part>{};
        }
        if (line->too_long) {
            return usage_error("{}:{}: a line of more than {} bytes", name_, line->number,
                               line_max);
        }
        if (auto found = part_of(line->text, line->number)) {
            return found;
        }
    }
}

Status ScriptReader::read_options(Options& engine) {
    ahead_ = STRATA_TRY(part());
    for (const std::string& option : options_) {
        auto applied = apply_engine_option(engine, option);
        if (!applied) {
            return at(name_ + ": option", applied.take_error());
        }
    }
    return {};
}

Result<std::optional<RecordedOperation>> ScriptReader::next() {
    std::optional<Operation> batch;
    RecordedOperation recorded;
    bool complete = false;
    while (!complete) {
        const auto command = STRATA_TRY(part());
        if (!command) {
            if (batch) {
                return usage_error("{}: ends before the commit of a batch", name_);
            }
            return std::optional<RecordedOperation>{};
        }
        const std::string place = fmt::format("{}:{}", name_, command->number);
        if (!command->is_command) {
            return usage_error("{}: expected a command, \"> \" or \"#: \", found what none prints",
                               place);
        }
        auto operation = parse_command(command->text, batch);
        if (!operation) {
            return at(place, operation.take_error());
        }
        complete = operation->has_value();
        if (complete) {
            recorded.operation = std::move(**operation);
            recorded.line = command->number;
        }
    }
    while (true) {
        auto answer = STRATA_TRY(part());
        if (!answer || answer->is_command) {
            ahead_ = std::move(answer);
            return std::optional{std::move(recorded)};
        }
        recorded.lines.push_back(std::move(answer->text));
    }
}

}  // namespace strata::tools
