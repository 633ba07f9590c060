// SPDX-License-Identifier: Apache-2.0
// Proves the crash model of StrictFileSystem rule by rule: what is synced always survives, what is
// not survives or not by policy, every 512-byte sector and every name independently of all others.
// Torn clones are taken with many seeds until every allowed outcome, and no other, was seen.
#include <strata/testing.hpp>

#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace strata {
namespace {

using test::content_of;
using test::create_file;
using test::exists;
using test::must;
using test::must_fail;
using Names = std::vector<std::string>;
using Outcomes = std::set<std::string>;

constexpr std::uint64_t seeds = 400;

/// A file whose content, size and name are durable.
std::unique_ptr<File> create_durable(FileSystem& files, const std::string& path, Bytes content) {
    auto file = create_file(files, path, content);
    must(file->sync());
    must(files.sync_directory("/"));
    return file;
}

/// What `look` finds in the clone that a cut leaves.
using Look = std::function<std::string(FileSystem&)>;

std::string after(const StrictFileSystem& files, CrashPolicy policy, const Look& look) {
    return look(*files.crash_clone(policy, 1));
}

Outcomes torn_outcomes(const StrictFileSystem& files, const Look& look) {
    Outcomes outcomes;
    const std::uint64_t first = test::test_seed(1);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        outcomes.insert(look(*files.crash_clone(CrashPolicy::torn, seed)));
    }
    return outcomes;
}

Look content(const std::string& path) {
    return [path](FileSystem& files) {
        return exists(files, path) ? content_of(files, path) : "(missing)";
    };
}

std::string names(FileSystem& files) {
    std::string joined;
    for (const std::string& name : must(files.list("/"))) {
        joined += (joined.empty() ? "" : " ") + name;
    }
    return joined;
}

/// One letter for each 512-byte sector.
std::string first_letters(FileSystem& files) {
    const std::string bytes = content_of(files, "/a");
    std::string letters;
    for (std::size_t at = 0; at < bytes.size(); at += 512) {
        letters += bytes[at] == '\0' ? '0' : bytes[at];
    }
    return letters;
}

TEST_CASE("synced data and size survive, later data only by policy") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", "old");
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"old"});
    must(file->write(0, "new"));
    CHECK(after(*files, CrashPolicy::drop, content("/a")) == "old");
    CHECK(after(*files, CrashPolicy::keep, content("/a")) == "new");
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"old", "new"});
    must(file->sync());
    CHECK(after(*files, CrashPolicy::drop, content("/a")) == "new");
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"new"});
}

TEST_CASE("a torn sector may hold any value since the last sync") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", "0");
    must(file->write(0, "1"));
    must(file->write(0, "2"));
    must(file->write(0, "1"));
    must(file->write(0, "3"));
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"0", "1", "2", "3"});
    must(file->write(0, "0"));
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"0", "1", "2", "3"});
    CHECK(after(*files, CrashPolicy::keep, content("/a")) == "0");
}

TEST_CASE("sectors survive independently of each other, whatever the write") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", std::string(512, 'a') + std::string(512, 'b'));
    must(file->write(0, std::string(512, 'A') + std::string(512, 'B')));
    CHECK(torn_outcomes(*files, first_letters) == Outcomes{"ab", "aB", "Ab", "AB"});
}

TEST_CASE("a sector is never torn inside, and its neighbours stay") {
    const auto files = StrictFileSystem::create();
    const std::string old(2048, '.');
    const auto file = create_durable(*files, "/a", old);
    must(file->write(600, "xyz"));
    std::string changed = old;
    changed.replace(600, 3, "xyz");
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{old, changed});
}

TEST_CASE("sizes and data survive independently; data beyond the size is gone") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", "abc");
    must(file->write(3, "def"));
    CHECK(torn_outcomes(*files, content("/a")) ==
          Outcomes{"abc", std::string("abc\0\0\0", 6), "abcdef"});
    must(file->truncate(1));
    CHECK(after(*files, CrashPolicy::keep, content("/a")) == "a");
    CHECK(after(*files, CrashPolicy::drop, content("/a")) == "abc");
    CHECK(torn_outcomes(*files, content("/a")) ==
          Outcomes{"a", "abc", "abcdef", std::string("a\0\0", 3), std::string("abc\0\0\0", 6),
                   std::string("a\0\0\0\0\0", 6)});
    must(file->sync());
    must(file->truncate(3));
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"a", std::string("a\0\0", 3)});
}

