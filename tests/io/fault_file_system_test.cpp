// SPDX-License-Identifier: Apache-2.0
// Proves that FaultFileSystem counts every call, that every call can be made to fail before and
// after its effect, and that a dead one never works again: each case looks at the file system
// below for the effect.
#include <strata/testing.hpp>

#include "support/files.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>

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

/// A file system with "/a" ("0123456789", open in `file`), "/d" and a held "/LOCK".
struct Fixture {
    std::shared_ptr<StrictFileSystem> base = StrictFileSystem::create();
    std::shared_ptr<FaultFileSystem> files = FaultFileSystem::create(base);
    std::unique_ptr<File> file = create_file(*files, "/a", "0123456789");
    std::unique_ptr<FileLock> held = must(files->lock("/LOCK"));

    Fixture() { must(files->create_directory("/d")); }
};

template <typename T>
Status as_status(const Result<T>& result) {
    return result ? Status{} : Status{Error{result.error()}};
}

/// One method, and how to see below that it took effect; null when it has none.
struct Method {
    std::string name;
    std::string path;
    std::function<Status(Fixture&)> call;
    std::function<bool(Fixture&)> effect;
};

std::vector<Method> methods() {
    return {
        {"open", "/new",
         [](Fixture& f) { return as_status(f.files->open("/new", OpenMode::create_new)); },
         [](Fixture& f) { return exists(*f.base, "/new"); }},
        {"read", "/a",
         [](Fixture& f) {
             std::string out(3, '.');
             return as_status(f.file->read(0, out));
         },
         nullptr},
        {"write", "/a", [](Fixture& f) { return f.file->write(0, "ABCD"); },
         [](Fixture& f) { return content_of(*f.base, "/a") == "ABCD456789"; }},
        {"reserve", "/a", [](Fixture& f) { return f.file->reserve(100); },
         [](Fixture& f) { return content_of(*f.base, "/a").size() == 100; }},
        {"sync", "/a", [](Fixture& f) { return f.file->sync(); },
         [](Fixture& f) {
             must(f.base->sync_directory("/"));
             const auto left = f.base->crash_clone(CrashPolicy::drop, 1);
             return content_of(*left, "/a") == "0123456789";
         }},
        {"truncate", "/a", [](Fixture& f) { return f.file->truncate(4); },
         [](Fixture& f) { return content_of(*f.base, "/a") == "0123"; }},
        {"size", "/a", [](Fixture& f) { return as_status(f.file->size()); }, nullptr},
        {"rename", "/a", [](Fixture& f) { return f.files->rename("/a", "/b"); },
         [](Fixture& f) { return exists(*f.base, "/b") && !exists(*f.base, "/a"); }},
        {"unlink", "/a", [](Fixture& f) { return f.files->unlink("/a"); },
         [](Fixture& f) { return !exists(*f.base, "/a"); }},
        {"create_directory", "/e", [](Fixture& f) { return f.files->create_directory("/e"); },
         [](Fixture& f) { return exists(*f.base, "/e"); }},
        {"remove_directory", "/d", [](Fixture& f) { return f.files->remove_directory("/d"); },
         [](Fixture& f) { return !exists(*f.base, "/d"); }},
        {"list", "/", [](Fixture& f) { return as_status(f.files->list("/")); }, nullptr},
        {"sync_directory", "/", [](Fixture& f) { return f.files->sync_directory("/"); },
         [](Fixture& f) { return exists(*f.base->crash_clone(CrashPolicy::drop, 1), "/a"); }},
        {"status", "/a", [](Fixture& f) { return as_status(f.files->status("/a")); }, nullptr},
        {"lock", "/lock2", [](Fixture& f) { return as_status(f.files->lock("/lock2")); },
         [](Fixture& f) { return exists(*f.base, "/lock2"); }},
        {"write_text", "/LOCK", [](Fixture& f) { return f.held->write_text("pid=1"); },
         [](Fixture& f) { return content_of(*f.base, "/LOCK") == "pid=1"; }},
    };
}

TEST_CASE("every call is counted, named, and passed on when nothing is decided") {
    for (const Method& method : methods()) {
        CAPTURE(method.name);
        Fixture fixture;
        std::vector<FileCall> seen;
        fixture.files->set_decide([&](const FileCall& call) {
            seen.push_back(call);
            return Fault::none;
        });
        const std::uint64_t before = fixture.files->calls();
        must(method.call(fixture));
        REQUIRE(seen.size() == 1);
        CHECK(seen[0].name == method.name);
        CHECK(seen[0].path == method.path);
        CHECK(seen[0].index == before + 1);
        CHECK(fixture.files->calls() == before + 1);
        CHECK(fixture.files->faults() == 0);
        fixture.files->set_decide({});
        if (method.effect) {
            CHECK(method.effect(fixture));
        }
    }
}

