// SPDX-License-Identifier: Apache-2.0
// Proves the list of live snapshots, and that a store keeps exactly the versions they need.
#include "lsm/snapshots.hpp"

#include "lsm_support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <vector>

namespace strata::test {
namespace {

TEST_CASE("the list holds the sequences of the live snapshots, ascending") {
    auto list = std::make_shared<SnapshotList>();
    std::atomic<Sequence> visible{5};
    auto first = list->take(visible);
    auto twin = list->take(visible);
    visible = 9;
    auto last = list->take(visible);
    CHECK(first->sequence() == 5);
    CHECK(list->list() == std::vector<Sequence>{5, 5, 9});
    first.reset();
    CHECK(list->list() == std::vector<Sequence>{5, 9});
    CHECK(list->size() == 2);
    list.reset();
    CHECK(last->sequence() == 9);
}

TEST_CASE("flush and compact keep what a snapshot sees, and drop it afterwards") {
    Options options = small_options();
    options.workers = 0;
    const auto store = open_store(options);
    must(store->put("k", "1"));
    must(store->put("gone", "x"));
    auto first = must(store->snapshot());
    must(store->put("k", "2"));
    must(store->put("k", "3"));
    must(store->del("gone"));
    auto second = must(store->snapshot());
    must(store->put("k", "4"));
    for (int round = 0; round < 2; ++round) {
        round == 0 ? must(store->flush()) : must(store->compact());
        CHECK(text_of(*store, {.snapshot = first.get()}) == "gone=x k=1 ");
        CHECK(text_of(*store, {.snapshot = second.get()}) == "k=3 ");
        CHECK(text_of(*store) == "k=4 ");
        // 2 was seen by nobody; the rest, with the deletion of "gone", is there.
        CHECK(must(store->stats()).table_entries == 5);
    }
    CHECK(must(store->stats()).snapshots == 2);
    first.reset();
    second.reset();
    must(store->compact());
    CHECK(must(store->stats()).table_entries == 1);
    CHECK(must(store->stats()).snapshots == 0);
}

}  // namespace
}  // namespace strata::test
