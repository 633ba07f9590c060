// SPDX-License-Identifier: Apache-2.0
#include "cli/invocation.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"

#include <algorithm>
#include <cctype>

namespace strata::tools {
namespace {

bool is_choice(std::string_view choices, std::string_view word) {
    while (!choices.empty()) {
        const std::size_t bar = std::min(choices.find('|'), choices.size());
        if (choices.substr(0, bar) == word) {
            return true;
        }
        choices.remove_prefix(std::min(bar + 1, choices.size()));
    }
    return false;
}

bool is_option(const Word& word) {
    return !word.quoted && word.text.size() > 1 && word.text.front() == '-';
}

std::string option_name(const OptionSpec& spec) { return "--" + std::string{spec.name}; }

}  // namespace

Result<Invocation> Invocation::parse(const CommandSpec& command, const std::vector<Word>& words,
                                     Settings settings) {
    Invocation invocation;
    invocation.command_ = &command;
    invocation.settings_ = std::move(settings);
    bool options_end = false;
    for (std::size_t at = 0; at < words.size();) {
        if (options_end || !is_option(words[at])) {
            invocation.arguments_.push_back(words[at++]);
        } else if (words[at].text == "--") {
            options_end = true;
            ++at;
        } else {
            STRATA_TRY(invocation.take_option(words, at));
        }
    }
    STRATA_TRY(invocation.check_arguments());
    return invocation;
}

Status Invocation::take_option(const std::vector<Word>& words, std::size_t& at) {
    const Word& word = words[at++];
    const std::string_view text = word.text;
    const OptionSpec* spec = nullptr;
    std::optional<std::string_view> attached;
    if (text.starts_with("--")) {
        const std::size_t equals = text.find('=');
        spec = find_spec(text.substr(2, equals == std::string_view::npos ? equals : equals - 2), 0);
        if (equals != std::string_view::npos) {
            attached = text.substr(equals + 1);
        }
    } else {
        spec = find_spec({}, text[1]);
        if (text.size() > 2) {
            attached = text.substr(2);
        }
    }
    if (spec == nullptr) {
        return unknown_option(word);
    }
    if (spec->takes == Takes::nothing) {
        if (attached) {
            return bad(option_name(*spec), word, usage_error("takes no value"));
        }
        return set_option(*spec, Word{.column = word.column});
    }
    if (attached) {
        const std::size_t skipped = text.size() - attached->size();
        return set_option(*spec, Word{.text = std::string{*attached},
                                      .column = word.column == 0 ? 0 : word.column + skipped});
    }
    if (at == words.size()) {
        return usage_error("{}: {}: missing {}; syntax: {}", command_->name, option_name(*spec),
                           spec->metavar, syntax_of(*command_));
    }
    return set_option(*spec, words[at++]);
}

Status Invocation::set_option(const OptionSpec& spec, Word value) {
    if (spec.takes == Takes::choice && !is_choice(spec.choices, value.text)) {
        return bad(
            option_name(spec), value,
            usage_error("expected one of {}, found \"{}\"", spec.choices, escaped(value.text)));
    }
    const auto all = shared_options();
    const bool shared = &spec >= all.data() && &spec < all.data() + all.size();
    if (shared) {
        auto applied = apply_setting(settings_, spec.name, value.text);
        if (!applied) {
            return bad(option_name(spec), value, applied.take_error());
        }
        return {};
    }
    options_.emplace_back(&spec, std::move(value));
    return {};
}

Status Invocation::check_arguments() const {
    const auto specs = command_->arguments;
    for (std::size_t i = arguments_.size(); i < specs.size(); ++i) {
        if (specs[i].required) {
            return usage_error("{}: missing {}; syntax: {}", command_->name, specs[i].name,
                               syntax_of(*command_));
        }
    }
    const bool repeated = !specs.empty() && specs.back().repeated;
    if (arguments_.size() > specs.size() && !repeated) {
        const Word& extra = arguments_[specs.size()];
        const char* hint = specs.empty() ? "" : " (words with spaces need quotes)";
        return bad("", extra,
                   usage_error("unexpected \"{}\"{}; syntax: {}", escaped(extra.text), hint,
                               syntax_of(*command_)));
    }
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
        const ArgumentSpec& spec = specs[std::min(i, specs.size() - 1)];
        if (spec.takes == Takes::choice && !is_choice(spec.choices, arguments_[i].text)) {
            return bad("", arguments_[i],
                       usage_error("expected one of {}, found \"{}\"", spec.choices,
                                   escaped(arguments_[i].text)));
        }
    }
    return {};
}

