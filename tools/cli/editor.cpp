// SPDX-License-Identifier: Apache-2.0
#include "cli/editor.hpp"

#include "cli/history.hpp"
#include "common/interrupt.hpp"
#include "common/output.hpp"
#include "common/terminal.hpp"
#include "common/units.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view paste_begin = "\x1b[200~";
constexpr std::string_view paste_end = "\x1b[201~";
// A longer paste is kept beside the line, under a short name: redrawing a line costs its length.
constexpr std::size_t paste_shown_max = 4096;
// So many bytes at once come from a paste, never from fingers.
constexpr std::size_t burst_min = 512;
constexpr std::size_t line_bytes_max = std::size_t{300} << 20;

// A signal handler can reach nothing but global state.
std::atomic<bool> window_changed{false};
std::atomic<bool> continued{false};

extern "C" void on_window_change(int /*signal*/) { window_changed = true; }
extern "C" void on_continue(int /*signal*/) { continued = true; }

void handle_signal(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

bool is_smart_terminal() {
    const char* term = std::getenv("TERM");
    return term != nullptr && *term != '\0' && std::strcmp(term, "dumb") != 0;
}

// Text as a line can hold it: line ends as \n, no other controls but TAB.
std::string cleaned(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r') {
            clean += i + 1 < text.size() && text[i + 1] == '\n' ? "" : "\n";
        } else if (c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= ' ') {
            clean += c;
        }
    }
    while (clean.ends_with('\n')) {
        clean.pop_back();
    }
    return clean;
}

}  // namespace

