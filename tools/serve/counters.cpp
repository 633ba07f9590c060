// SPDX-License-Identifier: Apache-2.0
#include "serve/counters.hpp"

#include "serve/route.hpp"

#include <algorithm>
#include <functional>
#include <thread>

namespace strata::tools {
namespace {

using Number = std::atomic<std::uint64_t>;

void increase(Number& number, std::uint64_t by) noexcept {
    number.fetch_add(by, std::memory_order_relaxed);
}

std::uint64_t read(const Number& number) noexcept { return number.load(std::memory_order_relaxed); }

// First the bounds that hold most requests: they are fast.
std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
    std::size_t bucket = 0;
    while (bucket < latency_bounds_us.size() && nanoseconds > latency_bounds_us[bucket] * 1000) {
        ++bucket;
    }
    return bucket;
}

}  // namespace

// Aligned, so that threads of different stripes share no cache line.
struct alignas(64) Counters::Cell {
    std::array<Number, RouteTotals::classes> by_class{};
    Number bytes_in{0};
    Number bytes_out{0};
    Number nanoseconds{0};
    std::array<Number, latency_bounds_us.size() + 1> buckets{};
};

struct Counters::Stripe {
    std::unique_ptr<Cell[]> cells;
};

std::size_t Counters::cell_of(const Route* route) const noexcept {
    const std::span<const Route> routes = all_routes();
    const std::less<const Route*> before;
    const bool known = route != nullptr && !before(route, routes.data()) &&
                       before(route, routes.data() + routes.size());
    return known ? static_cast<std::size_t>(route - routes.data()) : cells_ - 1;
}

std::uint64_t RouteTotals::requests() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t number : by_class) {
        sum += number;
    }
    return sum;
}

Counters::Counters()
    : cells_{all_routes().size() + 1}, stripes_{std::make_unique<Stripe[]>(stripe_count)} {
    for (std::size_t i = 0; i < stripe_count; ++i) {
        stripes_[i].cells = std::make_unique<Cell[]>(cells_);
    }
}

Counters::~Counters() = default;

void Counters::add(const Finished& finished) noexcept {
    const std::size_t stripe =
        std::hash<std::thread::id>{}(std::this_thread::get_id()) % stripe_count;
    Cell& to = stripes_[stripe].cells[cell_of(finished.route)];
    const int status_class = std::clamp(finished.status / 100, 1, 5);
    increase(to.by_class[static_cast<std::size_t>(status_class - 1)], 1);
    increase(to.bytes_in, finished.bytes_in);
    increase(to.bytes_out, finished.bytes_out);
    increase(to.nanoseconds, finished.nanoseconds);
    increase(to.buckets[bucket_of(finished.nanoseconds)], 1);
}

std::vector<RouteTotals> Counters::routes() const {
    std::vector<RouteTotals> totals(cells_);
    for (std::size_t stripe = 0; stripe < stripe_count; ++stripe) {
        for (std::size_t i = 0; i < cells_; ++i) {
            const Cell& from = stripes_[stripe].cells[i];
            RouteTotals& to = totals[i];
            for (std::size_t k = 0; k < to.by_class.size(); ++k) {
                to.by_class[k] += read(from.by_class[k]);
            }
            for (std::size_t k = 0; k < to.buckets.size(); ++k) {
                to.buckets[k] += read(from.buckets[k]);
            }
            to.bytes_in += read(from.bytes_in);
            to.bytes_out += read(from.bytes_out);
            to.nanoseconds += read(from.nanoseconds);
        }
    }
    return totals;
}

}  // namespace strata::tools
