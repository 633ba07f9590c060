// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "engine.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace strata::bench {

std::uint64_t file_bytes(const std::string& directory, std::string_view suffix) {
    constexpr std::uint64_t block_unit = 512;
    std::uint64_t total = 0;
    std::error_code error;
    for (const auto& item : std::filesystem::directory_iterator{directory, error}) {
        struct stat facts {};
        if (std::string_view{item.path().native()}.ends_with(suffix) &&
            lstat(item.path().c_str(), &facts) == 0) {
            total += std::min(static_cast<std::uint64_t>(facts.st_size),
                              static_cast<std::uint64_t>(facts.st_blocks) * block_unit);
        }
    }
    return total;
}

namespace {

/// The status that a child ends with after `work`.
int status_of_child(const std::function<void()>& work) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) {
        fail("fork", "no second process");
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work();
        std::_Exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) {
        fail("fork", "the second process is lost");
    }
    sync();
    return status;
}

}  // namespace

void run_in_child(const std::function<void()>& work) {
    const int status = status_of_child(work);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail("load", "the loading process failed");
    }
}

void run_killed_child(const std::function<std::unique_ptr<Engine>()>& work) {
    const int status = status_of_child([&] {
        const auto engine = work();
        std::raise(SIGKILL);
    });
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        fail("load", "the process to be killed failed");
    }
}

}  // namespace strata::bench
