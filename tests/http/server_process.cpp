// SPDX-License-Identifier: Apache-2.0
#include "http/server_process.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has no header for it

namespace strata::test {
namespace {

constexpr std::string_view address = "http://127.0.0.1:";

std::string program() {
    const char* named = std::getenv("STRATA_SERVE");
    REQUIRE_MESSAGE(named != nullptr, "STRATA_SERVE must name the program");
    return named;
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& options, const std::string& store)
    : store_{store.empty() ? directory_.path("store") : store} {
    start(options);
    await_port();
    listener_ = std::thread{[this] { listen(); }};
}

ServerProcess::~ServerProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (listener_.joinable()) {
        listener_.join();
    }
    ::close(errors_);
}

void ServerProcess::start(const std::vector<std::string>& options) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    errors_ = ends[0];
    std::vector<std::string> words = {program(), "--listen", "127.0.0.1:0"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(store_);
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    const int failed =
        ::posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    REQUIRE_MESSAGE(failed == 0, "cannot start " << words.front());
}

/// It says where it listens in its first lines.
void ServerProcess::await_port() {
    char piece[512];
    while (port_ == 0) {
        const ::ssize_t size = ::read(errors_, piece, sizeof piece);
        REQUIRE_MESSAGE(size > 0, "strata-serve ended: " << said_);
        said_.append(piece, static_cast<std::size_t>(size));
        const std::size_t at = said_.find(address);
        const std::size_t digits = at == std::string::npos ? at : at + address.size();
        // The number is complete when something else follows it.
        if (digits != std::string::npos &&
            said_.find_first_not_of("0123456789", digits) != std::string::npos) {
            port_ = static_cast<std::uint16_t>(std::strtoul(said_.c_str() + digits, nullptr, 10));
        }
    }
}

void ServerProcess::listen() {
    char piece[4096];
    while (true) {
        const ::ssize_t size = ::read(errors_, piece, sizeof piece);
        if (size <= 0) {
            return;
        }
        const std::scoped_lock lock{mutex_};
        said_.append(piece, static_cast<std::size_t>(size));
    }
}

std::string ServerProcess::said() const {
    const std::scoped_lock lock{mutex_};
    return said_;
}

std::size_t ServerProcess::status_kib(const std::string& name) const {
    std::ifstream file{"/proc/" + std::to_string(pid_) + "/status"};
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with(name + ":")) {
            return std::stoull(line.substr(name.size() + 1));
        }
    }
    FAIL("strata-serve is gone: " << said());
    return 0;
}

std::size_t ServerProcess::memory() const { return status_kib("VmRSS") * 1024; }
std::size_t ServerProcess::memory_most() const { return status_kib("VmHWM") * 1024; }

std::size_t ServerProcess::descriptors() const {
    std::error_code error;
    const std::filesystem::directory_iterator all{"/proc/" + std::to_string(pid_) + "/fd", error};
    REQUIRE_MESSAGE(!error, "strata-serve is gone: " << said());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double ServerProcess::cpu_seconds() const {
    std::ifstream file{"/proc/" + std::to_string(pid_) + "/stat"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::istringstream words{text.substr(text.rfind(')') + 2)};
    std::string skipped;
    for (int i = 0; i < 11; ++i) {
        words >> skipped;
    }
    double user = 0;
    double system = 0;
    words >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

bool ServerProcess::runs() const { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

void ServerProcess::send_signal(int signal) const { REQUIRE(::kill(pid_, signal) == 0); }

int ServerProcess::stop(int signal) {
    send_signal(signal);
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace strata::test
