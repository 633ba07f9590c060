// SPDX-License-Identifier: Apache-2.0
// Proves that the chain of segments leads to ever higher numbers, however the preparation of the
// next segment and a rotation interleave, and that the log knows what is durable.
#include "lsm/store_log.hpp"

#include "log/reader.hpp"

#include <strata/batch.hpp>
#include <strata/testing.hpp>

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace strata::test {
namespace {

void append(StoreLog& log, Sequence sequence) {
    Batch batch;
    must(batch.put("key", std::to_string(sequence)));
    log.add_batch(batch.encoded(), 1);
    must(log.reserve());
    must(log.write(sequence));
}

TEST_CASE("a segment prepared beside a rotation is not used after it") {
    const auto disk = StrictFileSystem::create();
    must(disk->create_directory("/db"));
    const StoreId store = StoreId::random();
    std::uint64_t number = 0;
    std::function<void()> meanwhile;
    StoreLog log{
        {.file_system = disk.get(), .directory = "/db", .store = store, .next_number = [&] {
             if (auto other = std::exchange(meanwhile, {})) {
                 other();
             }
             return ++number;
         }}};
    must(log.start({}, 0));
    Manifest manifest;
    log.describe(manifest);
    append(log, 1);
    // While the rotation is about to take a number, another thread prepares a whole segment.
    meanwhile = [&] { must(log.prepare_next()); };
    must(log.rotate(1));
    append(log, 2);
    must(log.rotate(2));
    append(log, 3);
    must(log.sync_all());
    const auto read = must(
        read_log(*disk, "/db",
                 {.store = store, .active = manifest.active, .active_key = manifest.active_key},
                 [](const LogBatch&) { return Status{}; }));
    CHECK(read.last_sequence == 3);
    CHECK(read.segments.size() == 3);
    CHECK(log.retire(0) == std::vector<std::uint64_t>{2});
}

struct Fixture {
    std::shared_ptr<StrictFileSystem> disk = StrictFileSystem::create();
    std::atomic<std::uint64_t> number{1};
    StoreLog log{{.file_system = disk.get(), .directory = "/s", .store = {}, .next_number = [this] {
                      return number.fetch_add(1);
                  }}};
    Sequence last = 0;

    Fixture() {
        must(disk->create_directory("/s"));
        must(log.start({}, 0));
    }
    void put() {
        Batch batch;
        must(batch.put("k", "v"));
        log.add_batch(batch.encoded(), batch.operations());
        must(log.reserve());
        must(log.write(++last));
    }
    std::vector<std::uint64_t> sealed() {
        Manifest manifest;
        log.describe(manifest);
        std::vector<std::uint64_t> numbers;
        for (const SegmentFacts& segment : manifest.sealed) {
            numbers.push_back(segment.number);
        }
        return numbers;
    }
};

TEST_CASE("a manifest lists only durable segments, and the chain leads on from there") {
    Fixture fixture;
    fixture.put();
    must(fixture.log.rotate(fixture.last));
    fixture.put();
    must(fixture.log.rotate(fixture.last));
    fixture.put();
    Manifest manifest;
    fixture.log.describe(manifest);
    CHECK(manifest.sealed.empty());
    CHECK(manifest.active == 1);
    must(fixture.log.sync_sealed());
    CHECK(fixture.sealed() == std::vector<std::uint64_t>{1, 2});
    CHECK(fixture.log.durable_sequence() == 2);
    CHECK(fixture.log.durable() < fixture.log.end());
    must(fixture.log.sync_all());
    CHECK(fixture.log.durable() == fixture.log.end());
    CHECK(fixture.log.durable_sequence() == 3);
    CHECK(fixture.log.wants_mark());
    CHECK(fixture.log.retire(1) == std::vector<std::uint64_t>{1});
    CHECK(fixture.sealed() == std::vector<std::uint64_t>{2});
}

TEST_CASE("closing seals what holds operations and gives up what does not") {
    Fixture fixture;
    fixture.put();
    must(fixture.log.prepare_next());
    CHECK(fixture.log.drop_prepared() == std::optional<std::uint64_t>{2});
    CHECK_FALSE(fixture.log.drop_prepared());
    CHECK(must(fixture.log.close(fixture.last)).empty());
    CHECK(fixture.sealed() == std::vector<std::uint64_t>{1});

    Fixture empty;
    CHECK(must(empty.log.close(0)) == std::vector<std::uint64_t>{1});
    CHECK(empty.sealed().empty());
}

TEST_CASE("after a failed sync nothing is synced again, whoever asks") {
    const auto faults = FaultFileSystem::create(StrictFileSystem::create());
    must(faults->create_directory("/db"));
    std::uint64_t number = 0;
    StoreLog log{{.file_system = faults.get(),
                  .directory = "/db",
                  .store = StoreId::random(),
                  .next_number = [&] { return ++number; }}};
    must(log.start({}, 0));
    append(log, 1);
    must(log.rotate(1));
    append(log, 2);
    faults->fail_nth(1, Fault::fail_before);
    const Error first = must_fail(log.sync_all());
    const std::uint64_t calls = faults->calls();
    // Another thread that waited for the same segment comes now.
    CHECK(must_fail(log.sync_sealed()).message == first.message);
    CHECK(must_fail(log.sync_all()).message == first.message);
    CHECK(faults->calls() == calls);
    CHECK(log.durable_sequence() == 0);
}

}  // namespace
}  // namespace strata::test
