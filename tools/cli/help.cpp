// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "cli/command_table.hpp"
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/json.hpp"

#include <strata/store.hpp>

#include <algorithm>

namespace strata::tools {
namespace {

struct Topic {
    std::string_view name;
    std::string_view text;
};

constexpr Topic topics[] = {
    {"bytes",
     R"(Keys and values are bytes. Their text form, esc, is what is printed and read by default:

  printable UTF-8    itself, but for \ and "
  \\ \" \s \n \r \t  backslash, quote, space, line end, return, TAB
  \xHH  \x{0a0bff}   one byte, a run of bytes, in hexadecimal
  \u{1F600}          a code point as UTF-8
  \b64{aGVsbG8=}     base64
  \be16{N} \be32{N} \be64{N}   an integer, most significant byte first
  \le16{N} \le32{N} \le64{N}   the same, least significant byte first
  \varint{N}         an unsigned LEB128 number
  \uuid{...}         sixteen bytes

They compose: user:\be64{14}:name. Output uses only \\ \" \n \r \t \xHH, so that it can be pasted
back. In scripts and the interactive shell "..." makes one word of many; on a command line the
quotes of your shell do, and single quotes keep its hands off the backslashes. A value may be @FILE,
or - for standard input; a value that begins with @ or - is written \x40... or \x2d...
-K and -V choose another form for keys and values: esc raw hex base64 json be64 le64 uuid.
)"},
    {"formats",
     R"(-f, --format:
  table    aligned columns for people; long values are cut; default on a terminal
  tsv      key TAB value, one record per line, nothing cut; default elsewhere
  json     one document
  ndjson   one object per line: {"key":"a","value":"b"}
  raw      value bytes only, nothing added
--json is ndjson for records and json for other results, and makes errors JSON too. In JSON, bytes
are a string when they are UTF-8, else {"b64":"..."}.
One get of one key to a pipe or file writes exactly the bytes of the value.
)"},
    {"ranges",
     R"(scan, count and export take the same range:
  PREFIX, --prefix KEY   only keys that begin with it
  --from KEY             first key, inclusive
  --to KEY               last key, exclusive
  --after KEY            only keys behind this one, in the direction of the walk
  --match GLOB           only keys that match: * any bytes, ? one character, [a-z] [!a-z] a set,
                         [*] a star itself
  --reverse              from the greatest key down
  --limit N              at most N records
Order is by unsigned byte, a prefix before its extensions.
)"},
    {"errors",
     R"(An error is one line on standard error that says what, where and what was expected; with
--json it is an object {"error":CODE,"message":...,"exit":N}. The codes: bad-request not-found
busy corrupt conflict read-only unsupported no-space closed gap io internal.
Nothing was written when a command fails, unless the message says that it is unknown.
)"},
};

std::string exit_codes_text() {
    std::string text = "Exit status:\n";
    for (const ExitCodeMeaning& meaning : exit_code_meanings()) {
        text += fmt::format("  {:3}  {}\n", meaning.code, meaning.meaning);
    }
    return text;
}

std::string options_text(std::span<const OptionSpec> options) {
    std::string text;
    for (const OptionSpec& option : options) {
        text += fmt::format("  {:<26} {}\n", syntax_of(option), option.help);
    }
    return text;
}

std::string commands_text(bool shell) {
    std::string text;
    for (const CommandSpec& command : commands()) {
        if ((command.where == Where::shell) == shell) {
            text += fmt::format("  {:<12} {}\n", command.name, command.summary);
        }
    }
    return text;
}

// Sentences broken into lines of at most 80 columns.
std::string wrapped(std::string_view text) {
    constexpr std::size_t width = 80;
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const std::size_t space = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, space);
        if (column + word.size() + 1 > width) {
            out += '\n';
            column = 0;
        }
        out += column == 0 ? "" : " ";
        out += word;
        column += word.size() + 1;
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    return out + "\n";
}

std::string command_help(const CommandSpec& command) {
    std::string text = fmt::format("{}\n\n{}.\n", syntax_of(command), command.summary);
    if (!command.details.empty()) {
        text += "\n" + wrapped(command.details);
    }
    if (!command.alias.empty()) {
        text += fmt::format("\nAlias: {}\n", command.alias);
    }
    if (!command.options.empty()) {
        text += "\nOptions:\n" + options_text(command.options);
    }
    if (command.takes_range) {
        text += "\nRange options:\n" + options_text(range_options());
    }
    if (command.where != Where::shell) {
        text += "\nThe shared options of \"strata-cli --help\" may follow too.\n";
    }
    return text;
}

void append_options(std::string& out, std::span<const OptionSpec> options) {
    out += '[';
    for (std::size_t i = 0; i < options.size(); ++i) {
        out += i == 0 ? "" : ",";
        JsonObject object{out};
        object.text("name", options[i].name);
        if (options[i].letter != 0) {
            object.text("letter", std::string{options[i].letter});
        }
        if (options[i].takes != Takes::nothing) {
            object.text("value", options[i].metavar);
        }
        if (!options[i].choices.empty()) {
            object.text("choices", options[i].choices);
        }
        object.text("help", options[i].help);
    }
    out += ']';
}

void append_arguments(std::string& out, std::span<const ArgumentSpec> arguments) {
    out += '[';
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        out += i == 0 ? "" : ",";
        JsonObject object{out};
        object.text("name", arguments[i].name);
        object.boolean("required", arguments[i].required);
        object.boolean("repeated", arguments[i].repeated);
    }
    out += ']';
}

