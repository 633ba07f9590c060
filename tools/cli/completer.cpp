// SPDX-License-Identifier: Apache-2.0
#include "cli/completer.hpp"

#include "cli/command_line.hpp"
#include "cli/command_table.hpp"
#include "cli/help.hpp"
#include "common/escape.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace strata::tools {
namespace {

// Where the word begins that the cursor stands in or behind; it may be an open quote.
struct Place {
    std::vector<Word> before{};  // words of the same command
    std::string partial{};       // of the word, without its quote
    std::size_t begin = 0;       // of the word in the line, its quote included
    bool quoted = false;
};

Place place_of(const std::string& line, std::size_t cursor) {
    Place place;
    place.begin = cursor;
    bool inside_quote = false;
    std::size_t word = std::string::npos;
    for (std::size_t i = 0; i < cursor; ++i) {
        const char c = line[i];
        if (c == '\\') {
            word = word == std::string::npos ? i : word;
            ++i;
        } else if (c == '"') {
            inside_quote = !inside_quote;
            word = word == std::string::npos ? i : word;
        } else if ((c == ' ' || c == '\t' || c == '\n') && !inside_quote) {
            word = std::string::npos;
        } else if (word == std::string::npos) {
            word = i;
        }
    }
    if (word != std::string::npos) {
        place.begin = word;
        place.quoted = line[word] == '"';
        const std::size_t skipped = word + (place.quoted ? 1 : 0);
        place.partial = line.substr(skipped, cursor - std::min(cursor, skipped));
    }
    const auto parsed = parse_line(std::string_view{line}.substr(0, place.begin));
    const bool separated = place.begin > 0 &&
                           line.find_last_not_of(" \t", place.begin - 1) != std::string::npos &&
                           line[line.find_last_not_of(" \t", place.begin - 1)] == ';';
    if (parsed && !parsed->commands.empty() && !separated) {
        place.before = parsed->commands.back().words;
    }
    return place;
}

std::string common_beginning(const std::vector<std::string>& words) {
    std::string common = words.front();
    for (const std::string& word : words) {
        const auto differs = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
        common.erase(differs.first, common.end());
    }
    return common;
}

// The words that begin as the partial one does.
Completion from_words(const Place& place, std::vector<std::string> words, bool ends_word) {
    Completion completion;
    completion.replaced = place.partial.size();
    completion.text = place.partial;
    std::erase_if(words,
                  [&place](const std::string& word) { return !word.starts_with(place.partial); });
    if (words.empty()) {
        return completion;
    }
    completion.text = common_beginning(words);
    if (words.size() == 1) {
        completion.text += ends_word ? " " : "";
    } else {
        completion.candidates = std::move(words);
    }
    return completion;
}

std::vector<std::string> split_choices(std::string_view choices) {
    std::vector<std::string> words;
    while (!choices.empty()) {
        const std::size_t bar = std::min(choices.find('|'), choices.size());
        words.emplace_back(choices.substr(0, bar));
        choices.remove_prefix(std::min(bar + 1, choices.size()));
    }
    return words;
}

std::vector<std::string> command_words() {
    std::vector<std::string> words;
    for (const CommandSpec& command : commands()) {
        words.emplace_back(command.name);
    }
    return words;
}

Completion from_files(const Place& place, std::string_view leading) {
    constexpr std::size_t entries_max = 1000;
    const std::string typed = place.partial.substr(leading.size());
    const std::size_t slash = typed.rfind('/');
    const std::string folder =
        slash == std::string::npos ? std::string{} : typed.substr(0, slash + 1);
    std::vector<std::string> words;
    std::error_code error;
    std::filesystem::directory_iterator entries{folder.empty() ? "." : folder, error};
    for (std::size_t seen = 0;
         !error && entries != std::filesystem::directory_iterator{} && seen < entries_max; ++seen) {
        std::string name = std::string{leading} + folder + entries->path().filename().string();
        std::error_code ignored;
        if (entries->is_directory(ignored)) {
            name += '/';
        }
        words.push_back(std::move(name));
        entries.increment(error);
    }
    std::sort(words.begin(), words.end());
    Completion completion = from_words(place, std::move(words), true);
    if (completion.text.ends_with("/ ")) {
        completion.text.pop_back();
    }
    return completion;
}

// Up to completion_keys_max keys that begin with `prefix`, and the last such key.
Result<std::vector<std::string>> find_keys(Store& store, const std::string& prefix) {
    std::vector<std::string> keys;
    ScanOptions options;
    options.prefix = prefix;
    const auto forward = STRATA_TRY(store.scan(options));
    while (keys.size() < completion_keys_max) {
        const bool more = STRATA_TRY(forward->next());
        if (!more) {
            return keys;
        }
        keys.emplace_back(forward->key());
    }
    options.reverse = true;
    const auto backward = STRATA_TRY(store.scan(options));
    const bool any = STRATA_TRY(backward->next());
    if (any && Bytes{backward->key()} > Bytes{keys.back()}) {
        keys.emplace_back(backward->key());
    }
    return keys;
}

// What keys have in common, not ending inside a character.
std::string common_key(const std::vector<std::string>& keys) {
    std::string common = common_beginning({keys.front(), keys.back()});
    if (common == keys.front()) {
        return common;
    }
    for (std::size_t cut = 1; cut <= 3 && cut <= common.size(); ++cut) {
        const auto byte = static_cast<unsigned char>(common[common.size() - cut]);
        if (byte >= 0xc0) {
            if (decode_utf8(Bytes{common}.substr(common.size() - cut)).size == 0) {
                common.resize(common.size() - cut);
            }
            break;
        }
    }
    return common;
}

Completion from_keys(Session& session, const Place& place) {
    Completion completion;
    completion.replaced = place.partial.size() + (place.quoted ? 1 : 0);
    completion.text = (place.quoted ? "\"" : "") + place.partial;
    const auto prefix = parse_escaped(place.partial);
    if (!prefix || !session.is_open() || session.settings().key_format != ByteFormat::esc) {
        return completion;
    }
    const auto keys = find_keys(session.store(), *prefix);
    if (!keys || keys->empty()) {
        return completion;
    }
    const std::string common = common_key(*keys);
    const bool whole = keys->size() == 1;
    if (common.size() > prefix->size() || whole) {
        std::string text = word(common);
        const bool quoted = text.starts_with('"') || place.quoted;
        if (quoted && !text.starts_with('"')) {
            text = '"' + text + '"';
        }
        // More is to be typed inside the quotes.
        if (quoted && !whole) {
            text.pop_back();
        }
        completion.text = text + (whole ? " " : "");
    }
    if (!whole) {
        for (const std::string& key : *keys) {
            completion.candidates.push_back(word(key));
        }
        if (keys->size() > completion_keys_max) {
            completion.candidates[completion_keys_max] = "...";
        }
    }
    return completion;
}

Completion from_option(Session& session, const Place& place, const OptionSpec& option) {
    switch (option.takes) {
        case Takes::choice:
            return from_words(place, split_choices(option.choices), true);
        case Takes::key:
            return from_keys(session, place);
        case Takes::file:
            return from_files(place, {});
        case Takes::nothing:
        case Takes::text:
        case Takes::value:
        case Takes::glob:
        case Takes::number:
        case Takes::duration:
        case Takes::command:
            break;
    }
    return {.replaced = place.partial.size(), .text = place.partial};
}

Completion from_argument(Session& session, const Place& place, const ArgumentSpec& argument) {
    switch (argument.takes) {
        case Takes::choice:
            return from_words(place, split_choices(argument.choices), true);
        case Takes::key:
            return from_keys(session, place);
        case Takes::file:
            return from_files(place, {});
        case Takes::value:
            if (place.partial.starts_with('@')) {
                return from_files(place, "@");
            }
            break;
        case Takes::command: {
            std::vector<std::string> words = command_words();
            for (const std::string_view topic : help_topics()) {
                words.emplace_back(topic);
            }
            return from_words(place, std::move(words), true);
        }
        case Takes::nothing:
        case Takes::text:
        case Takes::glob:
        case Takes::number:
        case Takes::duration:
            break;
    }
    return {.replaced = place.partial.size(), .text = place.partial};
}

// The option whose value is to come next, or null; counts the arguments on the way.
const OptionSpec* open_option(const std::vector<const OptionSpec*>& options,
                              const std::vector<Word>& words, std::size_t& arguments) {
    const OptionSpec* open = nullptr;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (open != nullptr) {
            open = nullptr;
        } else if (!words[i].quoted && text.size() > 1 && text.starts_with('-')) {
            const auto found =
                std::find_if(options.begin(), options.end(), [&](const auto* option) {
                    return text == "--" + std::string{option->name} ||
                           (option->letter != 0 && text.size() == 2 && text[1] == option->letter);
                });
            open = found != options.end() && (*found)->takes != Takes::nothing ? *found : nullptr;
        } else {
            ++arguments;
        }
    }
    return open;
}

}  // namespace

