// SPDX-License-Identifier: Apache-2.0
// Proves that replace_file leaves the old or the new content whatever happens: a power cut at any
// of its calls, any of its calls failing before or after its effect, or a full disk.
#include "io/file_contents.hpp"

#include "support/files.hpp"
#include "support/must.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

namespace strata {
namespace {

using test::content_of;
using test::create_file;
using test::exists;
using test::must;
using test::must_fail;

const std::string old_content(700, 'o');
const std::string new_content(1500, 'n');

struct Fixture {
    std::shared_ptr<StrictFileSystem> base = StrictFileSystem::create();
    std::shared_ptr<FaultFileSystem> files = FaultFileSystem::create(base);

    Fixture() {
        must(base->create_directory("/s"));
        must(base->sync_directory("/"));
        must(replace_file(*base, "/s", "m", old_content));
    }
    Status replace() { return replace_file(*files, "/s", "m", new_content); }
};

TEST_CASE("the directory that a path lies in") {
    CHECK(parent_directory("a") == ".");
    CHECK(parent_directory("a/") == ".");
    CHECK(parent_directory("a/b") == "a");
    CHECK(parent_directory("a/b//") == "a");
    CHECK(parent_directory("/a") == "/");
    CHECK(parent_directory("/a/b/c") == "/a/b");
    CHECK(parent_directory("/") == "/");
}

TEST_CASE("replace_file creates, replaces, and is durable when it returns") {
    Fixture fixture;
    CHECK(content_of(*fixture.base->crash_clone(CrashPolicy::drop, 1), "/s/m") == old_content);
    create_file(*fixture.base, "/s/m.tmp", "left by an earlier process");
    must(fixture.replace());
    CHECK(must(fixture.base->list("/s")) == std::vector<std::string>{"m"});
    CHECK(content_of(*fixture.base->crash_clone(CrashPolicy::drop, 1), "/s/m") == new_content);
}

TEST_CASE("a power cut at any call of replace_file leaves the old or the new file") {
    Fixture fixture;
    std::set<std::string> found;
    int cuts = 0;
    fixture.files->set_decide([&](const FileCall& call) {
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            CAPTURE(call.name);
            CAPTURE(seed);
            const auto left = fixture.base->crash_clone(CrashPolicy::torn, seed);
            const std::string content = content_of(*left, "/s/m");
            const bool whole = content == old_content || content == new_content;
            CHECK(whole);
            found.insert(content);
            ++cuts;
        }
        return Fault::none;
    });
    must(fixture.replace());
    CHECK(cuts == 60 * 6);  // unlink, open, write, sync, rename, sync_directory
    CHECK(found.size() == 2);
}

TEST_CASE("any call of replace_file may fail: the error comes back and a file is whole") {
    for (const Fault fault : {Fault::fail_before, Fault::fail_after, Fault::short_write}) {
        for (std::uint64_t n = 1; n <= 6; ++n) {
            CAPTURE(static_cast<int>(fault));
            CAPTURE(n);
            Fixture fixture;
            fixture.files->fail_nth(n, fault);
            CHECK(must_fail(fixture.replace()).code == ErrorCode::io);
            CHECK(fixture.files->faults() == 1);
            CHECK(fixture.files->calls() == n);
            const std::string content = content_of(*fixture.base, "/s/m");
            const bool renamed = n == 6 || (n == 5 && fault == Fault::fail_after);
            CHECK(content == (renamed ? new_content : old_content));
            must(fixture.replace());
            CHECK(must(fixture.base->list("/s")).size() == 1);
        }
    }
}

TEST_CASE("no space before the rename: nothing happened and the temporary file is gone") {
    for (std::uint64_t n = 2; n <= 5; ++n) {
        CAPTURE(n);
        Fixture fixture;
        fixture.files->fail_nth(n, Fault::no_space);
        CHECK(must_fail(fixture.replace()).code == ErrorCode::no_space);
        CHECK(content_of(*fixture.base, "/s/m") == old_content);
        CHECK(must(fixture.base->list("/s")).size() == 1);
    }
    Fixture fixture;
    fixture.base->set_capacity(1000);
    CHECK(must_fail(fixture.replace()).code == ErrorCode::no_space);
    CHECK(fixture.base->used_bytes() == old_content.size());
    fixture.base->set_capacity(old_content.size() + new_content.size());
    must(fixture.replace());
}

TEST_CASE("no space after the rename is no longer \"nothing happened\"") {
    Fixture fixture;
    fixture.files->fail_nth(6, Fault::no_space);
    CHECK(must_fail(fixture.replace()).code == ErrorCode::io);
    CHECK(content_of(*fixture.base, "/s/m") == new_content);
}

TEST_CASE("read_file reads all of a file and refuses a larger one") {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/a", "0123456789");
    create_file(*files, "/empty");
    CHECK(must(read_file(*files, "/a", 10)) == "0123456789");
    CHECK(must(read_file(*files, "/empty", 0)).empty());
    const Error error = must_fail(read_file(*files, "/a", 9));
    CHECK(error.code == ErrorCode::corruption);
    CHECK(error.message == "/a: expected at most 9 bytes, found 10");
    CHECK(must_fail(read_file(*files, "/b", 9)).code == ErrorCode::not_found);
    create_file(*files, "/huge")->truncate(std::uint64_t{4} << 30U).take_value();
    CHECK(must_fail(read_file(*files, "/huge", 1000)).code == ErrorCode::corruption);
}

TEST_CASE("read_file passes every failure on") {
    for (std::uint64_t n = 1; n <= 3; ++n) {
        Fixture fixture;
        fixture.files->fail_nth(n, Fault::fail_before);
        CHECK(must_fail(read_file(*fixture.files, "/s/m", 10000)).code == ErrorCode::io);
    }
}

TEST_CASE("join_path") {
    CHECK(join_path("/s", "m") == "/s/m");
    CHECK(join_path("/", "m") == "/m");
    CHECK(join_path("s/", "m") == "s/m");
    CHECK(join_path(".", "m") == "./m");
}

}  // namespace
}  // namespace strata