TEST_CASE("every call can fail without effect, and works again afterwards") {
    for (const Method& method : methods()) {
        for (const Fault fault : {Fault::fail_before, Fault::no_space, Fault::short_write}) {
            if (fault == Fault::short_write && method.name == "write") {
                continue;
            }
            CAPTURE(method.name);
            CAPTURE(static_cast<int>(fault));
            Fixture fixture;
            fixture.files->fail_nth(1, fault);
            const Error error = must_fail(method.call(fixture));
            const bool full = fault == Fault::no_space;
            CHECK(error.code == (full ? ErrorCode::no_space : ErrorCode::io));
            CHECK(error.message == method.path + ": " + method.name +
                                       (full ? ": No space left on device (injected)"
                                             : ": Input/output error (injected)"));
            CHECK(fixture.files->faults() == 1);
            if (method.effect) {
                CHECK_FALSE(method.effect(fixture));
            }
            if (method.name != "sync") {
                must(method.call(fixture));
            }
        }
    }
}

TEST_CASE("every call can fail after its effect") {
    for (const Method& method : methods()) {
        CAPTURE(method.name);
        Fixture fixture;
        fixture.files->fail_nth(1, Fault::fail_after);
        CHECK(must_fail(method.call(fixture)).code == ErrorCode::io);
        if (method.effect) {
            CHECK(method.effect(fixture));
        }
    }
}

TEST_CASE("a lock that failed after its effect is not held") {
    Fixture fixture;
    fixture.files->fail_nth(1, Fault::fail_after);
    CHECK(must_fail(fixture.files->lock("/lock2")).code == ErrorCode::io);
    const auto lock = must(fixture.files->lock("/lock2"));
}

TEST_CASE("a short write leaves half of the bytes") {
    Fixture fixture;
    fixture.files->fail_nth(1, Fault::short_write);
    CHECK(must_fail(fixture.file->write(0, "ABCD")).code == ErrorCode::io);
    CHECK(content_of(*fixture.base, "/a") == "AB23456789");
}

TEST_CASE("dead stays dead, for files that were open before too, whatever is decided") {
    for (const Method& method : methods()) {
        CAPTURE(method.name);
        Fixture fixture;
        fixture.files->fail_nth(2, Fault::dead);
        must(fixture.files->status("/a"));
        CHECK(must_fail(fixture.files->status("/a")).code == ErrorCode::io);
        fixture.files->set_decide([](const FileCall&) { return Fault::none; });
        const std::uint64_t before = fixture.files->calls();
        CHECK(must_fail(method.call(fixture)).code == ErrorCode::io);
        fixture.file->drop_cache();
        fixture.file->start_writeback(0, 1);
        CHECK(fixture.files->calls() == before + 1);
        CHECK(fixture.files->faults() == 2);
        if (method.effect) {
            CHECK_FALSE(method.effect(fixture));
        }
    }
}

TEST_CASE("fail_nth counts from the call of it, once") {
    Fixture fixture;
    fixture.files->fail_nth(3, Fault::fail_before);
    CHECK(fixture.files->status("/a"));
    CHECK(fixture.files->status("/a"));
    CHECK_FALSE(fixture.files->status("/a"));
    CHECK(fixture.files->status("/a"));
    CHECK(fixture.files->faults() == 1);
    fixture.files->fail_nth(0, Fault::fail_before);
    CHECK(fixture.files->status("/a"));
    CHECK(fixture.files->status("/a"));
}

TEST_CASE("errors of the file system below pass through") {
    Fixture fixture;
    const Error error = must_fail(fixture.files->open("/missing", OpenMode::read));
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.message == "/missing: open: No such file or directory");
    CHECK(must_fail(fixture.files->lock("/LOCK")).code == ErrorCode::busy);
    CHECK(fixture.files->faults() == 0);
}

TEST_CASE("a function may take a crash clone before the call takes effect") {
    Fixture fixture;
    std::shared_ptr<StrictFileSystem> clone;
    fixture.files->set_decide([&](const FileCall&) {
        clone = fixture.base->crash_clone(CrashPolicy::keep, 1);
        return Fault::none;
    });
    must(fixture.file->write(0, "ABCD"));
    CHECK(content_of(*clone, "/a") == "0123456789");
}

}  // namespace
}  // namespace strata
