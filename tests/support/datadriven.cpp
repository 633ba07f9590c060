// SPDX-License-Identifier: Apache-2.0
#include "support/datadriven.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace strata::test {
namespace {

constexpr std::string_view separator = "----";

/// Hands out the lines of a text with their numbers.
class LineReader {
  public:
    explicit LineReader(std::string_view text) : rest_{text} {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] int line() const { return line_; }
    [[nodiscard]] std::string_view peek() const { return rest_.substr(0, rest_.find('\n')); }
    std::string_view next() {
        const std::string_view taken = peek();
        rest_.remove_prefix(std::min(taken.size() + 1, rest_.size()));
        ++line_;
        return taken;
    }
    bool skip(std::string_view wanted) {
        if (at_end() || peek() != wanted) {
            return false;
        }
        next();
        return true;
    }

  private:
    std::string_view rest_;
    int line_ = 1;
};

void append_line(std::string& text, std::string_view line) {
    text += line;
    text += '\n';
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos) {
            return words;
        }
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        words.emplace_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
}

/// Takes one argument from the front of `text`; false when a parenthesis stays open.
bool take_argument(std::string_view& text, Argument& argument) {
    const std::size_t key_end = std::min(text.find_first_of(" ="), text.size());
    argument.key = text.substr(0, key_end);
    text.remove_prefix(key_end);
    if (text.empty() || text.front() != '=') {
        return true;
    }
    text.remove_prefix(1);
    if (text.empty() || text.front() != '(') {
        const std::size_t end = std::min(text.find(' '), text.size());
        argument.values.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        return true;
    }
    const std::size_t end = text.find(')');
    if (end == std::string_view::npos) {
        return false;
    }
    argument.values = words_of(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return true;
}

/// Reads the command line; returns what is wrong with it, or nothing.
std::string parse_command(std::string_view line, Case& one) {
    const std::size_t command_end = std::min(line.find(' '), line.size());
    one.command = line.substr(0, command_end);
    std::string_view rest = line.substr(command_end);
    while (true) {
        const std::size_t begin = rest.find_first_not_of(' ');
        if (begin == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(begin);
        Argument argument;
        if (!take_argument(rest, argument)) {
            return "a parenthesis stays open";
        }
        const auto same = [&](const Argument& other) { return other.key == argument.key; };
        if (std::ranges::any_of(one.arguments, same)) {
            return "argument \"" + argument.key + "\" is given twice";
        }
        one.arguments.push_back(std::move(argument));
    }
}

/// Reads the expected output behind the first separator; false when its closing pair is missing.
bool parse_expected(LineReader& reader, Case& one) {
    if (!reader.skip(separator)) {
        while (!reader.at_end() && !reader.peek().empty()) {
            append_line(one.expected, reader.next());
        }
        return true;
    }
    while (!reader.at_end()) {
        const std::string_view line = reader.next();
        if (line == separator && reader.skip(separator)) {
            return true;
        }
        append_line(one.expected, line);
    }
    return false;
}

/// Reads one case from its command line on; returns what is wrong, or nothing.
std::string parse_case(LineReader& reader, Case& one) {
    const std::string_view command_line = reader.next();
    append_line(one.head, command_line);
    std::string error = parse_command(command_line, one);
    if (!error.empty()) {
        return error;
    }
    while (!reader.skip(separator)) {
        if (reader.at_end()) {
            return "a case without ----";
        }
        append_line(one.input, reader.next());
    }
    one.head += one.input;
    return parse_expected(reader, one) ? "" : "output opened by two ---- lines never ends";
}

/// Output with a blank line would end at it, so it stands between pairs of separators.
bool needs_pairs(std::string_view output) {
    return output.starts_with('\n') || output.starts_with("----\n") ||
           output.find("\n\n") != std::string_view::npos;
}

std::string call(const Handler& handler, const Case& one) {
    INFO(one.place << ": " << one.command);
    std::string output = handler(one);
    if (!output.empty() && output.back() != '\n') {
        output += '\n';
    }
    CHECK_MESSAGE(representable(output), "this output cannot stand in a file, for its ---- lines");
    for (const std::string& key : one.unused()) {
        FAIL_CHECK("the handler knows no argument \"" << key << "\"");
    }
    return output;
}

std::string read_text(const std::string& path) {
    std::ifstream stream{path, std::ios::binary};
    REQUIRE_MESSAGE(stream.is_open(), "cannot read " << path);
    return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace

const Argument* Case::find(std::string_view key) const {
    asked_.emplace_back(key);
    const auto found = std::ranges::find(arguments, key, &Argument::key);
    return found == arguments.end() ? nullptr : &*found;
}

bool Case::has(std::string_view key) const { return find(key) != nullptr; }

std::string Case::one(std::string_view key) const {
    const Argument* found = find(key);
    REQUIRE_MESSAGE(found != nullptr, "argument \"" << std::string{key} << "\" is missing");
    const bool single = found->values.size() == 1;
    REQUIRE_MESSAGE(single, "argument \"" << found->key << "\" is not one value");
    return found->values.front();
}

std::string Case::one(std::string_view key, std::string_view fallback) const {
    return has(key) ? one(key) : std::string{fallback};
}

std::vector<std::string> Case::many(std::string_view key) const {
    const Argument* found = find(key);
    return found == nullptr ? std::vector<std::string>{} : found->values;
}

std::uint64_t Case::number(std::string_view key) const {
    const std::string text = one(key);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    REQUIRE_MESSAGE(whole, "argument \"" << std::string{key} << "\" is not a number: " << text);
    return value;
}

std::uint64_t Case::number(std::string_view key, std::uint64_t fallback) const {
    return has(key) ? number(key) : fallback;
}

std::vector<std::string> Case::lines() const {
    std::vector<std::string> lines;
    for (LineReader reader{input}; !reader.at_end();) {
        lines.emplace_back(reader.next());
    }
    return lines;
}

std::vector<std::string> Case::unused() const {
    std::vector<std::string> keys;
    for (const Argument& argument : arguments) {
        if (std::ranges::find(asked_, argument.key) == asked_.end()) {
            keys.push_back(argument.key);
        }
    }
    return keys;
}

CaseFile parse_cases(const std::string& file, std::string_view text) {
    CaseFile parsed;
    LineReader reader{text};
    std::string before;
    while (!reader.at_end()) {
        if (reader.peek().empty() || reader.peek().front() == '#') {
            append_line(before, reader.next());
            continue;
        }
        Case one;
        one.line = reader.line();
        one.place = file + ":" + std::to_string(one.line);
        one.before = std::move(before);
        before.clear();
        const std::string error = parse_case(reader, one);
        if (!error.empty()) {
            parsed.error = one.place + ": " + error;
            return parsed;
        }
        parsed.cases.push_back(std::move(one));
    }
    parsed.after = std::move(before);
    return parsed;
}

bool representable(std::string_view output) {
    std::string fenced{"\n"};
    fenced.append(output).append("----\n");
    return !needs_pairs(output) || fenced.find("\n----\n----\n") == std::string::npos;
}

std::string format_cases(const CaseFile& parsed, const std::vector<std::string>& outputs) {
    std::string text;
    for (std::size_t i = 0; i < parsed.cases.size(); ++i) {
        const Case& one = parsed.cases[i];
        // Output without pairs ends at a blank line, so one must stand before the next case.
        text += i > 0 && !one.before.starts_with('\n') ? "\n" : "";
        const std::string_view fence = needs_pairs(outputs[i]) ? "----\n----\n" : "----\n";
        text += one.before + one.head;
        text += fence;
        text += outputs[i];
        text += fence.size() > 5 ? fence : "";
    }
    return text + parsed.after;
}

void run_cases(const std::string& name, const Handler& handler) {
    const std::string path = testdata_path(name);
    const std::string text = read_text(path);
    const CaseFile parsed = parse_cases(path, text);
    REQUIRE_MESSAGE(parsed.error.empty(), parsed.error);
    REQUIRE_MESSAGE(!parsed.cases.empty(), path << " holds no case");
    std::vector<std::string> outputs;
    for (const Case& one : parsed.cases) {
        outputs.push_back(call(handler, one));
        if (rewriting() || outputs.back() == one.expected) {
            CHECK(true);
        } else {
            ADD_FAIL_CHECK_AT(path.c_str(), one.line,
                              "expected:\n"
                                  << one.expected << "found:\n"
                                  << outputs.back());
        }
    }
    if (!rewriting()) {
        return;
    }
    const std::string rewritten = format_cases(parsed, outputs);
    if (rewritten != text) {
        std::ofstream stream{path, std::ios::binary};
        stream << rewritten;
        REQUIRE_MESSAGE(stream.flush().good(), "cannot write " << path);
    }
}

std::string testdata_path(std::string_view name) {
    const char* root = std::getenv("STRATA_TESTDATA");
    REQUIRE_MESSAGE(root != nullptr, "STRATA_TESTDATA is not set: run through `meson test`");
    return std::string{root} + "/" + std::string{name};
}

bool rewriting() { return std::getenv("STRATA_REWRITE") != nullptr; }

}  // namespace strata::test
