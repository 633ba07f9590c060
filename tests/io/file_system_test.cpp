// SPDX-License-Identifier: Apache-2.0
// Proves that every file system keeps the contract of strata/file_system.hpp: the same cases run
// over the operating system's files in a temporary directory and over the strict one in memory.
#include <strata/file_system.hpp>
#include <strata/testing.hpp>

#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace strata {
namespace {

using test::content_of;
using test::create_file;
using test::exists;
using test::must;
using test::must_fail;
using Names = std::vector<std::string>;

/// A file system and an empty directory in it.
struct Place {
    FileSystem& files;
    std::string directory;

    [[nodiscard]] std::string path(const std::string& name) const { return directory + "/" + name; }
};

void with_each_file_system(const std::function<void(const Place&)>& body) {
    SUBCASE("posix") {
        const test::TempDir temporary;
        body({*posix_file_system(), temporary.path()});
    }
    SUBCASE("strict") {
        const auto files = StrictFileSystem::create();
        must(files->create_directory("/store"));
        body({*files, "/store"});
    }
}

TEST_CASE("a file is created once, written, read, and found again") {
    with_each_file_system([](const Place& place) {
        auto file = create_file(place.files, place.path("a"), "hello");
        CHECK(must_fail(place.files.open(place.path("a"), OpenMode::create_new)).code ==
              ErrorCode::io);
        must(file->write(3, "LO world"));
        CHECK(must(file->size()) == 11);
        CHECK(content_of(*file) == "helLO world");
        must(file->sync());
        file.reset();
        CHECK(content_of(place.files, place.path("a")) == "helLO world");
        must(must(place.files.open(place.path("a"), OpenMode::write))->write(0, "H"));
        CHECK(content_of(place.files, place.path("a")) == "HelLO world");
    });
}

TEST_CASE("reads are short only at the end of the file") {
    with_each_file_system([](const Place& place) {
        const auto file = create_file(place.files, place.path("a"), "0123456789");
        std::string out(4, '.');
        CHECK(must(file->read(3, out)) == 4);
        CHECK(out == "3456");
        CHECK(must(file->read(8, out)) == 2);
        CHECK(out.substr(0, 2) == "89");
        CHECK(must(file->read(10, out)) == 0);
        CHECK(must(file->read(1000000, out)) == 0);
        CHECK(must(file->read(0, {})) == 0);
    });
}

TEST_CASE("holes, growth by truncate and shrinking read as zeros") {
    with_each_file_system([](const Place& place) {
        const auto file = create_file(place.files, place.path("a"), "abc");
        must(file->write(2000, "x"));
        CHECK(content_of(*file) == "abc" + std::string(1997, '\0') + "x");
        must(file->truncate(2));
        CHECK(content_of(*file) == "ab");
        must(file->truncate(1500));
        CHECK(content_of(*file) == "ab" + std::string(1498, '\0'));
        must(file->write(5000, ""));
        CHECK(must(file->size()) == 1500);
    });
}

TEST_CASE("reserve grows with zeros, keeps bytes and never shrinks") {
    with_each_file_system([](const Place& place) {
        const auto file = create_file(place.files, place.path("a"), "abc");
        must(file->reserve(4096));
        CHECK(content_of(*file) == "abc" + std::string(4093, '\0'));
        must(file->reserve(100));
        must(file->reserve(0));
        CHECK(must(file->size()) == 4096);
    });
}

TEST_CASE("random writes and truncations give the bytes of a string that had the same") {
    with_each_file_system([](const Place& place) {
        test::Random random{test::test_seed(1)};
        INFO("STRATA_SEED=", random.seed());
        const auto file = create_file(place.files, place.path("a"));
        std::string expected;
        for (int step = 0; step < 400; ++step) {
            const auto offset = static_cast<std::size_t>(random.below(3000));
            if (random.one_in(5)) {
                must(file->truncate(offset));
                expected.resize(offset, '\0');
            } else {
                const std::string data = random.bytes(random.between(1, 1200));
                must(file->write(offset, data));
                expected.resize(std::max(expected.size(), offset + data.size()), '\0');
                expected.replace(offset, data.size(), data);
            }
            if (random.one_in(10)) {
                must(file->sync());
            }
            REQUIRE(content_of(*file) == expected);
        }
    });
}

TEST_CASE("pieces that are stored are read like pieces that are written") {
    with_each_file_system([](const Place& place) {
        test::Random random{test::test_seed(2)};
        INFO("STRATA_SEED=", random.seed());
        const auto file = create_file(place.files, place.path("a"), "head");
        std::string expected = "head";
        std::size_t reserved = expected.size();
        for (int step = 0; step < 600; ++step) {
            const std::string data = random.bytes(random.one_in(20) ? random.between(1, 70'000)
                                                                    : random.between(1, 3000));
            if (!random.one_in(8)) {
                reserved =
                    std::max(reserved, expected.size() + data.size() + random.below(400'000));
                must(file->reserve(reserved));
            }
            must(random.one_in(4) ? file->write(expected.size(), data)
                                  : file->store(expected.size(), data));
            expected += data;
            if (random.one_in(30)) {
                must(file->sync());
            }
            if (random.one_in(60)) {
                // Cut off in the middle of what is mapped: a store behind it must not end there.
                expected.resize(expected.size() - random.below(data.size()));
                must(file->truncate(expected.size()));
                reserved = expected.size();
            }
            if (step % 20 == 0) {
                const std::string content = content_of(*file);
                REQUIRE(content.size() >= expected.size());
                REQUIRE(content.compare(0, expected.size(), expected) == 0);
                REQUIRE(content.find_first_not_of('\0', expected.size()) == std::string::npos);
            }
        }
        must(file->truncate(expected.size()));
        must(file->sync());
        CHECK(content_of(place.files, place.path("a")) == expected);
    });
}

TEST_CASE("a file opened for reading refuses changes but can be synced") {
    with_each_file_system([](const Place& place) {
        create_file(place.files, place.path("a"), "abc");
        const auto file = must(place.files.open(place.path("a"), OpenMode::read));
        CHECK(must_fail(file->write(0, "x")).code == ErrorCode::io);
        CHECK(must_fail(file->truncate(0)).code == ErrorCode::io);
        CHECK(must_fail(file->reserve(10)).code == ErrorCode::io);
        must(file->sync());
        file->drop_cache();
        file->start_writeback(0, 3);
        CHECK(content_of(*file) == "abc");
    });
}

TEST_CASE("missing files and directories are not_found, with path, call and cause") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        const std::string missing = place.path("missing");
        const Error error = must_fail(files.open(missing, OpenMode::read));
        CHECK(error.code == ErrorCode::not_found);
        CHECK(error.message == missing + ": open: No such file or directory");
        CHECK(must_fail(files.open(missing, OpenMode::write)).code == ErrorCode::not_found);
        CHECK(must_fail(files.open(missing + "/x", OpenMode::create_new)).code ==
              ErrorCode::not_found);
        CHECK(must_fail(files.unlink(missing)).code == ErrorCode::not_found);
        CHECK(must_fail(files.rename(missing, place.path("b"))).code == ErrorCode::not_found);
        CHECK(must_fail(files.list(missing)).code == ErrorCode::not_found);
        CHECK(must_fail(files.sync_directory(missing)).code == ErrorCode::not_found);
        CHECK(must_fail(files.create_directory(missing + "/x")).code == ErrorCode::not_found);
        CHECK(must_fail(files.lock(missing + "/LOCK")).code == ErrorCode::not_found);
        CHECK_FALSE(exists(files, missing));
        create_file(files, place.path("file"));
        CHECK_FALSE(exists(files, place.path("file/x")));
        CHECK(must_fail(files.list(place.path("file"))).code == ErrorCode::not_found);
        CHECK(must_fail(files.open(place.path("file/x"), OpenMode::read)).code ==
              ErrorCode::not_found);
    });
}

TEST_CASE("directories are listed in order; making one again is no error") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        CHECK(must(files.list(place.directory)).empty());
        must(files.create_directory(place.path("d")));
        must(files.create_directory(place.path("d")));
        create_file(files, place.path("b"), "12345");
        create_file(files, place.path("a"));
        create_file(files, place.path("d/inner"));
        CHECK(must(files.list(place.directory)) == Names{"a", "b", "d"});
        CHECK(must(files.list(place.path("d"))) == Names{"inner"});
        must(files.sync_directory(place.directory));
        CHECK(must_fail(files.create_directory(place.path("a"))).code == ErrorCode::io);
        CHECK(must_fail(files.unlink(place.path("d"))).code == ErrorCode::io);