class Editor::Impl {
  public:
    explicit Impl(Complete complete)
        : complete_{std::move(complete)},
          line_{el_init("strata-cli", stdin, stdout, stderr)},
          history_{history_init()},
          smart_{is_smart_terminal()} {
        HistEvent event;
        history(history_, &event, H_SETSIZE, static_cast<int>(history_entries_max));
        history(history_, &event, H_SETUNIQUE, 1);
        el_set(line_, EL_CLIENTDATA, this);
        el_set(line_, EL_PROMPT, prompt_of);
        el_set(line_, EL_EDITOR, "emacs");
        el_set(line_, EL_SIGNAL, 0);
        el_set(line_, EL_HIST, history, history_);
        el_set(line_, EL_GETCFN, read_character);
        el_set(line_, EL_ADDFN, "strata-complete", "complete the word", on_complete);
        el_set(line_, EL_ADDFN, "strata-paste", "insert pasted text", on_paste);
        el_set(line_, EL_BIND, "\t", "strata-complete", nullptr);
        el_set(line_, EL_BIND, "\033[200~", "strata-paste", nullptr);
        el_set(line_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        el_set(line_, EL_BIND, "^W", "ed-delete-prev-word", nullptr);
        el_set(line_, EL_BIND, "\033[3~", "ed-delete-next-char", nullptr);
        el_set(line_, EL_BIND, "\033[1;5C", "em-next-word", nullptr);
        el_set(line_, EL_BIND, "\033[1;5D", "ed-prev-word", nullptr);
        el_set(line_, EL_BIND, "\033[H", "ed-move-to-beg", nullptr);
        el_set(line_, EL_BIND, "\033[F", "ed-move-to-end", nullptr);
        el_source(line_, nullptr);
        handle_signal(SIGWINCH, on_window_change);
        handle_signal(SIGCONT, on_continue);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        el_end(line_);
        history_end(history_);
    }

    Outcome read_line(const std::string& prompt, std::string& text) {
        prompt_ = prompt;
        pastes_.clear();
        if (window_changed.exchange(false)) {
            el_resize(line_);
        }
        bracketed_paste(true);
        int count = 0;
        const char* got = el_gets(line_, &count);
        bracketed_paste(false);
        if (interrupted()) {
            clear_interrupt();
            el_reset(line_);
            pending_.clear();
            std::fputs("^C\n", stdout);
            std::fflush(stdout);
            return Outcome::interrupted;
        }
        if (got == nullptr || count <= 0) {
            return Outcome::end;
        }
        text.assign(got, static_cast<std::size_t>(count));
        if (text.ends_with('\n')) {
            text.pop_back();
        }
        expand_pastes(text);
        return Outcome::line;
    }

    void remember(const std::string& entry) {
        HistEvent event;
        history(history_, &event, H_ENTER, entry.c_str());
    }

    [[nodiscard]] std::vector<std::string> recent(std::size_t count) const {
        std::vector<std::string> lines;
        HistEvent event;
        for (int found = history(history_, &event, H_FIRST); found >= 0 && lines.size() < count;
             found = history(history_, &event, H_NEXT)) {
            lines.emplace_back(event.str);
        }
        std::reverse(lines.begin(), lines.end());
        return lines;
    }

  private:
    static Impl& self(EditLine* line) {
        void* data = nullptr;
        el_get(line, EL_CLIENTDATA, &data);
        return *static_cast<Impl*>(data);
    }
    static char* prompt_of(EditLine* line) { return self(line).prompt_.data(); }
    static int read_character(EditLine* line, wchar_t* character) {
        return self(line).next_character(*character);
    }
    static unsigned char on_complete(EditLine* line, int /*key*/) { return self(line).complete(); }
    static unsigned char on_paste(EditLine* line, int /*key*/) { return self(line).paste(); }

    void bracketed_paste(bool on) const {
        if (smart_) {
            std::fputs(on ? "\x1b[?2004h" : "\x1b[?2004l", stdout);
            std::fflush(stdout);
        }
    }

    // 1 and a character, 0 at the end, -1 when interrupted.
    int next_character(wchar_t& character) {
        while (true) {
            if (!pending_.empty()) {
                const CodePoint point = decode_utf8(pending_);
                const bool cut = point.size == 0 && pending_.size() < 4 &&
                                 (static_cast<unsigned char>(pending_.front()) & 0xc0) == 0xc0;
                if (!cut || !wait(escape_wait_ms)) {
                    character = point.size == 0 ? L'\xfffd' : static_cast<wchar_t>(point.value);
                    pending_.erase(0, std::max<std::size_t>(point.size, 1));
                    return 1;
                }
            }
            const bool fresh = pending_.empty();
            const int got = fill();
            if (got <= 0) {
                return got;
            }
            if (fresh && pending_.size() >= burst_min && !pending_.starts_with('\x1b')) {
                take_burst();
            }
        }
    }

    // Reads what is there, waiting for the first byte.
    int fill() {
        char buffer[65536];
        while (true) {
            const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
            if (got > 0) {
                pending_.append(buffer, static_cast<std::size_t>(got));
                return 1;
            }
            if (got == 0) {
                return 0;
            }
            if (errno != EINTR || interrupted()) {
                return -1;
            }
            react();
        }
    }

    // The terminal has another size, or the program was stopped and goes on.
    void react() {
        if (window_changed.exchange(false)) {
            el_resize(line_);
            redraw();
        }
        if (continued.exchange(false)) {
            el_set(line_, EL_PREP_TERM, 1);
            bracketed_paste(true);
            redraw();
        }
    }

    void redraw() const {
        if (smart_) {
            std::fputs("\r\x1b[J", stdout);
            std::fflush(stdout);
        }
        el_set(line_, EL_REFRESH);
    }

    static bool wait(int milliseconds) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        return ::poll(&input, 1, milliseconds) > 0;
    }

    // Pasted text from a terminal that does not mark it: everything up to the end of the line is
    // taken at once, and handed to libedit as if it had been marked.
    void take_burst() {
        const auto line_end = [this](std::size_t from) {
            return pending_.find_first_of("\r\n", from);
        };
        std::size_t searched = 0;
        std::size_t end = line_end(0);
        while (end == std::string::npos && pending_.size() < line_bytes_max &&
               wait(burst_wait_ms)) {
            searched = pending_.size();
            if (fill() <= 0) {
                break;
            }
            end = line_end(searched);
        }
        burst_ = pending_.substr(0, end);
        pending_.erase(0, burst_.size());
        pending_.insert(0, paste_begin);
    }

