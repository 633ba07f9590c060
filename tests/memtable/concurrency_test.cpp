// SPDX-License-Identifier: Apache-2.0
// Proves that readers beside the writer see every published version, never a wrong one, and that
// cursors walk in order: threads run for a fixed number of insertions, and every answer is checked
// against what the writer had published before the question.
#include "memtable/memtable.hpp"

#include "support/builders.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace strata {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr std::size_t insertions = 60'000;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr std::size_t insertions = 60'000;
#else
constexpr std::size_t insertions = 300'000;
#endif
#else
constexpr std::size_t insertions = 300'000;
#endif

// Doctest's assertions are not for several threads: each thread reports what it saw wrong first.
struct Shared {
    std::vector<std::string> keys;
    Memtable memtable{0};
    std::atomic<Sequence> published{0};  // sequence s is key s - 1 of keys
    std::atomic<const char*> wrong{nullptr};
    std::atomic<std::uint64_t> reads{0};

    void expect(bool condition, const char* what) {
        if (!condition) {
            wrong.store(what);
        }
    }
    [[nodiscard]] bool running(Sequence seen) const {
        return seen < keys.size() && wrong.load() == nullptr;
    }
};

void write(Shared& shared) {
    for (std::size_t i = 0; i < shared.keys.size() && shared.wrong.load() == nullptr; ++i) {
        shared.memtable.insert(
            Entry{.key = shared.keys[i], .sequence = i + 1, .value = shared.keys[i]});
        shared.published.store(i + 1, std::memory_order_release);
    }
}

// Half of the questions are for the newest keys, whose chunks are changing.
void find(Shared& shared, std::uint64_t seed) {
    test::Random random{seed};
    std::uint64_t reads = 0;
    for (Sequence at = 0; shared.running(at);
         at = shared.published.load(std::memory_order_acquire)) {
        if (at == 0) {
            std::this_thread::yield();
            continue;
        }
        const Sequence wanted =
            random.one_in(2) ? random.between(1, at) : at - random.below(at < 64 ? at : 64);
        const std::string& key = shared.keys[wanted - 1];
        const auto found = shared.memtable.find(key, at);
        shared.expect(found.has_value(), "a published version is missing");
        if (found) {
            shared.expect(found->key == key && found->value == key, "wrong bytes");
            shared.expect(found->sequence >= wanted && found->sequence <= at, "wrong version");
        }
        shared.expect(!shared.memtable.find(key + '!', at), "an absent key was found");
        ++reads;
    }
    shared.reads.fetch_add(reads);
}

// A walk meets all that was published before it began, in order.
void walk(Shared& shared, std::uint64_t seed) {
    test::Random random{seed};
    const auto cursor = shared.memtable.cursor();
    for (Sequence at = 0; shared.running(at);) {
        at = shared.published.load(std::memory_order_acquire);
        const bool forward = random.one_in(2);
        Sequence seen = 0;
        test::Version before;
        auto more = forward ? cursor->seek_first() : cursor->seek_last();
        while (more && *more && shared.wrong.load() == nullptr) {
            const test::Version here = test::to_version(cursor->entry());
            shared.expect(before.key.empty() || (forward ? before < here : here < before),
                          "out of order");
            shared.expect(here.value == here.key, "wrong bytes in a walk");
            seen += here.sequence <= at ? 1 : 0;
            before = here;
            more = forward ? cursor->next() : cursor->prev();
        }
        shared.expect(seen == at || shared.wrong.load() != nullptr, "a walk missed a version");
    }
}

void run(Shared& shared, std::uint64_t seed) {
    std::thread readers[] = {std::thread{[&] { find(shared, seed + 1); }},
                             std::thread{[&] { find(shared, seed + 2); }},
                             std::thread{[&] { walk(shared, seed + 3); }}};
    write(shared);
    for (std::thread& reader : readers) {
        reader.join();
    }
    const char* const wrong = shared.wrong.load();
    CHECK_MESSAGE(wrong == nullptr, (wrong != nullptr ? wrong : ""));
    MESSAGE(shared.reads.load(), " lookups beside ", shared.keys.size(), " insertions");
}

TEST_CASE("one writer, two that look up, one that walks: random keys") {
    test::Random random{test::test_seed(3)};
    INFO("STRATA_SEED=", random.seed());
    Shared shared;
    for (std::size_t i = 0; i < insertions; ++i) {
        shared.keys.push_back(random.bytes(random.between(4, 16)));
    }
    run(shared, random.seed());
}

TEST_CASE("one writer, two that look up, one that walks: few keys, in one region") {
    test::Random random{test::test_seed(4)};
    INFO("STRATA_SEED=", random.seed());
    Shared shared;
    for (std::size_t i = 0; i < insertions / 2; ++i) {
        // A region that grows slowly makes all threads meet in the same chunks.
        shared.keys.push_back("user:" + std::to_string(i / 100 + random.below(50)));
    }
    run(shared, random.seed());
}

TEST_CASE("one writer, two that look up, one that walks: ascending keys") {
    Shared shared;
    for (std::size_t i = 0; i < insertions; ++i) {
        shared.keys.push_back("k" + std::to_string(1'000'000 + i));
    }
    run(shared, 5);
}

}  // namespace
}  // namespace strata
