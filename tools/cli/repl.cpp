// SPDX-License-Identifier: Apache-2.0
#include "cli/repl.hpp"

#include "cli/completer.hpp"
#include "cli/editor.hpp"
#include "cli/history.hpp"
#include "cli/script.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/units.hpp"
#include "http/endpoint.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

// Longer lines are not kept: they are pasted data.
constexpr std::size_t history_line_max = std::size_t{16} << 10;

std::string short_name(const std::string& store_name) {
    std::string name = directory_of(store_name);
    if (name.empty()) {
        const std::size_t host = is_remote(store_name) ? store_name.find("//") : std::string::npos;
        return escaped(host == std::string::npos ? store_name : store_name.substr(host + 2));
    }
    while (name.size() > 1 && name.ends_with('/')) {
        name.pop_back();
    }
    const std::size_t slash = name.rfind('/');
    return escaped(slash == std::string::npos || name.size() == 1 ? name : name.substr(slash + 1));
}

std::string prompt_of(Session& session) {
    std::string prompt = "strata " + short_name(session.store_name());
    if (session.is_open()) {
        prompt += fmt::format("[{}]", session.store().last_sequence());
    }
    if (session.transaction() != nullptr) {
        prompt += '*';
    }
    prompt += session.read_only() ? " ro> " : "> ";
    return prompt;
}

bool is_sensitive(const ParsedLine& parsed) {
    return std::any_of(parsed.commands.begin(), parsed.commands.end(),
                       [](const CommandText& command) {
                           const CommandSpec* spec = find_command(command.words.front().text);
                           return spec != nullptr && spec->sensitive;
                       });
}

class Repl {
  public:
    explicit Repl(Session& session)
        : session_{session},
          editor_{[&session](const std::string& line, std::size_t cursor) {
              return complete_command(session, line, cursor);
          }},
          history_path_{history_path()} {
        for (const std::string& entry : load_history(history_path_)) {
            editor_.remember(entry);
        }
        session_.history = [this](std::size_t count) { return editor_.recent(count); };
    }
    Repl(const Repl&) = delete;
    Repl& operator=(const Repl&) = delete;
    ~Repl() { session_.history = nullptr; }

    int run() {
        while (!session_.quit_request()) {
            std::string line;
            const std::string prompt = pending_.empty() ? prompt_of(session_) : "   ...> ";
            switch (editor_.read_line(prompt, line)) {
                case Editor::Outcome::line:
                    take(line);
                    break;
                case Editor::Outcome::interrupted:
                    pending_.clear();
                    break;
                case Editor::Outcome::end:
                    session_.output().write("\n");
                    session_.output().flush();
                    return leave();
            }
        }
        return session_.quit_request()->status;
    }

  private:
    void take(const std::string& line) {
        pending_ += line;
        auto parsed = parse_line(pending_);
        if (parsed && parsed->end != LineEnd::complete) {
            pending_ += '\n';
            return;
        }
        const std::string text = std::exchange(pending_, {});
        if (!parsed) {
            keep(text, false);
            session_.diagnostics().error(parsed.error());
            return;
        }
        if (parsed->commands.empty()) {
            return;
        }
        keep(text, is_sensitive(*parsed));
        session_.execute_all(parsed->commands);
        if (interrupted()) {
            clear_interrupt();
            session_.diagnostics().output().write("^C\n");
            session_.diagnostics().output().flush();
        }
    }

    void keep(const std::string& text, bool sensitive) {
        if (text.size() > history_line_max) {
            return;
        }
        editor_.remember(text);
        if (!history_path_.empty() && !sensitive && !text.starts_with(' ')) {
            append_history(history_path_, text);
        }
    }

    int leave() {
        if (session_.transaction() != nullptr && !session_.transaction()->empty()) {
            session_.diagnostics().note(
                fmt::format("rolled back a transaction of {}",
                            count_of(session_.transaction()->operations(), "operation")));
        }
        return exit_done;
    }

    Session& session_;
    Editor editor_;
    std::string history_path_;
    std::string pending_;
};

void run_init(Session& session) {
    std::string config = environment("XDG_CONFIG_HOME");
    if (config.empty()) {
        config = environment("HOME") + "/.config";
    }
    const std::string path = config + "/strata/init";
    if (::access(path.c_str(), R_OK) == 0) {
        auto done = run_script_file(session, path);
        if (!done) {
            session.diagnostics().error(done.error());
        }
    }
}

}  // namespace

int run_repl(Session& session, bool init) {
    handle_interrupt(InterruptMode::ask_only);
    auto opened = session.open_store(session.read_only() ? Access::read : Access::write);
    if (!opened) {
        return session.diagnostics().error(opened.error());
    }
    if (!session.settings().quiet) {
        session.output().write(
            fmt::format("strata-cli {}; help explains, Ctrl-D leaves\n", version()));
        session.output().flush();
    }
    if (init) {
        run_init(session);
    }
    Repl repl{session};
    return repl.run();
}

}  // namespace strata::tools
