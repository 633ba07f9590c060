// SPDX-License-Identifier: Apache-2.0
// Measures insert, get, miss and scan of the memtable beside std::map, for three orders of keys,
// and the cost of the cursors above it. Usage: memtable_bench [ENTRIES] [ROUNDS]. Prints
// nanoseconds of processor time per entry, medians of the rounds, which alternate between the two.
#include "entry/merge_cursor.hpp"
#include "entry/visible_cursor.hpp"
#include "memtable/memtable.hpp"

#include "support/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace strata {
namespace {

using Keys = std::vector<std::string>;

constexpr std::size_t value_size = 100;

struct Figures {
    double insert = 0;
    double get = 0;
    double miss = 0;
    double scan = 0;
    double reverse = 0;
};

// Processor time of this thread: other work on the machine disturbs it less than the clock.
double processor_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <typename Work>
double nanoseconds_each(std::size_t count, Work work) {
    const double begin = processor_nanoseconds();
    work();
    return (processor_nanoseconds() - begin) / static_cast<double>(count);
}

// Ends the program when a structure answers wrongly, and keeps the work from being optimised away.
void expect(bool condition, const char* what) {
    if (!condition) {
        fmt::print(stderr, "memtable_bench: wrong answer: {}\n", what);
        std::exit(1);
    }
}

bool truth(Result<bool> result) {
    expect(result.has_value(), "error");
    return *result;
}

std::unique_ptr<Memtable> fill(const Keys& keys, Sequence base) {
    const std::string value(value_size, 'v');
    auto memtable = std::make_unique<Memtable>(base);
    for (const std::string& key : keys) {
        memtable->insert(Entry{.key = key, .sequence = ++base, .value = value});
    }
    return memtable;
}

Figures measure_memtable(const Keys& keys, const Keys& wanted) {
    Figures figures;
    std::unique_ptr<Memtable> memtable;
    const std::size_t count = keys.size();
    figures.insert = nanoseconds_each(count, [&] { memtable = fill(keys, 0); });
    std::size_t found = 0;
    figures.get = nanoseconds_each(count, [&] {
        for (const std::string& key : wanted) {
            found += memtable->find(key, sequence_max)->value.size();
        }
    });
    expect(found == count * value_size, "get");
    figures.miss = nanoseconds_each(count, [&] {
        std::string absent;
        for (const std::string& key : wanted) {
            absent.assign(key);
            absent.push_back('-');
            found += memtable->find(absent, sequence_max) ? 1U : 0U;
        }
    });
    expect(found == count * value_size, "miss");
    const auto cursor = memtable->cursor();
    figures.scan = nanoseconds_each(count, [&] {
        for (bool more = truth(cursor->seek_first()); more; more = truth(cursor->next())) {
            found += cursor->entry().key.size();
        }
    });
    figures.reverse = nanoseconds_each(count, [&] {
        for (bool more = truth(cursor->seek_last()); more; more = truth(cursor->prev())) {
            found += cursor->entry().key.size();
        }
    });
    expect(found == count * (value_size + 32), "scan");
    return figures;
}

// The map's keys and values lie in an arena too, so that the two differ in the index alone.
Figures measure_map(const Keys& keys, const Keys& wanted) {
    Figures figures;
    const std::size_t count = keys.size();
    const std::string value(value_size, 'v');
    Arena arena;
    std::map<std::string_view, std::string_view> map;
    figures.insert = nanoseconds_each(count, [&] {
        for (const std::string& key : keys) {
            char* const bytes = arena.allocate(key.size() + value.size()).bytes;
            key.copy(bytes, key.size());
            value.copy(bytes + key.size(), value.size());
            map.insert_or_assign(std::string_view{bytes, key.size()},
                                 std::string_view{bytes + key.size(), value.size()});
        }
    });
    std::size_t found = 0;
    figures.get = nanoseconds_each(count, [&] {
        for (const std::string& key : wanted) {
            found += map.find(key)->second.size();
        }
    });
    figures.miss = nanoseconds_each(count, [&] {
        std::string absent;
        for (const std::string& key : wanted) {
            absent.assign(key);
            absent.push_back('-');
            found += map.contains(absent) ? 1U : 0U;
        }
    });
    figures.scan = nanoseconds_each(count, [&] {
        for (const auto& [key, mapped] : map) {
            found += key.size() + static_cast<unsigned char>(key.front()) / 255;
        }
    });
    figures.reverse = nanoseconds_each(count, [&] {
        for (auto it = map.rbegin(); it != map.rend(); ++it) {
            found += it->first.size() + static_cast<unsigned char>(it->first.front()) / 255;
        }
    });
    expect(found == count * (value_size + 32), "map");
    return figures;
}

double median(std::vector<Figures> rounds, double Figures::*figure) {
    std::ranges::sort(rounds, {}, figure);
    return rounds[rounds.size() / 2].*figure;
}

void print(std::string_view name, const std::vector<Figures>& rounds) {
    fmt::print("{:<28} {:>8.0f} {:>8.0f} {:>8.0f} {:>8.1f} {:>8.1f}\n", name,
               median(rounds, &Figures::insert), median(rounds, &Figures::get),
               median(rounds, &Figures::miss), median(rounds, &Figures::scan),
               median(rounds, &Figures::reverse));
}

void shuffle(Keys& keys, test::Random& random) {
    for (std::size_t i = keys.size(); i > 1; --i) {
        std::swap(keys[i - 1], keys[random.below(i)]);
    }
}

void measure_structures(std::size_t count, int rounds, test::Random& random) {
    Keys hex;
    Keys ascending;
    for (std::size_t i = 0; i < count; ++i) {
        hex.push_back(fmt::format("{:016x}", random.next()));
        ascending.push_back(fmt::format("{:016}", i));
    }
    Keys decimal = ascending;
    shuffle(decimal, random);
    Keys hex_wanted = hex;
    shuffle(hex_wanted, random);
    const std::vector<std::pair<const char*, std::pair<const Keys*, const Keys*>>> cases = {
        {"random hex", {&hex, &hex_wanted}},
        {"ascending", {&ascending, &decimal}},
        {"padded decimal", {&decimal, &decimal}},
    };
    fmt::print("{:<28} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "ns per entry", "insert", "get", "miss",
               "scan", "reverse");
    for (const auto& [name, keys] : cases) {
        std::vector<Figures> ours;
        std::vector<Figures> theirs;
        for (int round = 0; round < rounds; ++round) {
            ours.push_back(measure_memtable(*keys.first, *keys.second));
            theirs.push_back(measure_map(*keys.first, *keys.second));
        }
        print(fmt::format("{}, memtable", name), ours);
        print(fmt::format("{}, std::map", name), theirs);
    }
}

// What merging and visibility add to a scan: the same entries, spread over some memtables.
void measure_cursors(std::size_t count, int rounds, test::Random& random) {
    for (const std::size_t inputs : {1U, 2U, 5U}) {
        std::vector<std::unique_ptr<Memtable>> memtables;
        for (std::size_t input = 0; input < inputs; ++input) {
            Keys keys;
            for (std::size_t i = 0; i < count / inputs; ++i) {
                keys.push_back(fmt::format("{:016x}", random.next()));
            }
            memtables.push_back(fill(keys, input * count));
        }
        std::vector<double> forward;
        std::vector<double> reverse;
        for (int round = 0; round < rounds; ++round) {
            for (const bool back : {false, true}) {
                std::vector<std::unique_ptr<Cursor>> cursors;
                for (const auto& memtable : memtables) {
                    cursors.push_back(memtable->cursor());
                }
                VisibleCursor cursor{merge_cursors(std::move(cursors)), sequence_max,
                                     VisibleBounds{.reverse = back}};
                std::size_t found = 0;
                (back ? reverse : forward).push_back(nanoseconds_each(count, [&] {
                    while (truth(cursor.next())) {
                        ++found;
                    }
                }));
                expect(found == count / inputs * inputs, "visible");
            }
        }
        std::ranges::sort(forward);
        std::ranges::sort(reverse);
        fmt::print("visible over {} memtables: {:.1f} ns per key forward, {:.1f} reverse\n", inputs,
                   forward[forward.size() / 2], reverse[reverse.size() / 2]);
    }
}

// One writer beside one reader, each on its own share of the processors.
void measure_together(const std::size_t count, test::Random& random) {
    Keys keys;
    for (std::size_t i = 0; i < count; ++i) {
        keys.push_back(fmt::format("{:016x}", random.next()));
    }
    const std::string value(value_size, 'v');
    Memtable memtable{0};
    std::atomic<std::size_t> inserted{0};
    double insert = 0;
    std::thread writer{[&] {
        insert = nanoseconds_each(count, [&] {
            for (std::size_t i = 0; i < count; ++i) {
                memtable.insert(Entry{.key = keys[i], .sequence = i + 1, .value = value});
                inserted.store(i + 1, std::memory_order_release);
            }
        });
    }};
    std::size_t reads = 0;
    const double begin = processor_nanoseconds();
    for (std::size_t limit = 0; limit < count; limit = inserted.load(std::memory_order_acquire)) {
        if (limit > 0) {
            expect(memtable.find(keys[random.below(limit)], sequence_max).has_value(), "beside");
            ++reads;
        }
    }
    const double spent = processor_nanoseconds() - begin;
    writer.join();
    fmt::print("one writer beside one reader: {:.0f} ns per insert, {:.0f} ns per get\n", insert,
               spent / static_cast<double>(std::max<std::size_t>(reads, 1)));
}

}  // namespace
}  // namespace strata

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 600'000;
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
    if (count == 0 || rounds < 1) {
        fmt::print(stderr, "usage: memtable_bench [ENTRIES] [ROUNDS]\n");
        return 2;
    }
    strata::test::Random random{strata::test::test_seed(1)};
    fmt::print("{} entries of 16 + {} bytes, STRATA_SEED={}, median of {}\n", count,
               strata::value_size, random.seed(), rounds);
    strata::measure_structures(count, rounds, random);
    strata::measure_cursors(count, rounds, random);
    strata::measure_together(count, random);
    return 0;
}