    // The text up to the mark of its end.
    std::string read_paste() {
        if (!burst_.empty()) {
            return std::exchange(burst_, {});
        }
        std::size_t searched = 0;
        while (pending_.size() < line_bytes_max) {
            const std::size_t end = pending_.find(paste_end, searched);
            if (end != std::string::npos) {
                std::string text = pending_.substr(0, end);
                pending_.erase(0, end + paste_end.size());
                return text;
            }
            searched = pending_.size() - std::min(pending_.size(), paste_end.size());
            if (fill() <= 0) {
                break;
            }
        }
        return std::exchange(pending_, {});
    }

    unsigned char paste() {
        std::string text = cleaned(read_paste());
        if (interrupted() || text.empty()) {
            return CC_REFRESH;
        }
        if (text.size() > paste_shown_max || text.find('\n') != std::string::npos) {
            const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
            std::string name =
                fmt::format("[pasted {}: {}, {}]", pastes_.size() + 1, size_text(text.size()),
                            count_of(static_cast<std::uint64_t>(lines), "line"));
            pastes_.emplace_back(name, std::move(text));
            text = std::move(name);
        }
        return el_insertstr(line_, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }

    void expand_pastes(std::string& text) const {
        for (const auto& [name, content] : pastes_) {
            const std::size_t at = text.find(name);
            if (at != std::string::npos) {
                text.replace(at, name.size(), content);
            }
        }
    }

    unsigned char complete() {
        const LineInfo* info = el_line(line_);
        const std::string text{info->buffer, info->lastchar};
        const auto cursor = static_cast<std::size_t>(info->cursor - info->buffer);
        const Completion found = complete_(text, cursor);
        const std::string before =
            text.substr(cursor - std::min(cursor, found.replaced), found.replaced);
        if (found.text != before) {
            // libedit counts characters, not bytes.
            el_deletestr(line_, static_cast<int>(count_code_points(before, before.size())));
            return el_insertstr(line_, found.text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
        }
        if (found.candidates.empty() && found.hint.empty()) {
            return CC_ERROR;
        }
        show_below(found);
        return CC_REDISPLAY;
    }

    static void show_below(const Completion& found) {
        std::string out = "\r\n";
        const std::size_t columns = terminal_size(STDOUT_FILENO).columns;
        std::size_t widest = 0;
        for (const std::string& candidate : found.candidates) {
            widest = std::max(widest, display_width(candidate));
        }
        const std::size_t width = widest + 2;
        const std::size_t in_row = std::max<std::size_t>(columns / width, 1);
        for (std::size_t i = 0; i < found.candidates.size(); ++i) {
            const std::string& candidate = found.candidates[i];
            const bool last = (i + 1) % in_row == 0 || i + 1 == found.candidates.size();
            out += candidate;
            out += last ? std::string{"\r\n"} : std::string(width - display_width(candidate), ' ');
        }
        if (!found.hint.empty()) {
            out += found.hint.substr(0, fit_width(found.hint, columns - 1)) + "\r\n";
        }
        std::fputs(out.c_str(), stdout);
        std::fflush(stdout);
    }

    static constexpr int escape_wait_ms = 50;
    static constexpr int burst_wait_ms = 50;

    Complete complete_;
    EditLine* line_;
    History* history_;
    bool smart_;
    std::string prompt_;
    std::string pending_;  // bytes that were read and not yet edited
    std::string burst_;
    std::vector<std::pair<std::string, std::string>> pastes_;
};

Editor::Editor(Complete complete) : impl_{std::make_unique<Impl>(std::move(complete))} {}
Editor::~Editor() = default;

Editor::Outcome Editor::read_line(const std::string& prompt, std::string& line) {
    return impl_->read_line(prompt, line);
}
void Editor::remember(const std::string& entry) { impl_->remember(entry); }
std::vector<std::string> Editor::recent(std::size_t count) const { return impl_->recent(count); }

}  // namespace strata::tools