Completion complete_command(Session& session, const std::string& line, std::size_t cursor) {
    const Place place = place_of(line, cursor);
    if (place.before.empty()) {
        std::vector<std::string> words = command_words();
        if (!place.partial.starts_with('.')) {
            std::erase_if(words, [](const std::string& word) { return word.starts_with('.'); });
        }
        return from_words(place, std::move(words), true);
    }
    const CommandSpec* command = find_command(place.before.front().text);
    if (command == nullptr) {
        return {.replaced = place.partial.size(), .text = place.partial};
    }
    const std::vector<const OptionSpec*> options = options_of(*command);
    std::size_t arguments = 0;
    const OptionSpec* open = open_option(options, place.before, arguments);
    Completion completion{.replaced = place.partial.size(), .text = place.partial};
    if (open != nullptr) {
        completion = from_option(session, place, *open);
        completion.hint = fmt::format("{}: {}", syntax_of(*open), open->help);
        return completion;
    }
    if (place.partial.starts_with('-') && !place.quoted) {
        std::vector<std::string> words;
        for (const OptionSpec* option : options) {
            words.push_back("--" + std::string{option->name});
        }
        completion = from_words(place, std::move(words), true);
    } else if (!command->arguments.empty()) {
        const bool repeated = command->arguments.back().repeated;
        const std::size_t last = command->arguments.size() - 1;
        if (arguments <= last || repeated) {
            completion =
                from_argument(session, place, command->arguments[std::min(arguments, last)]);
        }
    }
    completion.hint = syntax_of(*command);
    return completion;
}

}  // namespace strata::tools
