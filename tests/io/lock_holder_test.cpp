// SPDX-License-Identifier: Apache-2.0
// Proves that the holder of a lock is named while it holds it and not before or after, without
// touching the lock file; with the real file system, since only the kernel knows.
#include "io/lock_holder.hpp"

#include "io/owner.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"

#include <strata/file_system.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace strata::test {
namespace {

TEST_CASE("a lock's holder is named while it holds it") {
    const TempDir directory;
    const std::string path = directory.path("LOCK");
    CHECK_FALSE(lock_holder(path));
    const auto files = posix_file_system();
    {
        const auto lock = must(files->lock(path));
        const std::string self = std::to_string(::getpid());
        // Before the text is written, the kernel's word alone.
        CHECK(lock_holder(path) == "pid " + self);
        must(lock->write_text(owner_text()));
        const auto holder = lock_holder(path);
        REQUIRE(holder);
        CHECK(holder->find("pid " + self + " (") == 0);
        CHECK(holder->find("since 2") != std::string::npos);
        // Looking changes nothing and does not stand in the way of anybody.
        const auto written = std::filesystem::last_write_time(path);
        CHECK(lock_holder(path) == holder);
        CHECK(std::filesystem::last_write_time(path) == written);
    }
    // The text stays; the lock does not.
    CHECK(std::filesystem::file_size(path) != 0);
    CHECK_FALSE(lock_holder(path));
}

TEST_CASE("what is no lock file has no holder") {
    const TempDir directory;
    CHECK_FALSE(lock_holder(directory.path()));
    std::ofstream{directory.path("LOCK")} << "pid=" << ::getpid() << "\n";
    CHECK_FALSE(lock_holder(directory.path("LOCK")));
}

}  // namespace
}  // namespace strata::test