const OptionSpec* Invocation::find_spec(std::string_view name, char letter) const {
    for (const OptionSpec* option : options_of(*command_)) {
        if (letter != 0 ? option->letter == letter : option->name == name) {
            return option;
        }
    }
    return nullptr;
}

Error Invocation::unknown_option(const Word& word) const {
    std::vector<std::string_view> names;
    for (const OptionSpec* option : options_of(*command_)) {
        names.push_back(option->name);
    }
    const std::string_view text = word.text;
    const std::string_view name = text.substr(std::min(text.find_first_not_of('-'), text.size()));
    const std::string_view near = nearest(name.substr(0, name.find('=')), names);
    const std::string hint =
        near.empty()
            ? fmt::format("; a word that begins with - is written \\x2d{}", escaped(text.substr(1)))
            : fmt::format("; did you mean --{}?", near);
    return bad("", word, usage_error("unknown option \"{}\"{}", escaped(text), hint));
}

Error Invocation::bad(std::string_view name, const Word& word, Error error) const {
    std::string place{command_->name};
    if (!name.empty()) {
        place += ": ";
        place += name;
    }
    // Errors in bytes name the exact column themselves.
    if (word.column != 0 && !error.message.starts_with("column ")) {
        place += fmt::format(": column {}", word.column);
    }
    return at(place, std::move(error));
}

std::string Invocation::argument(std::size_t index) const {
    return index < arguments_.size() ? arguments_[index].text : std::string{};
}

const Word* Invocation::find(std::string_view option) const {
    const Word* found = nullptr;
    for (const auto& [spec, word] : options_) {
        if (spec->name == option) {
            found = &word;
        }
    }
    return found;
}

std::optional<std::string> Invocation::text(std::string_view option) const {
    const Word* word = find(option);
    return word == nullptr ? std::nullopt : std::optional<std::string>{word->text};
}

Result<std::string> Invocation::bytes(ByteFormat format, std::string_view name,
                                      const Word& word) const {
    auto parsed = parse_bytes(format, word.text, std::max<std::size_t>(word.column, 1));
    if (!parsed) {
        return bad(name, word, parsed.take_error());
    }
    return parsed;
}

Result<std::string> Invocation::key(const Word& word) const {
    return bytes(settings_.key_format, "KEY", word);
}

Result<std::string> Invocation::value(const Word& word) const {
    return bytes(settings_.value_format, "VALUE", word);
}

Result<std::optional<std::string>> Invocation::key_option(std::string_view option) const {
    const Word* word = find(option);
    if (word == nullptr) {
        return std::optional<std::string>{};
    }
    const std::string name = fmt::format("--{}", option);
    std::string key = STRATA_TRY(bytes(settings_.key_format, name, *word));
    return std::optional<std::string>{std::move(key)};
}

Result<std::optional<std::uint64_t>> Invocation::number_option(std::string_view option) const {
    const Word* word = find(option);
    if (word == nullptr) {
        return std::optional<std::uint64_t>{};
    }
    const auto number = parse_number(word->text);
    if (!number) {
        return bad(fmt::format("--{}", option), *word,
                   usage_error("expected a number, found \"{}\"", escaped(word->text)));
    }
    return number;
}

Result<std::optional<std::chrono::microseconds>> Invocation::duration_option(
    std::string_view option) const {
    const Word* word = find(option);
    if (word == nullptr) {
        return std::optional<std::chrono::microseconds>{};
    }
    auto duration = parse_duration(word->text);
    if (!duration) {
        return bad(fmt::format("--{}", option), *word, duration.take_error());
    }
    return std::optional<std::chrono::microseconds>{*duration};
}

}  // namespace strata::tools
