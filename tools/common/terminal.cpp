// SPDX-License-Identifier: Apache-2.0
#include "common/terminal.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"

#include <fcntl.h>
#include <langinfo.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace strata::tools {

bool is_terminal(int descriptor) noexcept { return descriptor >= 0 && ::isatty(descriptor) == 1; }

TerminalSize terminal_size(int descriptor) noexcept {
    TerminalSize size;
    winsize window{};
    if (::ioctl(descriptor, TIOCGWINSZ, &window) == 0) {
        size.columns = window.ws_col > 0 ? window.ws_col : size.columns;
        size.rows = window.ws_row > 0 ? window.ws_row : size.rows;
    }
    return size;
}

Result<ColorWhen> parse_color_when(std::string_view word) {
    if (word == "auto") {
        return ColorWhen::automatic;
    }
    if (word == "always") {
        return ColorWhen::always;
    }
    if (word == "never") {
        return ColorWhen::never;
    }
    return usage_error("expected auto, always or never, found \"{}\"", escaped(word));
}

bool use_color(ColorWhen when, int descriptor) noexcept {
    if (when != ColorWhen::automatic) {
        return when == ColorWhen::always;
    }
    const auto set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    if (set("NO_COLOR")) {
        return false;
    }
    const char* force = std::getenv("CLICOLOR_FORCE");
    if (force != nullptr && *force != '\0' && std::strcmp(force, "0") != 0) {
        return true;
    }
    const char* term = std::getenv("TERM");
    const bool dumb = term == nullptr || *term == '\0' || std::strcmp(term, "dumb") == 0;
    return !dumb && is_terminal(descriptor);
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

void use_utf8_locale() noexcept {
    std::setlocale(LC_CTYPE, "");
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) {
        std::setlocale(LC_CTYPE, "C.UTF-8");
    }
}

std::string pager_command(const std::string& choice) {
    if (choice == "never") {
        return {};
    }
    for (const std::string& candidate :
         {choice, environment("STRATA_PAGER"), environment("PAGER")}) {
        if (!candidate.empty()) {
            return candidate;
        }
    }
    return "less -FRX";
}

Result<std::unique_ptr<ChildPipe>> ChildPipe::start(const std::string& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return system_error(command, "pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    // The shell ignores SIGPIPE for itself; its children must not inherit that.
    ::posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const char* arguments[] = {"sh", "-c", command.c_str(), nullptr};
    pid_t process = 0;
    const int error = ::posix_spawn(&process, "/bin/sh", &actions, &attributes,
                                    const_cast<char* const*>(arguments), ::environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[0]);
    if (error != 0) {
        ::close(ends[1]);
        errno = error;
        return system_error(command, "start");
    }
    return std::unique_ptr<ChildPipe>{new ChildPipe{ends[1], process}};
}

int ChildPipe::finish() noexcept {
    if (descriptor_ < 0) {
        return status_;
    }
    ::close(descriptor_);
    descriptor_ = -1;
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    constexpr int signal_base = 128;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
    return status_;
}

}  // namespace strata::tools
