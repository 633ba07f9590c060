// SPDX-License-Identifier: Apache-2.0
// Proves that rounds of crashes find what is lost and nothing else: on a good store they find
// nothing; on stores that acknowledge too early, tear batches or bring back what was refused they
// do. $STRATA_LONG=1 runs many rounds.
#include "stress/crash_kill.hpp"

#include "stress/forwarding_store.hpp"
#include "stress/power_cut.hpp"
#include "stress/verify_generator.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include "entry/operation.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

using test::must;

std::uint64_t rounds(std::uint64_t some) {
    constexpr std::uint64_t times = 50;
    return std::getenv("STRATA_LONG") != nullptr ? some * times : some;
}

/// Acknowledges a batch before it is written: in groups of five.
class EagerStore : public ForwardingStore {
  public:
    explicit EagerStore(std::unique_ptr<Store> store)
        : ForwardingStore{std::move(store)}, last_{base().last_sequence()} {}

    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override {
        const std::lock_guard lock{mutex_};
        waiting_.push_back(batch);
        last_ += batch.operations();
        if (waiting_.size() == 5) {
            for (const Batch& one : std::exchange(waiting_, {})) {
                static_cast<void>(STRATA_TRY(base().write(one, options)));
            }
        }
        return last_;
    }

  private:
    std::mutex mutex_{};
    std::vector<Batch> waiting_{};
    Sequence last_;
};

/// Says that a batch is durable when it is not.
class LyingStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    Result<Sequence> write(const Batch& batch, const WriteOptions&) override {
        return base().write(batch, {.sync = SyncMode::none()});
    }
};

/// Writes a batch operation by operation.
class TearingStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override {
        const std::lock_guard lock{mutex_};
        OperationReader reader{batch.encoded()};
        strata::Entry entry;
        Sequence last = 0;
        while (reader.next(entry)) {
            Batch one;
            STRATA_TRY(entry.kind == Kind::del ? one.del(entry.key)
                                               : one.put(entry.key, entry.value));
            last = STRATA_TRY(base().write(one, options));
        }
        return last;
    }

  private:
    std::mutex mutex_{};
};

/// Refuses a batch now and then, but has written it.
class TwoFacedStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override {
        const auto last = STRATA_TRY(base().write(batch, options));
        constexpr Sequence often = 7;
        if (last % often == 0) {
            return Error{ErrorCode::no_space, "made up"};
        }
        return last;
    }
};

template <typename Wrapper>
std::unique_ptr<Store> wrap(std::unique_ptr<Store> store) {
    return std::make_unique<Wrapper>(std::move(store));
}

KillSpec kill_spec(const test::TempDir& directory, std::uint64_t seed) {
    KillSpec spec;
    const std::string path = directory.path("store");
    spec.open = [path](const Options& options) { return open(path, options); };
    spec.seed = seed;
    spec.engine = [](std::uint64_t one) { return random_store_options(one); };
    return spec;
}

PowerCutSpec cut_spec(std::uint64_t seed) {
    PowerCutSpec spec;
    spec.seed = seed;
    spec.engine = [](std::uint64_t one) { return random_store_options(one); };
    return spec;
}

/// What the rounds of a spec find; at most `most` rounds.
std::string found(const PowerCutSpec& spec, std::uint64_t most, CrashTally& tally) {
    PowerCutRounds lives{spec};
    for (std::uint64_t i = 0; i < most && lives.wrong().empty(); ++i) {
        lives.round();
    }
    tally = lives.tally();
    return lives.wrong();
}

}  // namespace

TEST_CASE("a killed process loses nothing") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    const test::TempDir directory{"crash"};
    KillRounds killing{kill_spec(directory, seed)};
    const std::uint64_t count = rounds(8);
    for (std::uint64_t i = 0; i < count; ++i) {
        must(killing.round());
        REQUIRE(killing.wrong() == "");
    }
    CHECK(killing.tally().acknowledged > count * 10);
    CHECK(killing.tally().in_doubt == count * 4);
}

TEST_CASE("a process that acknowledges too early is found out") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    const test::TempDir directory{"crash"};
    KillSpec spec = kill_spec(directory, seed);
    spec.open = [open = spec.open](const Options& options) -> Result<std::unique_ptr<Store>> {
        auto store = STRATA_TRY(open(options));
        return options.read_only ? std::move(store) : wrap<EagerStore>(std::move(store));
    };
    KillRounds killing{spec};
    for (int i = 0; i < 20 && killing.wrong().empty(); ++i) {
        must(killing.round());
    }
    INFO(killing.wrong());
    CHECK_FALSE(killing.wrong().empty());
    CHECK(killing.tally().lost == 1);
}

TEST_CASE("power cuts lose nothing that was durable, with and without faults") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    CrashTally tally;
    PowerCutSpec spec = cut_spec(seed);
    CHECK(found(spec, rounds(10), tally) == "");
    CHECK(tally.cycles > rounds(10) * 10);
    CHECK(tally.torn_tails > 0);
    spec.cuts = 0;
    spec.writers = 1;
    spec.batches = 40;
    CHECK(found(spec, rounds(3), tally) == "");
    CHECK(tally.cycles > rounds(3) * 40);
    spec = cut_spec(seed);
    spec.only_torn = true;
    spec.error_rate = 0.004;
    CHECK(found(spec, rounds(10), tally) == "");
    CHECK(tally.faults > 0);
    CHECK(tally.refused > 0);
}

TEST_CASE("a full disk loses nothing that was acknowledged") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    CrashTally tally;
    PowerCutSpec spec = cut_spec(seed);
    spec.no_space = true;
    // Small memtables, so that files are made all the time.
    spec.engine = [](std::uint64_t one) {
        Options options = random_store_options(one);
        options.memtable_size = std::size_t{2} << 10;
        return options;
    };
    CHECK(found(spec, rounds(8), tally) == "");
    CHECK(tally.refused > 0);
}

TEST_CASE("stores that go wrong in a power cut are found out") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    CrashTally tally;
    PowerCutSpec spec = cut_spec(seed);
    spec.wrap = wrap<LyingStore>;
    CHECK(found(spec, 10, tally).find("was acknowledged") != std::string::npos);
    CHECK(tally.lost == 1);
    spec.wrap = wrap<TearingStore>;
    CHECK(found(spec, 10, tally) != "");
    spec.wrap = wrap<EagerStore>;
    CHECK(found(spec, 10, tally) != "");
    spec.wrap = wrap<TwoFacedStore>;
    spec.no_space = true;
    CHECK(found(spec, 10, tally) != "");
}

}  // namespace strata::tools
