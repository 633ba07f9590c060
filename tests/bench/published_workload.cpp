// SPDX-License-Identifier: Apache-2.0
#include "harness.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

namespace strata::bench {

namespace {

/// The published workload with values of 8 KB: inserts, overwrites and deletes, every one synced,
/// then disk use and reads, compaction, and both again. It is known that the published deletes
/// left every inserted key alive, so here they go to the keys between.
class PublishedWorkload {
  public:
    explicit PublishedWorkload(const Setup& setup)
        : setup_{setup},
          inserts_{scaled(50'000)},
          overwrites_{scaled(200'000)},
          deletes_{scaled(80'000)},
          engine_{open_engine(setup, true)} {}

    Outcome run() {
        const WriteCost cost;
        const Stopwatch total;
        write("insert_s", inserts_, [&](std::uint64_t index) { put(index); });
        write("overwrite_s", overwrites_, [&](std::uint64_t) { put(random_.below(inserts_)); });
        write("delete_s", deletes_,
              [&](std::uint64_t) { engine_->del(absent_key(random_.below(inserts_))); });
        outcome_.seconds = total.seconds();
        outcome_.operations = inserts_ + overwrites_ + deletes_;
        look("before");
        const Stopwatch compaction;
        engine_->compact();
        more("compact_s", compaction.seconds());
        look("after");
        const std::uint64_t puts = inserts_ + overwrites_;
        cost.finish(std::move(engine_), setup_, puts * (key_bytes + value_bytes), outcome_);
        outcome_.digest = random_.next();
        return std::move(outcome_);
    }

  private:
    static constexpr std::size_t value_bytes = 8192;
    static constexpr std::uint64_t gets = 10'000;

    [[nodiscard]] std::uint64_t scaled(double count) const {
        return std::max(std::uint64_t{1}, static_cast<std::uint64_t>(count * setup_.scale));
    }

    void more(std::string name, double value) {
        outcome_.more.emplace_back(std::move(name), value);
    }

    void put(std::uint64_t index) { engine_->put(live_key(index), values_.next()); }

    template <typename Operation>
    void write(const char* name, std::uint64_t count, Operation operation) {
        const Stopwatch watch;
        outcome_.timings.latency.merge(timed(setup_.ticks_per_second, count, operation).latency);
        more(name, watch.seconds());
    }

    /// Disk use, and the mean time of a get of keys that are there and of keys that are not.
    void look(std::string_view when) {
        more(fmt::format("disk_{}_mb", when),
             static_cast<double>(disk_bytes(setup_.engine.directory)) / 1e6);
        const auto reader = engine_->reader();
        std::uint64_t sum = 0;
        const Stopwatch present;
        for (std::uint64_t done = 0; done < gets; ++done) {
            get_live(*reader, live_number(random_.below(inserts_)), value_bytes, sum);
        }
        more(fmt::format("get_{}_us", when), present.seconds() * 1e6 / gets);
        const Stopwatch missing;
        for (std::uint64_t done = 0; done < gets; ++done) {
            get_absent(*reader, absent_number(random_.below(inserts_)));
        }
        more(fmt::format("miss_{}_us", when), missing.seconds() * 1e6 / gets);
    }

    const Setup& setup_;
    std::uint64_t inserts_;
    std::uint64_t overwrites_;
    std::uint64_t deletes_;
    std::unique_ptr<Engine> engine_;
    Random random_{setup_.seed};
    Values values_{setup_.seed, value_bytes};
    Outcome outcome_;
};

Outcome published(const Setup& setup) { return PublishedWorkload{setup}.run(); }

constexpr Workload list[] = {{"stratakv", published}};

}  // namespace

std::span<const Workload> published_workloads() { return list; }

}  // namespace strata::bench