        const auto file = must(files.status(place.path("b")));
        REQUIRE(file);
        CHECK(file->kind == FileKind::regular);
        CHECK(file->size == 5);
        CHECK(file->links == 1);
        const auto directory = must(files.status(place.path("d")));
        REQUIRE(directory);
        CHECK(directory->kind == FileKind::directory);
    });
}

TEST_CASE("a directory is removed when it is empty, and only then") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        const std::string path = place.path("d");
        Error error = must_fail(files.remove_directory(path));
        CHECK(error.code == ErrorCode::not_found);
        CHECK(error.message == path + ": rmdir: No such file or directory");
        must(files.create_directory(path));
        create_file(files, path + "/inner", "kept");
        error = must_fail(files.remove_directory(path));
        CHECK(error.code == ErrorCode::io);
        CHECK(error.message == path + ": rmdir: Directory not empty");
        CHECK(content_of(files, path + "/inner") == "kept");
        CHECK(must_fail(files.remove_directory(path + "/inner")).code == ErrorCode::not_found);
        must(files.unlink(path + "/inner"));
        must(files.remove_directory(path));
        CHECK_FALSE(exists(files, path));
        CHECK(must(files.list(place.directory)).empty());
        // The name is free for a file, and for a directory that knows nothing of the old one.
        create_file(files, path, "a file");
        must(files.unlink(path));
        must(files.create_directory(path));
        CHECK(must(files.list(path)).empty());
        CHECK(must_fail(files.remove_directory("/")).code == ErrorCode::io);
    });
}