TEST_CASE("bytes beyond the size that survived never come back when the file grows again") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", "abc");
    must(file->write(3, std::string(1021, 'x')));
    const Look grown = [](FileSystem& left) {
        const auto again = must(left.open("/a", OpenMode::write));
        const std::string before = content_of(*again);
        must(again->truncate(1024));
        const std::string zeros(1024 - before.size(), '\0');
        return content_of(*again) == before + zeros ? "zeros" : "old bytes";
    };
    CHECK(torn_outcomes(*files, grown) == Outcomes{"zeros"});
}

TEST_CASE("an appended sector may be zeros although a later one survives") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", std::string(512, 'a'));
    must(file->reserve(1536));
    must(file->sync());
    must(file->write(512, std::string(512, 'b') + std::string(512, 'c')));
    CHECK(torn_outcomes(*files, first_letters) == Outcomes{"a00", "a0c", "ab0", "abc"});
}

TEST_CASE("sync of a file does not keep its name, sync_directory does") {
    const auto files = StrictFileSystem::create();
    const auto file = create_file(*files, "/a", "abc");
    must(file->sync());
    CHECK(after(*files, CrashPolicy::drop, names).empty());
    CHECK(after(*files, CrashPolicy::keep, names) == "a");
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"abc", "(missing)"});
    must(files->sync_directory("/"));
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"abc"});
}

TEST_CASE("sync_directory keeps the name of a file, not its data") {
    const auto files = StrictFileSystem::create();
    const auto file = create_file(*files, "/a", "abc");
    must(files->sync_directory("/"));
    CHECK(after(*files, CrashPolicy::drop, content("/a")).empty());
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"", std::string(3, '\0'), "abc"});
}

TEST_CASE("a rename without sync_directory survives name by name") {
    const auto files = StrictFileSystem::create();
    create_durable(*files, "/b", "old");
    create_durable(*files, "/a", "new");
    must(files->rename("/a", "/b"));
    const Look look = [](FileSystem& left) {
        return content("/a")(left) + " " + content("/b")(left);
    };
    CHECK(after(*files, CrashPolicy::drop, look) == "new old");
    CHECK(after(*files, CrashPolicy::keep, look) == "(missing) new");
    CHECK(torn_outcomes(*files, look) ==
          Outcomes{"new old", "new new", "(missing) old", "(missing) new"});
    must(files->sync_directory("/"));
    CHECK(torn_outcomes(*files, look) == Outcomes{"(missing) new"});
}

TEST_CASE("a name that was renamed to durably is there in every outcome") {
    const auto files = StrictFileSystem::create();
    create_durable(*files, "/current", "1");
    for (const std::string next : {"2", "3"}) {
        must(create_file(*files, "/next", next)->sync());
        must(files->rename("/next", "/current"));
    }
    CHECK(torn_outcomes(*files, content("/current")) == Outcomes{"1", "2", "3"});
}

TEST_CASE("an unlinked file may come back, also when its name was used again") {
    const auto files = StrictFileSystem::create();
    create_durable(*files, "/a", "one");
    must(files->unlink("/a"));
    CHECK(after(*files, CrashPolicy::drop, content("/a")) == "one");
    CHECK(after(*files, CrashPolicy::keep, content("/a")) == "(missing)");
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"one", "(missing)"});
    must(create_file(*files, "/a", "two")->sync());
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"one", "(missing)", "two"});
    must(files->sync_directory("/"));
    CHECK(torn_outcomes(*files, content("/a")) == Outcomes{"two"});
}

TEST_CASE("operations on different names survive in any combination") {
    const auto files = StrictFileSystem::create();
    create_durable(*files, "/a", "");
    must(files->unlink("/a"));
    create_file(*files, "/b");
    CHECK(torn_outcomes(*files, names) == Outcomes{"", "a", "b", "a b"});
}

