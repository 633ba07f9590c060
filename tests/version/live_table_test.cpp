// SPDX-License-Identifier: Apache-2.0
// Proves that a live table opens its file once and when asked, tries again after an error, reports
// its number when it was marked obsolete and the last reference goes, and that many threads may
// ask at once.
#include "version/live_table.hpp"

#include "version/version_support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace strata;
using namespace strata::test;

TEST_CASE("live table: opens when asked, once") {
    TableYard yard;
    const auto table = yard.table(3, "a#5,put:x");
    CHECK(table->path() == yard.path(3));
    CHECK(table->table_if_open() == nullptr);
    const Table* open = must(table->table());
    CHECK(open->number() == 3);
    CHECK(table->table_if_open() == open);
    must(yard.files()->unlink(yard.path(3)));
    CHECK(must(table->table()) == open);
}

TEST_CASE("live table: an error is returned, and the next call tries again") {
    TableYard yard;
    const auto table = yard.table(3, "a#5,put:x");
    must(yard.files()->rename(yard.path(3), yard.path(4)));
    CHECK(must_fail(table->table()).code == ErrorCode::not_found);
    must(yard.files()->rename(yard.path(4), yard.path(3)));
    CHECK(table->table());
}

TEST_CASE("live table: another table under its name is refused") {
    TableYard yard;
    const auto table = yard.table(3, "a#5,put:x");
    must(yard.files()->unlink(yard.path(3)));
    static_cast<void>(yard.table(3, "a#5,put:y"));
    CHECK(must_fail(table->table()).code == ErrorCode::corruption);
}

TEST_CASE("live table: the last reference to an obsolete one reports it, and no other") {
    TableYard yard;
    auto first = yard.table(3, "a#5,put:x");
    auto second = yard.table(4, "b#5,put:x");
    auto reader = first;
    first->mark_obsolete();
    first.reset();
    CHECK(yard.obsolete().empty());
    reader.reset();
    CHECK(yard.obsolete() == std::vector<std::uint64_t>{3});
    second.reset();
    CHECK(yard.obsolete() == std::vector<std::uint64_t>{3});
}

TEST_CASE("live table: many threads get the same open table") {
    TableYard yard;
    const auto table = yard.table(3, "a#5,put:x");
    std::atomic<const Table*> seen{nullptr};
    std::atomic<int> differences{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 100; ++round) {
                const auto open = table->table();
                const Table* expected = nullptr;
                if (!open ||
                    (!seen.compare_exchange_strong(expected, *open) && expected != *open)) {
                    ++differences;
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(differences == 0);
}
