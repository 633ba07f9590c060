// SPDX-License-Identifier: Apache-2.0
// Proves that a broken promise ends the process in every build type and says where, by breaking
// one in a child process.
#include "base/assert.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace strata {
namespace {

TEST_CASE("a promise that holds costs nothing") { STRATA_ASSERT(1 + 1 == 2); }

TEST_CASE("a broken promise aborts and names its place") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        // The abort belongs to the test: no core file, and none of doctest's handlers.
        const rlimit no_core{};
        setrlimit(RLIMIT_CORE, &no_core);
        static_cast<void>(std::signal(SIGABRT, SIG_DFL));
        dup2(ends[1], STDERR_FILENO);
        STRATA_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    close(ends[1]);
    std::string said;
    char buffer[256];
    for (ssize_t size = 1; size > 0;) {
        size = read(ends[0], buffer, sizeof buffer);
        said.append(buffer, static_cast<std::size_t>(size > 0 ? size : 0));
    }
    close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
    CHECK(said.find("1 + 1 == 3") != std::string::npos);
    CHECK(said.find("assert_test.cpp:") != std::string::npos);
}

}  // namespace
}  // namespace strata
