// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/exit_codes.hpp"

#include <fmt/format.h>

#include <algorithm>

// Completion scripts for the shells of the user: verbs, options, and the words that options take.
namespace strata::tools {
namespace {

bool is_program_command(const CommandSpec& command) { return command.where == Where::anywhere; }

std::string command_names() {
    std::string names;
    for (const CommandSpec& command : commands()) {
        if (is_program_command(command)) {
            names += fmt::format("{}{}", names.empty() ? "" : " ", command.name);
        }
    }
    return names;
}

std::string option_words(const std::vector<const OptionSpec*>& options) {
    std::string words;
    for (const OptionSpec* option : options) {
        words += fmt::format("{}--{}", words.empty() ? "" : " ", option->name);
    }
    return words;
}

std::vector<const OptionSpec*> global_options() {
    std::vector<const OptionSpec*> options;
    for (const auto list : {program_options(), shared_options()}) {
        for (const OptionSpec& option : list) {
            options.push_back(&option);
        }
    }
    return options;
}

std::string spaced(std::string_view choices) {
    std::string words{choices};
    std::replace(words.begin(), words.end(), '|', ' ');
    return words;
}

std::string bash_script() {
    std::string text =
        "_strata_cli() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local verb= word\n"
        "    COMPREPLY=()\n"
        "    case $prev in\n";
    for (const OptionSpec* option : global_options()) {
        if (option->takes == Takes::choice) {
            const std::string letter =
                option->letter != 0 ? fmt::format("-{}|", option->letter) : "";
            text +=
                fmt::format("    {}--{}) COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return ;;\n",
                            letter, option->name, spaced(option->choices));
        }
    }
    text +=
        "    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\")); return ;;\n"
        "    -F|--file|--check|-o|--output|--rejects|import|batch)\n"
        "        COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
        "    esac\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case $word in\n";
    std::string alternatives = command_names();
    std::replace(alternatives.begin(), alternatives.end(), ' ', '|');
    text += fmt::format(
        "        {}) verb=$word; break ;;\n        esac\n    done\n"
        "    if [[ $cur == -* ]]; then\n        case $verb in\n",
        alternatives);
    for (const CommandSpec& command : commands()) {
        if (is_program_command(command)) {
            text += fmt::format("        {}) word='{}' ;;\n", command.name,
                                option_words(options_of(command)));
        }
    }
    text += fmt::format("        *) word='{}' ;;\n        esac\n", option_words(global_options()));
    text += fmt::format(
        "        COMPREPLY=($(compgen -W \"$word\" -- \"$cur\"))\n"
        "    elif [[ -z $verb ]]; then\n"
        "        COMPREPLY=($(compgen -W '{}' -- \"$cur\") $(compgen -d -- \"$cur\"))\n"
        "    fi\n}}\ncomplete -o filenames -F _strata_cli strata-cli\n",
        command_names());
    return text;
}

// Help as it may stand between single quotes in brackets.
std::string zsh_help(std::string_view help) {
    std::string text;
    for (const char c : help) {
        if (c == '[' || c == ']' || c == ':') {
            text += '\\';
        }
        text += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return text;
}

std::string zsh_option(const OptionSpec& option) {
    std::string action;
    if (option.takes == Takes::choice) {
        action = fmt::format(":{}:({})", option.name, spaced(option.choices));
    } else if (option.takes == Takes::file) {
        action = fmt::format(":{}:_files", option.name);
    } else if (option.takes != Takes::nothing) {
        action = fmt::format(":{}:", option.name);
    }
    return fmt::format("        '--{}[{}]{}'\n", option.name, zsh_help(option.help), action);
}

std::string zsh_script() {
    std::string text =
        "#compdef strata-cli\n_strata_cli() {\n    local -a verbs options\n"
        "    local verb word\n    verbs=(\n";
    for (const CommandSpec& command : commands()) {
        if (is_program_command(command)) {
            text += fmt::format("        '{}:{}'\n", command.name, zsh_help(command.summary));
        }
    }
    text +=
        "    )\n    for word in ${words[2,CURRENT-1]}; do\n"
        "        if (( ${verbs[(I)$word:*]} )); then verb=$word; break; fi\n    done\n"
        "    case $verb in\n";
    for (const CommandSpec& command : commands()) {
        if (is_program_command(command)) {
            text += fmt::format("    {}) options=(\n", command.name);
            for (const OptionSpec* option : options_of(command)) {
                text += zsh_option(*option);
            }
            text += "    ) ;;\n";
        }
    }
    text += "    *) options=(\n";
    for (const OptionSpec* option : global_options()) {
        text += zsh_option(*option);
    }
    text +=
        "    )\n    esac\n"
        "    if [[ -z $verb && $PREFIX != -* ]]; then\n"
        "        _describe command verbs\n        _files -/\n    else\n"
        "        _arguments -s : $options '*:argument:_files'\n    fi\n}\n"
        "compdef _strata_cli strata-cli\n";
    return text;
}

std::string fish_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' || c == '\\' ? fmt::format("\\{}", c) : std::string{c};
    }
    return quoted + "'";
}

std::string fish_option(const OptionSpec& option, const std::string& condition) {
    std::string line = "complete -c strata-cli" + condition;
    if (option.letter != 0) {
        line += fmt::format(" -s {}", option.letter);
    }
    line += fmt::format(" -l {}", option.name);
    if (option.takes == Takes::choice) {
        line += fmt::format(" -x -a {}", fish_quoted(spaced(option.choices)));
    } else if (option.takes == Takes::file) {
        line += " -r -F";
    } else if (option.takes != Takes::nothing) {
        line += " -x";
    }
    return line + " -d " + fish_quoted(option.help) + "\n";
}

std::string fish_script() {
    const std::string names = command_names();
    const std::string none = fmt::format(" -n 'not __fish_seen_subcommand_from {}'", names);
    std::string text;
    for (const CommandSpec& command : commands()) {
        if (!is_program_command(command)) {
            continue;
        }
        text += fmt::format("complete -c strata-cli{} -a {} -d {}\n", none, command.name,
                            fish_quoted(command.summary));
        const std::string seen = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
        for (const OptionSpec& option : command.options) {
            text += fish_option(option, seen);
        }
        if (command.takes_range) {
            for (const OptionSpec& option : range_options()) {
                text += fish_option(option, seen);
            }
        }
    }
    text +=
        "complete -c strata-cli -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh "
        "fish'\n";
    for (const OptionSpec& option : program_options()) {
        text += fish_option(option, none);
    }
    for (const OptionSpec& option : shared_options()) {
        text += fish_option(option, "");
    }
    return text;
}

}  // namespace

Result<int> run_completion(Session& session, const Invocation& invocation) {
    const std::string shell = invocation.argument(0);
    session.output().write(shell == "bash"  ? bash_script()
                           : shell == "zsh" ? zsh_script()
                                            : fish_script());
    return exit_done;
}

}  // namespace strata::tools
