// SPDX-License-Identifier: Apache-2.0
// Proves that the manifest with the highest number wins and is never replaced by an older one in
// silence, and that saving is atomic: with damaged files, and with a power cut, a kill and an error
// at every file operation of a save.
#include "version/manifest_file.hpp"

#include "base/file_name.hpp"

#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "version/random_manifest.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

using namespace strata;
using namespace strata::test;

namespace {

const std::string directory = "/store";

Manifest numbered(std::uint64_t number) {
    Manifest manifest;
    manifest.number = number;
    manifest.next_number = number + 1;
    manifest.time_ms = number;
    return manifest;
}

std::string path_of(std::uint64_t number) {
    return file_path(directory, FileType::manifest, number);
}

std::shared_ptr<StrictFileSystem> new_files() {
    auto files = StrictFileSystem::create();
    must(files->create_directory(directory));
    must(files->sync_directory("/"));
    return files;
}

std::uint64_t newest(FileSystem& files) {
    return must(load_newest_manifest(files, directory)).value_or(Manifest{}).number;
}

void flip_byte(FileSystem& files, const std::string& path, std::uint64_t at) {
    const auto file = must(files.open(path, OpenMode::write));
    char byte = 0;
    must(file->read(at, {&byte, 1}));
    byte = static_cast<char>(byte ^ 1);
    must(file->write(at, {&byte, 1}));
}

}  // namespace

TEST_CASE("manifest file: a directory without one has none") {
    const auto files = new_files();
    must(files->create_directory(directory + "/000000000009.manifest.d"));
    create_file(*files, path_of(9) + ".tmp", "torn");
    CHECK(!must(load_newest_manifest(*files, directory)));
}

TEST_CASE("manifest file: the highest number wins") {
    const auto files = new_files();
    Random random{test_seed(1)};
    Manifest manifest = random_manifest(random, 4);
    must(save_manifest(*files, directory, numbered(manifest.number + 1)));
    must(save_manifest(*files, directory, manifest));
    CHECK(newest(*files) == manifest.number + 1);
    manifest.number += 2;
    manifest.next_number += 2;
    must(save_manifest(*files, directory, manifest));
    CHECK(must(load_newest_manifest(*files, directory)) == manifest);
}

TEST_CASE("manifest file: a damaged newest one is refused, whatever else is there") {
    const auto files = new_files();
    must(save_manifest(*files, directory, numbered(1)));
    must(save_manifest(*files, directory, numbered(2)));
    flip_byte(*files, path_of(2), 64);
    const Error error = must_fail(load_newest_manifest(*files, directory));
    CHECK(error.code == ErrorCode::corruption);
    CHECK(error.message.starts_with(path_of(2)));
}

TEST_CASE("manifest file: an empty newest one is refused") {
    const auto files = new_files();
    must(save_manifest(*files, directory, numbered(1)));
    create_file(*files, path_of(2));
    CHECK(must_fail(load_newest_manifest(*files, directory)).code == ErrorCode::corruption);
}

TEST_CASE("manifest file: one under a wrong name is refused") {
    const auto files = new_files();
    must(save_manifest(*files, directory, numbered(1)));
    must(files->rename(path_of(1), path_of(7)));
    CHECK(must_fail(load_newest_manifest(*files, directory)).code == ErrorCode::corruption);
}

TEST_CASE("manifest file: a save is there wholly or not at all, wherever power or process ends") {
    std::uint64_t cuts = 0;
    bool finished = false;
    for (std::uint64_t call = 1; !finished; ++call) {
        const auto files = new_files();
        must(save_manifest(*files, directory, numbered(1)));
        const auto faults = FaultFileSystem::create(files);
        faults->fail_nth(call, Fault::dead);
        finished = save_manifest(*faults, directory, numbered(2)).has_value();
        for (const CrashPolicy policy : {CrashPolicy::drop, CrashPolicy::keep, CrashPolicy::torn}) {
            for (std::uint64_t seed = 0; seed < (policy == CrashPolicy::torn ? 20 : 1); ++seed) {
                const auto after = files->crash_clone(policy, seed);
                CAPTURE(call);
                const std::uint64_t number = newest(*after);
                CHECK((number == 2 || (number == 1 && !finished)));
                ++cuts;
            }
        }
        CHECK(newest(*files) >= 1);
    }
    CHECK(cuts > 50);
}

TEST_CASE("manifest file: a full disk changes nothing, and the next attempt succeeds") {
    const auto files = new_files();
    must(save_manifest(*files, directory, numbered(1)));
    files->set_capacity(files->used_bytes() + 10);
    CHECK(must_fail(save_manifest(*files, directory, numbered(2))).code == ErrorCode::no_space);
    CHECK(newest(*files) == 1);
    CHECK(must(files->list(directory)).size() == 1);
    files->set_capacity(0);
    must(save_manifest(*files, directory, numbered(3)));
    CHECK(newest(*files) == 3);
}

TEST_CASE("manifest file: a reader follows an owner that replaces manifests under its hands") {
    const auto files = new_files();
    must(save_manifest(*files, directory, numbered(1)));
    const auto owner = FaultFileSystem::create(files);
    std::uint64_t number = 1;
    owner->set_decide([&](const FileCall& call) {
        if (call.name == "open" && call.path == path_of(number) && number < 5) {
            must(files->unlink(path_of(number)));
            ++number;
            must(save_manifest(*files, directory, numbered(number)));
        }
        return Fault::none;
    });
    CHECK(newest(*owner) == 5);
    owner->set_decide([&](const FileCall& call) {
        if (call.name == "open") {
            must(files->unlink(path_of(5)));
        }
        return Fault::none;
    });
    CHECK(must_fail(load_newest_manifest(*owner, directory)).code == ErrorCode::not_found);
}
