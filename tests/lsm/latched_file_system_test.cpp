// SPDX-License-Identifier: Apache-2.0
// Proves that the latch is set inside the failing call itself, by every kind of call that leaves
// the disk in doubt, and that nothing changes the disk behind it.
#include "lsm/latched_file_system.hpp"

#include "lsm_support.hpp"

#include <strata/testing.hpp>

#include "support/files.hpp"

#include <doctest/doctest.h>

namespace strata::test {
namespace {

struct Latched {
    std::shared_ptr<FaultFileSystem> faults = FaultFileSystem::create(StrictFileSystem::create());
    Failure failure{};
    std::shared_ptr<FileSystem> files = latched_file_system(faults, failure);

    Latched() {
        must(files->create_directory("/d"));
        must(files->create_directory("/empty"));
        file = must(files->open("/d/a", OpenMode::create_new));
        must(file->write(0, Bytes{"abc"}));
    }
    std::unique_ptr<File> file{};
};

void check_refuses_all(Latched& latched) {
    const std::uint64_t calls = latched.faults->calls();
    CHECK_FALSE(latched.file->write(0, Bytes{"x"}));
    CHECK_FALSE(latched.file->reserve(100));
    CHECK_FALSE(latched.file->sync());
    CHECK_FALSE(latched.file->truncate(0));
    CHECK_FALSE(latched.files->open("/d/b", OpenMode::create_new));
    CHECK_FALSE(latched.files->open("/d/a", OpenMode::write));
    CHECK_FALSE(latched.files->rename("/d/a", "/d/b"));
    CHECK_FALSE(latched.files->unlink("/d/a"));
    CHECK_FALSE(latched.files->create_directory("/e"));
    CHECK_FALSE(latched.files->remove_directory("/empty"));
    CHECK_FALSE(latched.files->sync_directory("/d"));
    CHECK(latched.faults->calls() == calls);
    CHECK(content_of(*latched.files, "/d/a") == "abc");
    CHECK(must(latched.files->list("/d")).size() == 1);
    CHECK(must(latched.files->list("/")).size() == 2);
}

TEST_CASE("a failed sync, rename or directory sync stops every other change at once") {
    for (const Fault fault : {Fault::fail_before, Fault::fail_after}) {
        for (const int which : {0, 1, 2}) {
            CAPTURE(static_cast<int>(fault));
            CAPTURE(which);
            Latched latched;
            latched.faults->fail_nth(1, fault);
            if (which == 0) {
                CHECK_FALSE(latched.file->sync());
            } else if (which == 1) {
                CHECK_FALSE(latched.files->sync_directory("/d"));
            } else {
                CHECK_FALSE(latched.files->rename("/d/a", "/d/a"));
            }
            CHECK(latched.failure.failed());
            check_refuses_all(latched);
        }
    }
}

TEST_CASE("without space only a directory's sync leaves doubt") {
    Latched latched;
    latched.faults->fail_nth(1, Fault::no_space);
    CHECK_FALSE(latched.file->sync());
    latched.faults->fail_nth(1, Fault::no_space);
    CHECK_FALSE(latched.files->rename("/d/a", "/d/b"));
    CHECK_FALSE(latched.failure.failed());
    must(latched.file->sync());
    latched.faults->fail_nth(1, Fault::no_space);
    CHECK_FALSE(latched.files->sync_directory("/d"));
    CHECK(latched.failure.failed());
    check_refuses_all(latched);
}

TEST_CASE("a failed write is its caller's to judge") {
    Latched latched;
    latched.faults->fail_nth(1, Fault::fail_before);
    CHECK_FALSE(latched.file->write(3, Bytes{"d"}));
    CHECK_FALSE(latched.failure.failed());
}

}  // namespace
}  // namespace strata::test