const char* access_name(Access access) {
    switch (access) {
        case Access::none:
            return "none";
        case Access::read:
        case Access::check:
        case Access::files:
            return "read";
        case Access::write:
            return "write";
    }
    return "none";
}

}  // namespace

std::vector<std::string_view> help_topics() {
    std::vector<std::string_view> names{"exit-codes"};
    for (const Topic& topic : topics) {
        names.push_back(topic.name);
    }
    return names;
}

std::string program_help() {
    std::string text = "strata-cli: a shell for strata stores\n\n";
    text += "strata-cli [OPTIONS] [STORE] [COMMAND [ARGS...]]\n\n";
    text +=
        "STORE is a directory, lsm:DIR, memory:, or a server: http://HOST:PORT or unix:PATH;\n"
        "without it, $STRATA_STORE. Without COMMAND: an interactive shell on a terminal, else\n"
        "commands from standard input.\n";
    text += "\nCommands:\n" + commands_text(false);
    text += "\nOptions before the command:\n" + options_text(program_options());
    text += "\nOptions before or behind the command:\n" + options_text(shared_options());
    text += "\n" + exit_codes_text();
    text +=
        "\n\"strata-cli help COMMAND\" explains a command; other topics: bytes, formats, ranges,\n"
        "errors, exit-codes.\n";
    return text;
}

std::string program_help_json() {
    std::string out;
    {
        JsonObject help{out};
        help.text("program", "strata-cli");
        help.text("version", version());
        append_options(help.member("program_options"), program_options());
        append_options(help.member("shared_options"), shared_options());
        append_options(help.member("range_options"), range_options());
        std::string& list = help.member("commands");
        list += '[';
        bool first = true;
        for (const CommandSpec& command : commands()) {
            list += first ? "" : ",";
            first = false;
            JsonObject object{list};
            object.text("name", command.name);
            if (!command.alias.empty()) {
                object.text("alias", command.alias);
            }
            object.text("syntax", syntax_of(command));
            object.text("summary", command.summary);
            object.text("access", access_name(command.access));
            object.boolean("shell_only", command.where != Where::anywhere);
            object.boolean("takes_range", command.takes_range);
            append_arguments(object.member("arguments"), command.arguments);
            append_options(object.member("options"), command.options);
        }
        list += ']';
    }
    return out + "\n";
}

Result<std::string> topic_help(std::string_view topic) {
    if (topic == "exit-codes") {
        return exit_codes_text();
    }
    for (const Topic& known : topics) {
        if (known.name == topic) {
            return std::string{known.text};
        }
    }
    const CommandSpec* command = find_command(topic);
    if (command == nullptr) {
        return unknown_command(topic);
    }
    return command_help(*command);
}

Result<int> run_help(Session& session, const Invocation& invocation) {
    const std::string topic = invocation.argument(0);
    if (invocation.settings().json_words && topic.empty()) {
        session.output().write(program_help_json());
        return exit_done;
    }
    std::string text;
    if (!topic.empty()) {
        text = STRATA_TRY(topic_help(topic));
    } else if (session.mode() == Mode::one_shot) {
        text = program_help();
    } else {
        text =
            "Commands:\n" + commands_text(false) + "\nAbout the shell itself:\n" +
            commands_text(true) +
            "\nhelp COMMAND explains one; other topics: bytes formats ranges errors exit-codes.\n";
    }
    session.output().write(text);
    return exit_done;
}

}  // namespace strata::tools