TEST_CASE("a lock file may be unlinked by who holds the lock, and its directory removed") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        const std::string directory = place.path("d");
        const std::string path = directory + "/LOCK";
        must(files.create_directory(directory));
        auto lock = must(files.lock(path));
        must(files.unlink(path));
        must(files.remove_directory(directory));
        CHECK(must_fail(files.lock(path)).code == ErrorCode::not_found);
        must(files.create_directory(directory));
        const auto next = must(files.lock(path));
        lock.reset();
        CHECK(must_fail(files.lock(path)).code == ErrorCode::busy);
    });
}

TEST_CASE("a link is a second name of one file") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        create_file(files, place.path("a"), "content");
        must(files.link(place.path("a"), place.path("b")));
        CHECK(must(files.status(place.path("a")))->links == 2);
        must(must(files.open(place.path("b"), OpenMode::write))->write(0, "C"));
        CHECK(content_of(files, place.path("a")) == "Content");
        must(files.unlink(place.path("a")));
        CHECK(content_of(files, place.path("b")) == "Content");
        CHECK(must(files.status(place.path("b")))->links == 1);
        create_file(files, place.path("c"), "other");
        CHECK(must_fail(files.link(place.path("c"), place.path("b"))).code == ErrorCode::io);
        CHECK(must_fail(files.link(place.path("a"), place.path("d"))).code == ErrorCode::not_found);
        must(files.create_directory(place.path("e")));
        CHECK(must_fail(files.link(place.path("e"), place.path("f"))).code != ErrorCode::no_space);
        CHECK(content_of(files, place.path("b")) == "Content");
    });
}

TEST_CASE("rename replaces, and open files follow their file") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        const auto source = create_file(files, place.path("a"), "new");
        const auto target = create_file(files, place.path("b"), "old");
        must(files.rename(place.path("a"), place.path("b")));
        CHECK(must(files.list(place.directory)) == Names{"b"});
        CHECK(content_of(files, place.path("b")) == "new");
        CHECK(content_of(*target) == "old");
        must(source->write(0, "N"));
        CHECK(content_of(files, place.path("b")) == "New");
        must(files.rename(place.path("b"), place.path("b")));
        CHECK(content_of(files, place.path("b")) == "New");

        must(files.create_directory(place.path("d")));
        CHECK(must_fail(files.rename(place.path("b"), place.path("d"))).code == ErrorCode::io);
        CHECK(must_fail(files.rename(place.path("d"), place.path("b"))).code ==
              ErrorCode::not_found);
        must(files.rename(place.path("b"), place.path("d/c")));
        CHECK(content_of(files, place.path("d/c")) == "New");
        must(files.rename(place.path("d"), place.path("e")));
        CHECK(must(files.list(place.path("e"))) == Names{"c"});
    });
}

TEST_CASE("a file stays readable through its handle after unlink") {
    with_each_file_system([](const Place& place) {
        const auto file = create_file(place.files, place.path("a"), "abc");
        must(place.files.unlink(place.path("a")));
        CHECK_FALSE(exists(place.files, place.path("a")));
        must(file->write(3, "def"));
        must(file->sync());
        CHECK(content_of(*file) == "abcdef");
        create_file(place.files, place.path("a"), "another");
        CHECK(content_of(*file) == "abcdef");
    });
}

TEST_CASE("a lock excludes a second one and names the owner on one printable line") {
    with_each_file_system([](const Place& place) {
        FileSystem& files = place.files;
        const std::string path = place.path("LOCK");
        auto lock = must(files.lock(path));
        Error error = must_fail(files.lock(path));
        CHECK(error.code == ErrorCode::busy);
        CHECK(error.message == path + ": locked by this process: the lock file does not name it");

        must(lock->write_text("a text that is longer than the next one"));
        must(lock->write_text("pid=7\nstart=99\nhost=\x01\xc3\xa4z\n"));
        CHECK(content_of(files, path) == "pid=7\nstart=99\nhost=\x01\xc3\xa4z\n");
        error = must_fail(files.lock(path));
        CHECK(error.message == path + ": locked by this process: pid=7 start=99 host=\?\?\?z");

        must(lock->write_text(std::string(100000, 'x')));
        CHECK(must_fail(files.lock(path)).message.size() < path.size() + 300);
        const auto other = must(files.lock(place.path("other")));
        lock.reset();
        CHECK(must(files.list(place.directory)) == Names{"LOCK", "other"});
        lock = must(files.lock(path));
    });
}

}  // namespace
}  // namespace strata
