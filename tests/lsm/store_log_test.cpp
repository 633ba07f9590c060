// SPDX-License-Identifier: Apache-2.0
// Proves that the chain of segments leads to ever higher numbers, however the preparation of the
// next segment and a rotation interleave.
#include "lsm/store_log.hpp"

#include "log/reader.hpp"

#include <strata/batch.hpp>
#include <strata/testing.hpp>

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <functional>
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
    StoreLog log{{.file_system = disk.get(),
                  .directory = "/db",
                  .store = store,
                  .next_number = [&] {
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

}  // namespace
}  // namespace strata::test