TEST_CASE("a directory needs the sync of its parent, and its own for its names") {
    const auto files = StrictFileSystem::create();
    must(files->create_directory("/d"));
    const auto file = create_file(*files, "/d/a", "abc");
    must(file->sync());
    must(files->sync_directory("/d"));
    CHECK(after(*files, CrashPolicy::drop, names).empty());
    CHECK(torn_outcomes(*files, content("/d/a")) == Outcomes{"abc", "(missing)"});
    must(files->sync_directory("/"));
    CHECK(torn_outcomes(*files, content("/d/a")) == Outcomes{"abc"});
    create_file(*files, "/d/b");
    must(files->sync_directory("/"));
    CHECK(after(*files, CrashPolicy::drop, content("/d/b")) == "(missing)");
}

TEST_CASE("a file that got both names of a rename is one file") {
    const auto files = StrictFileSystem::create();
    create_durable(*files, "/a", "abc");
    must(files->rename("/a", "/b"));
    std::shared_ptr<StrictFileSystem> clone;
    for (std::uint64_t seed = 1; clone == nullptr || names(*clone) != "a b"; ++seed) {
        REQUIRE(seed < seeds);
        clone = files->crash_clone(CrashPolicy::torn, seed);
    }
    CHECK(must(clone->status("/a"))->links == 2);
    CHECK(clone->used_bytes() == 3);
    must(must(clone->open("/a", OpenMode::write))->write(0, "A"));
    CHECK(content_of(*clone, "/b") == "Abc");
    must(clone->rename("/a", "/b"));
    CHECK(names(*clone) == "a b");
    must(clone->unlink("/a"));
    CHECK(must(clone->status("/b"))->links == 1);
    CHECK(clone->used_bytes() == 3);
}

TEST_CASE("clones are independent, and the same seed gives the same choices") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", std::string(5120, '.'));
    for (const char c : {'1', '2', '3'}) {
        must(file->write(0, std::string(5120, c)));
    }
    const auto clone = files->crash_clone(CrashPolicy::torn, 7);
    const std::string before = first_letters(*clone);
    CHECK(first_letters(*files->crash_clone(CrashPolicy::torn, 7)) == before);
    CHECK(torn_outcomes(*files, first_letters).size() > 100);
    // What survived a cut survives the next one.
    CHECK(torn_outcomes(*clone, first_letters) == Outcomes{before});
    must(file->write(0, std::string(5120, '4')));
    CHECK(first_letters(*clone) == before);
    must(must(clone->open("/a", OpenMode::write))->write(0, std::string(5120, '5')));
    CHECK(first_letters(*files) == "4444444444");
}

TEST_CASE("random work: bytes that were synced and not touched since never change") {
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    constexpr std::size_t sectors = 12;
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", std::string(sectors * 512, '.'));
    std::vector<std::set<std::string>> allowed(sectors, {std::string(512, '.')});
    std::string now(sectors * 512, '.');
    for (int step = 0; step < 500; ++step) {
        const auto offset = static_cast<std::size_t>(random.below(sectors * 512 - 700));
        const std::string data = random.letters(random.between(1, 700));
        must(file->write(offset, data));
        now.replace(offset, data.size(), data);
        for (std::size_t sector = 0; sector < sectors; ++sector) {
            allowed[sector].insert(now.substr(sector * 512, 512));
        }
        if (random.one_in(6)) {
            must(file->sync());
            for (std::size_t sector = 0; sector < sectors; ++sector) {
                allowed[sector] = {now.substr(sector * 512, 512)};
            }
        }
        const auto clone = files->crash_clone(CrashPolicy::torn, random.next());
        const std::string left = content_of(*clone, "/a");
        REQUIRE(left.size() == now.size());
        for (std::size_t sector = 0; sector < sectors; ++sector) {
            REQUIRE(allowed[sector].contains(left.substr(sector * 512, 512)));
        }
        REQUIRE(content_of(*files->crash_clone(CrashPolicy::keep, 0), "/a") == now);
    }
}

