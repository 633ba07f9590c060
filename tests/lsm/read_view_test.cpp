// SPDX-License-Identifier: Apache-2.0
// Proves that every thread gets the published view, never an older one after a newer, and that a
// view goes when its last holder lets it go.
#include "lsm/read_view.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace strata {
namespace {

ViewPtr numbered(std::uint64_t number) {
    ReadView view;
    view.sealed.push_back({.memtable = nullptr, .last_segment = number});
    return std::make_shared<const ReadView>(std::move(view));
}

std::uint64_t number_of(const ViewStripes& stripes) {
    return stripes.acquire()->sealed.front().last_segment;
}

TEST_CASE("a view goes with its last holder") {
    ViewStripes stripes;
    auto first = numbered(1);
    const std::weak_ptr<const ReadView> watch = first;
    stripes.publish(first);
    first.reset();
    CHECK(number_of(stripes) == 1);
    ViewPtr held = stripes.acquire();
    stripes.publish(numbered(2));
    CHECK(number_of(stripes) == 2);
    CHECK_FALSE(watch.expired());
    held.reset();
    CHECK(watch.expired());
}

TEST_CASE("threads never go back to an older view") {
    constexpr std::uint64_t last = 3000;
    ViewStripes stripes;
    stripes.publish(numbered(0));
    std::atomic<std::uint64_t> published{0};
    std::atomic<int> failures{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
            std::uint64_t seen = 0;
            while (seen < last) {
                const std::uint64_t before = published.load();
                const std::uint64_t now = number_of(stripes);
                failures += now < seen || now < before ? 1 : 0;
                seen = now;
            }
        });
    }
    for (std::uint64_t i = 1; i <= last; ++i) {
        stripes.publish(numbered(i));
        published = i;
    }
    for (std::thread& reader : readers) {
        reader.join();
    }
    CHECK(failures == 0);
}

}  // namespace
}  // namespace strata
