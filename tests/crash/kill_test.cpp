// SPDX-License-Identifier: Apache-2.0
// Proves that a killed process loses nothing that it acknowledged, in whatever mode, and tears no
// batch. A child, this program again, writes with several threads into a store with tiny
// memtables, and tells before and after each write in memory that it shares with the parent. The
// parent kills it at a random moment, also while it opens, and holds the store against that.
#include <strata/store.hpp>

#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

constexpr std::size_t writers = 4;
constexpr std::size_t groups_per_writer = 8;
constexpr std::size_t groups = writers * groups_per_writer;
constexpr std::size_t keys_per_group = 3;
constexpr std::uint64_t delete_every = 5;

/// The oracle, in a file outside of the store that the child maps. A group is a few keys that one
/// thread always writes in one batch, with the same version.
struct Oracle {
    struct Group {
        std::atomic<std::uint64_t> tried;
        std::atomic<std::uint64_t> acknowledged;
    };
    std::array<Group, groups> group;
    std::atomic<std::uint64_t> acknowledgements;
    std::atomic<std::uint64_t> opening;  ///< children that are about to open
    std::atomic<std::uint64_t> opened;   ///< children that have opened
    std::atomic<std::uint64_t> errors;   ///< of children
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

class SharedOracle {
  public:
    explicit SharedOracle(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        REQUIRE(file >= 0);
        REQUIRE(::ftruncate(file, sizeof(Oracle)) == 0);
        void* memory = ::mmap(nullptr, sizeof(Oracle), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        ::close(file);
        REQUIRE(memory != MAP_FAILED);
        oracle_ = static_cast<Oracle*>(memory);
    }
    SharedOracle(const SharedOracle&) = delete;
    SharedOracle& operator=(const SharedOracle&) = delete;
    ~SharedOracle() { ::munmap(oracle_, sizeof(Oracle)); }
    Oracle* operator->() const { return oracle_; }

  private:
    Oracle* oracle_ = nullptr;
};

std::string key_of(std::size_t group, std::size_t number) {
    return "g" + std::to_string(group) + "/" + std::to_string(number);
}
bool is_delete(std::uint64_t version) { return version % delete_every == 0; }

/// The value tells version and length, so that a torn one is seen.
std::string value_of(std::uint64_t version, std::size_t number) {
    std::string value = std::to_string(version) + " ";
    value.append((version * 37 + number * 101) % 400, static_cast<char>('a' + version % 26));
    return value;
}

Options child_options(std::uint64_t seed) {
    Options options;
    options.memory = std::size_t{4} << 20;
    options.memtable_size = std::size_t{2048} << (seed % 4);
    options.block_size = 512;
    return options;
}

void write_for_ever(Store& store, const SharedOracle& oracle, std::size_t writer,
                    std::uint64_t seed) {
    Random random{seed * writers + writer};
    while (true) {
        const std::size_t group = writer * groups_per_writer + random.below(groups_per_writer);
        auto& known = oracle->group[group];
        const std::uint64_t version = known.tried.load() + 1;
        Batch batch;
        for (std::size_t i = 0; i < keys_per_group; ++i) {
            const std::string key = key_of(group, i);
            must(is_delete(version) ? batch.del(key) : batch.put(key, value_of(version, i)));
        }
        known.tried.store(version);
        const SyncMode mode = random.one_in(4) ? SyncMode::sync() : SyncMode::none();
        if (!store.write(batch, {.sync = mode})) {
            oracle->errors.fetch_add(1);
            return;
        }
        known.acknowledged.store(version);
        oracle->acknowledgements.fetch_add(1);
        if (random.one_in(200) && !(random.one_in(4) ? store.compact() : store.flush())) {
            oracle->errors.fetch_add(1);
        }
    }
}

/// Not run by itself: what the parent starts, with the directory and a seed in the environment.
TEST_CASE("the child that is killed" * doctest::skip()) {
    const char* directory = std::getenv("STRATA_KILL_DIRECTORY");
    REQUIRE(directory != nullptr);
    const std::uint64_t seed = test_seed(1);
    const SharedOracle oracle{std::string{directory} + "/oracle"};
    oracle->opening.fetch_add(1);
    const auto store = open(std::string{directory} + "/store", child_options(seed));
    if (!store) {
        oracle->errors.fetch_add(1);
        return;
    }
    oracle->opened.fetch_add(1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < writers; ++i) {
        threads.emplace_back([&, i] { write_for_ever(**store, oracle, i, seed); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

/// Starts the child. The parent has no thread at this moment: every store it opened is closed.
pid_t start_child(const std::string& directory, std::uint64_t seed) {
    const std::string directory_text = "STRATA_KILL_DIRECTORY=" + directory;
    const std::string seed_text = "STRATA_SEED=" + std::to_string(seed);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::execle(
            "/proc/self/exe", "kill_test", "--no-skip", "--test-case=the child that is killed",
            nullptr,
            std::array<const char*, 3>{directory_text.c_str(), seed_text.c_str(), nullptr}.data());
        ::_exit(127);
    }
    return child;
}

/// Waits until `done`, or the child ends by itself, which it never should.
template <typename Done>
bool wait_until(pid_t child, Done done) {
    while (!done()) {
        siginfo_t ended{};
        if (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            ended.si_pid == child) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
    return true;
}

/// Lets the child run to a random moment and kills it. False when it did not live until then.
bool run_and_kill(const std::string& directory, const SharedOracle& oracle, Random& random) {
    const std::uint64_t opening = oracle->opening.load();
    const std::uint64_t acknowledged = oracle->acknowledgements.load();
    const bool while_opening = random.one_in(4);
    const std::uint64_t wanted = random.between(1, 400);
    const auto pause = std::chrono::microseconds{random.below(while_opening ? 6000 : 1500)};
    const pid_t child = start_child(directory, random.next());
    const bool lived = wait_until(child, [&] {
        return while_opening ? oracle->opening.load() > opening
                             : oracle->acknowledgements.load() >= acknowledged + wanted;
    });
    std::this_thread::sleep_for(pause);
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return lived && WIFSIGNALED(status);
}

/// What a group holds, as one version; empty when its keys disagree.
std::optional<bool> has_version(Store& store, std::size_t group, std::uint64_t version) {
    std::size_t same = 0;
    for (std::size_t i = 0; i < keys_per_group; ++i) {
        const auto value = must(store.get(key_of(group, i)));
        const bool absent = version == 0 || is_delete(version);
        const std::string expected = absent ? std::string{} : value_of(version, i);
        same += absent ? (value ? 0U : 1U) : (value && value->bytes() == expected ? 1U : 0U);
    }
    if (same == keys_per_group) {
        return true;
    }
    return same == 0 ? std::optional<bool>{false} : std::nullopt;
}

/// Every group holds its last acknowledged version, or the one after, wholly.
void verify(Store& store, const SharedOracle& oracle) {
    for (std::size_t group = 0; group < groups; ++group) {
        auto& known = oracle->group[group];
        const std::uint64_t tried = known.tried.load();
        const std::uint64_t acknowledged = known.acknowledged.load();
        INFO("group ", group, " acknowledged ", acknowledged, " tried ", tried);
        REQUIRE(tried <= acknowledged + 1);
        const auto newer = has_version(store, group, tried);
        const auto older = has_version(store, group, acknowledged);
        CHECK((newer == true || older == true));
        // What was in doubt is settled now; the next child goes on from there.
        const std::uint64_t settled = newer == true ? tried : acknowledged;
        known.acknowledged.store(settled);
        known.tried.store(settled);
    }
}

void reopen_and_verify(const std::string& directory, const SharedOracle& oracle, Random& random) {
    Options options;
    // Read-only the recovery is not committed, so that the next child does it again.
    options.read_only = random.one_in(3);
    auto opened = open(directory, options);
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    Store& store = **opened;
    CHECK(!store.open_report().created);
    verify(store, oracle);
    if (random.one_in(4)) {
        CHECK(must(store.check()).findings.empty());
    }
    if (random.one_in(3)) {
        must(store.close());
    }
}

TEST_CASE("a killed process loses nothing that was acknowledged") {
    const std::uint64_t seed = test_seed(1);
    INFO("STRATA_SEED=", seed);
    const char* text = std::getenv("STRATA_KILL_CYCLES");
    const bool is_long = std::getenv("STRATA_LONG") != nullptr;
    const std::uint64_t cycles =
        text != nullptr ? std::strtoull(text, nullptr, 10) : (is_long ? 2000 : 100);
    Random random{seed};
    const TempDir directory{"kill"};
    const SharedOracle oracle{directory.path("oracle")};
    must(must(open(directory.path("store")))->close());  // The first child finds a store.
    for (std::uint64_t cycle = 0; cycle < cycles; ++cycle) {
        INFO("cycle ", cycle);
        CHECK(run_and_kill(directory.path(), oracle, random));
        reopen_and_verify(directory.path("store"), oracle, random);
        REQUIRE(oracle->errors.load() == 0);
    }
    const std::uint64_t acknowledged = oracle->acknowledgements.load();
    MESSAGE(cycles, " cycles, ", acknowledged, " acknowledged batches, ",
            oracle->opening.load() - oracle->opened.load(),
            " killed while opening, STRATA_SEED=", seed);
    CHECK(acknowledged >= cycles * 50);
    CHECK(oracle->opening.load() == cycles);
}

}  // namespace
}  // namespace strata::test