TEST_CASE("open files and locks do not come along") {
    const auto files = StrictFileSystem::create();
    const auto lock = must(files->lock("/LOCK"));
    must(files->sync_directory("/"));
    const auto clone = files->crash_clone(CrashPolicy::drop, 1);
    const auto second = must(clone->lock("/LOCK"));
    CHECK(must_fail(clone->lock("/LOCK")).code == ErrorCode::busy);
}

TEST_CASE("files and locks outlive their file system object") {
    auto files = StrictFileSystem::create();
    const auto file = create_file(*files, "/a", "abc");
    const auto lock = must(files->lock("/LOCK"));
    files.reset();
    CHECK(content_of(*file) == "abc");
    must(lock->write_text("x"));
}

TEST_CASE("capacity: reserve fails cleanly, a write leaves what fitted, unlink gives room back") {
    const auto files = StrictFileSystem::create();
    files->set_capacity(1000);
    auto file = create_file(*files, "/a", "abc");
    Error error = must_fail(file->reserve(1001));
    CHECK(error.code == ErrorCode::no_space);
    CHECK(error.message == "/a: fallocate: No space left on device");
    CHECK(content_of(*file) == "abc");
    CHECK(files->used_bytes() == 3);
    must(file->reserve(600));
    CHECK(files->used_bytes() == 600);

    const auto other = create_file(*files, "/b");
    error = must_fail(other->write(0, std::string(401, 'x')));
    CHECK(error.code == ErrorCode::no_space);
    CHECK(must(other->size()) == 400);
    CHECK(must_fail(other->write(5000, "x")).code == ErrorCode::no_space);
    CHECK(must_fail(other->truncate(401)).code == ErrorCode::no_space);
    CHECK(must(other->size()) == 400);
    must(file->write(0, std::string(600, 'y')));  // reserved before
    must(other->write(399, "z"));                 // inside the file
    CHECK(files->crash_clone(CrashPolicy::keep, 1)->used_bytes() == 1000);

    must(files->unlink("/a"));
    CHECK(files->used_bytes() == 1000);  // still open
    file.reset();
    CHECK(files->used_bytes() == 400);
    must(other->truncate(100));
    create_file(*files, "/c", std::string(50, 'c'));
    must(files->rename("/c", "/b"));
    CHECK(files->used_bytes() == 150);
    files->set_capacity(10);
    CHECK(must_fail(other->write(100, "x")).code == ErrorCode::no_space);
    files->set_capacity(0);
    must(other->write(100, "x"));
    CHECK(must_fail(other->truncate(std::uint64_t{1} << 62U)).code == ErrorCode::io);
}

TEST_CASE("many small writes to one sector keep the durable and the newest value") {
    const auto files = StrictFileSystem::create();
    const auto file = create_durable(*files, "/a", "old-");
    for (int number = 1000; number < 2000; ++number) {
        must(file->write(0, std::to_string(number)));
    }
    CHECK(after(*files, CrashPolicy::drop, content("/a")) == "old-");
    CHECK(after(*files, CrashPolicy::keep, content("/a")) == "1999");
    CHECK(torn_outcomes(*files, content("/a")).size() > 30);
}

TEST_CASE("threads may work on one file system while clones are taken") {
    const auto files = StrictFileSystem::create();
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([files, number] {
            const std::string path = "/" + std::to_string(number);
            for (int round = 0; round < 50; ++round) {
                auto file = files->open(path, OpenMode::create_new);
                const bool done = file && (*file)->write(0, path) && (*file)->sync() &&
                                  files->sync_directory("/") && files->list("/") &&
                                  (round == 49 || files->unlink(path));
                if (!done) {
                    return;
                }
            }
        });
    }
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        CHECK(must(files->crash_clone(CrashPolicy::torn, seed)->list("/")).size() <= 4);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(must(files->list("/")) == Names{"0", "1", "2", "3"});
    CHECK(content_of(*files, "/3") == "/3");
}

}  // namespace
}  // namespace strata
