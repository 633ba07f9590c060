// SPDX-License-Identifier: Apache-2.0
#include "cli/script.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/line_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace strata::tools {
namespace {

// Gathers lines until they are whole commands, and runs them.
class ScriptRunner {
  public:
    ScriptRunner(Session& session, std::string name) : session_{session}, name_{std::move(name)} {}

    // False: stop.
    bool take(const Line& line) {
        if (pending_.empty()) {
            first_line_ = line.number;
        }
        pending_ += line.text;
        auto parsed = parse_line(pending_);
        if (parsed && parsed->end != LineEnd::complete && !line.too_long) {
            pending_ += '\n';
            return pending_.size() <= script_line_max ||
                   fail_with(usage_error("the command is longer than {} bytes", script_line_max));
        }
        pending_.clear();
        if (!parsed) {
            return fail_with(parsed.take_error());
        }
        return note(session_.execute_all(parsed->commands, place()));
    }

    int finish() {
        if (!pending_.empty()) {
            auto parsed = parse_line(pending_);
            const bool quote = parsed && parsed->end == LineEnd::open_quote;
            fail_with(usage_error("the script ends inside {}",
                                  quote ? "a quoted word" : "a continued line"));
        }
        return status_;
    }

    bool fail_with(const Error& error) {
        return note(session_.diagnostics().error(error, place()));
    }

  private:
    bool note(int status) {
        if (status_ <= exit_negative && status != exit_done) {
            status_ = status;
        }
        const bool failed = status > exit_negative;
        return !session_.quit_request() && !interrupted() && !(failed && session_.bail());
    }
    [[nodiscard]] std::string place() const {
        return name_.empty() ? name_ : fmt::format("{}:{}", name_, first_line_);
    }

    Session& session_;
    std::string name_;
    std::string pending_;
    std::uint64_t first_line_ = 1;
    int status_ = exit_done;
};

}  // namespace

int run_script(Session& session, int descriptor, const std::string& name) {
    LineReader reader{descriptor, name, script_line_max};
    ScriptRunner runner{session, name};
    while (true) {
        auto line = reader.next();
        if (!line) {
            runner.fail_with(line.error());
            break;
        }
        if (!*line) {
            return interrupted() ? interrupt_status() : runner.finish();
        }
        if (!runner.take(**line)) {
            break;
        }
    }
    return interrupted() ? interrupt_status() : runner.finish();
}

Result<int> run_script_file(Session& session, const std::string& path) {
    constexpr std::size_t depth_max = 8;
    if (session.script_depth == depth_max) {
        return usage_error("{}: scripts are nested more than {} deep", path, depth_max);
    }
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return system_error(path, "open");
    }
    ++session.script_depth;
    const int status = run_script(session, descriptor, path);
    --session.script_depth;
    ::close(descriptor);
    return status;
}

int run_text(Session& session, std::string_view text) {
    ScriptRunner runner{session, {}};
    Line line{.text = text, .number = 1};
    if (!runner.take(line)) {
        return interrupted() ? interrupt_status() : runner.finish();
    }
    return runner.finish();
}

}  // namespace strata::tools
