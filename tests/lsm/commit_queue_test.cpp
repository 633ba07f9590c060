// SPDX-License-Identifier: Apache-2.0
// Proves the commit protocol without a store: one order of sequences, one status for a group, the
// three outcomes done, rejected and unknown under injected faults, and conditions judged against
// everything before them.
#include "lsm/commit_queue.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace strata {
namespace {

class Target : public CommitTarget {
  public:
    Status wait_for_room(std::size_t /*bytes*/, bool /*seals*/) override { return {}; }
    void seal(std::shared_ptr<Memtable> memtable, std::uint64_t /*last_segment*/) override {
        sealed.push_back(memtables.back());
        memtables.push_back(std::move(memtable));
    }
    void publish(Sequence sequence) override {
        CHECK(sequence >= visible.load());
        visible = sequence;
    }
    Result<std::optional<Value>> newest(Bytes key) override {
        for (auto it = memtables.rbegin(); it != memtables.rend(); ++it) {
            if (const auto found = (*it)->find(key, visible)) {
                if (found->kind == Kind::del) {
                    return std::optional<Value>{};
                }
                return std::optional<Value>{Value{found->value, found->sequence, *it}};
            }
        }
        return std::optional<Value>{};
    }

    std::vector<std::shared_ptr<Memtable>> memtables;
    std::vector<std::shared_ptr<Memtable>> sealed;
    std::atomic<Sequence> visible{0};
};

struct Fixture {
    std::shared_ptr<StrictFileSystem> disk = StrictFileSystem::create();
    std::shared_ptr<FaultFileSystem> files = FaultFileSystem::create(disk);
    std::atomic<std::uint64_t> number{1};
    StoreLog log{
        {.file_system = files.get(), .directory = "/s", .store = {}, .next_number = [this] {
             return number.fetch_add(1);
         }}};
    Target target;
    Failure failure;
    CommitQueue queue;

    explicit Fixture(std::size_t memtable_size = std::size_t{1} << 20)
        : queue{log, target, failure, {.memtable_size = memtable_size}} {
        REQUIRE(disk->create_directory("/s"));
        REQUIRE(log.start({}, 0));
        target.memtables.push_back(std::make_shared<Memtable>(0));
        queue.start(0, target.memtables.back());
    }

    Result<Sequence> put(const std::string& key, const std::string& value, bool sync = true) {
        Batch batch;
        REQUIRE(batch.put(key, value));
        return queue.write(batch, sync);
    }
};

TEST_CASE("a lone writer gets consecutive sequences, visible and durable at once") {
    Fixture fixture;
    for (Sequence i = 1; i <= 10; ++i) {
        const auto written = fixture.put("k" + std::to_string(i), "v");
        REQUIRE(written);
        CHECK(*written == i);
        CHECK(fixture.target.visible == i);
        CHECK(fixture.log.durable() == fixture.log.end());
        CHECK(fixture.log.durable_sequence() == i);
    }
    CHECK(fixture.target.memtables.back()->entries() == 10);
}

TEST_CASE("an unsynced write is visible but not durable until the next sync") {
    Fixture fixture;
    REQUIRE(fixture.put("a", "1", false));
    CHECK(fixture.target.visible == 1);
    CHECK(fixture.log.durable() < fixture.log.end());
    REQUIRE(fixture.put("b", "2", true));
    CHECK(fixture.log.durable() == fixture.log.end());
}

TEST_CASE("many writers: every sequence is given out once, and all are applied") {
    Fixture fixture{4096};
    constexpr int threads = 8;
    constexpr int writes = 200;
    std::vector<std::vector<Sequence>> given(threads);
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
        workers.emplace_back([&, t] {
            for (int i = 0; i < writes; ++i) {
                Batch batch;
                static_cast<void>(
                    batch.put("k" + std::to_string(t) + "." + std::to_string(i), "v").has_value());
                if (auto written = fixture.queue.write(batch, (i + t) % 3 != 0)) {
                    given[static_cast<std::size_t>(t)].push_back(*written);
                }
            }
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    std::vector<bool> seen(threads * writes + 1);
    for (const auto& sequences : given) {
        CHECK(sequences.size() == writes);
        CHECK(std::is_sorted(sequences.begin(), sequences.end()));
        for (const Sequence sequence : sequences) {
            REQUIRE(sequence < seen.size());
            CHECK_FALSE(seen[sequence]);
            seen[sequence] = true;
        }
    }
    std::uint64_t entries = 0;
    for (const auto& memtable : fixture.target.memtables) {
        entries += memtable->entries();
    }
    CHECK(entries == threads * writes);
    CHECK(fixture.target.sealed.size() > 2);
    fixture.queue.stop();
    CHECK(fixture.queue.last_sequence() == threads * writes);
}

TEST_CASE("a failed sync: outcome unknown, then writes are refused and nothing is written") {
    Fixture fixture;
    REQUIRE(fixture.put("a", "1"));
    fixture.files->set_decide([](const FileCall& call) {
        return call.name == "sync" ? Fault::fail_before : Fault::none;
    });
    const auto unknown = fixture.put("b", "2");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().outcome_unknown);
    CHECK(fixture.target.visible == 1);
    CHECK(fixture.failure.failed());
    fixture.files->set_decide({});
    const std::uint64_t calls = fixture.files->calls();
    const auto refused = fixture.put("c", "3");
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().outcome_unknown);
    CHECK(refused.error().code == ErrorCode::closed);
    CHECK(fixture.files->calls() == calls);
}

TEST_CASE("a failed sync tells every member of the group, and of groups behind it") {
    Fixture fixture;
    fixture.files->set_decide(
        [](const FileCall& call) { return call.name == "sync" ? Fault::fail_after : Fault::none; });
    std::atomic<int> done{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < 8; ++t) {
        workers.emplace_back([&, t] {
            Batch batch;
            static_cast<void>(batch.put("k" + std::to_string(t), "v").has_value());
            done += fixture.queue.write(batch, true) ? 1 : 0;
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    CHECK(done == 0);
    CHECK(fixture.target.visible == 0);
    CHECK(fixture.files->faults() > 0);
}

TEST_CASE("a full disk rejects cleanly, and later writes succeed") {
    Fixture fixture;
    REQUIRE(fixture.put("a", "1"));
    fixture.disk->set_capacity(fixture.disk->used_bytes());
    std::uint64_t rejected = 0;
    for (int i = 0; i < 40; ++i) {
        const auto written = fixture.put("b", std::string(20'000, 'x'), false);
        if (!written) {
            CHECK(written.error().code == ErrorCode::no_space);
            CHECK_FALSE(written.error().outcome_unknown);
            ++rejected;
        }
    }
    CHECK(rejected > 0);
    CHECK_FALSE(fixture.failure.failed());
    fixture.disk->set_capacity(0);
    const Sequence before = fixture.target.visible;
    const auto written = fixture.put("c", "3");
    REQUIRE(written);
    CHECK(*written == before + 1);
}

TEST_CASE("seal gives a new memtable, also before any later write; an empty one is kept") {
    Fixture fixture;
    REQUIRE(fixture.queue.seal());
    CHECK(fixture.target.sealed.empty());
    REQUIRE(fixture.put("a", "1"));
    REQUIRE(fixture.queue.seal());
    CHECK(fixture.target.sealed.size() == 1);
    CHECK(fixture.target.memtables.back()->empty());
    CHECK(*fixture.put("b", "2") == 2);
    CHECK(fixture.target.memtables.back()->entries() == 1);
}

TEST_CASE("conditions see every earlier write, also of their own group") {
    Fixture fixture;
    std::atomic<int> winners{0};
    std::atomic<int> conflicts{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < 8; ++t) {
        workers.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                Batch batch;
                const std::string key = "k" + std::to_string(i);
                static_cast<void>(batch.require(key, Condition::Absent{}).has_value());
                static_cast<void>(batch.put(key, std::to_string(t)).has_value());
                const auto written = fixture.queue.write(batch, i % 2 == 0);
                winners += written ? 1 : 0;
                conflicts += !written && written.error().code == ErrorCode::conflict ? 1 : 0;
            }
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    CHECK(winners == 50);
    CHECK(conflicts == 350);
    CHECK(fixture.target.visible == 50);
}

// `pairs` as batches of one put each; those whose value is empty require that the key is absent.
struct Batches {
    std::vector<Batch> batches;
    std::vector<const Batch*> pointers;

    explicit Batches(const std::vector<std::pair<std::string, std::string>>& pairs)
        : batches(pairs.size()) {
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const auto& [key, value] = pairs[i];
            bool good = batches[i].put(key, value).has_value();
            if (value.empty()) {
                good = good && batches[i].require(key, Condition::Absent{}).has_value();
            }
            if (!good) {
                throw std::logic_error{"a batch refused a small operation"};
            }
            pointers.push_back(&batches[i]);
        }
    }
};

TEST_CASE("batches written together share a sync, and each has its own outcome") {
    Fixture fixture;
    REQUIRE(fixture.put("old", "0"));
    std::uint64_t syncs = 0;
    fixture.files->set_decide([&](const FileCall& call) {
        syncs += call.name == "sync" ? 1U : 0U;
        return Fault::none;
    });
    const Batches plain{{{"a", "1"}, {"b", "2"}, {"a", "3"}}};
    const auto written = fixture.queue.write_all(plain.pointers, true);
    REQUIRE(written.size() == 3);
    CHECK(*written[0] == 2);
    CHECK(*written[2] == 4);
    CHECK(syncs == 1);
    CHECK(fixture.log.durable_sequence() == 4);

    const Batches judged{{{"old", ""}, {"new", ""}, {"new", ""}, {"c", "4"}}};
    const auto outcomes = fixture.queue.write_all(judged.pointers, true);
    REQUIRE(outcomes.size() == 4);
    CHECK(outcomes[0].error().code == ErrorCode::conflict);
    CHECK(*outcomes[1] == 5);
    CHECK(outcomes[2].error().code == ErrorCode::conflict);
    CHECK(*outcomes[3] == 6);
    CHECK(syncs == 2);
    CHECK(fixture.queue.write_all({}, true).empty());
}

TEST_CASE("several threads that write batches together lose none and mix none up") {
    Fixture fixture{4096};
    constexpr std::size_t rounds = 60;
    std::atomic<int> wrong{0};
    std::atomic<int> won{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t) {
        workers.emplace_back([&, t] {
            for (std::size_t round = 0; round < rounds; ++round) {
                const std::string name = std::to_string(t) + "." + std::to_string(round);
                const Batches batches{
                    {{"x" + name, "1"}, {"shared" + std::to_string(round), ""}, {"y" + name, "2"}}};
                const auto outcomes = fixture.queue.write_all(batches.pointers, round % 3 != 0);
                wrong += outcomes[0] && outcomes[2] && *outcomes[0] < *outcomes[2] ? 0 : 1;
                won += outcomes[1] ? 1 : 0;
            }
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    CHECK(wrong == 0);
    CHECK(won == rounds);
    CHECK(fixture.target.visible == 4 * 2 * rounds + rounds);
}

TEST_CASE("a failed sync tells every batch of those written together") {
    Fixture fixture;
    fixture.files->set_decide(
        [](const FileCall& call) { return call.name == "sync" ? Fault::fail_after : Fault::none; });
    // The condition ends the group, so that what follows has to find the store failed.
    const Batches batches{{{"a", "1"}, {"b", "2"}, {"c", ""}, {"d", "3"}}};
    const auto outcomes = fixture.queue.write_all(batches.pointers, true);
    REQUIRE(outcomes.size() == 4);
    CHECK(outcomes[0].error().outcome_unknown);
    CHECK(outcomes[1].error().outcome_unknown);
    CHECK_FALSE(outcomes[2]);
    CHECK_FALSE(outcomes[3]);
    CHECK(fixture.target.visible == 0);
}

TEST_CASE("after stop everything is refused") {
    Fixture fixture;
    REQUIRE(fixture.put("a", "1"));
    fixture.queue.stop();
    CHECK(fixture.put("b", "2").error().code == ErrorCode::closed);
    const Batches batches{{{"c", "3"}, {"d", "4"}}};
    const auto outcomes = fixture.queue.write_all(batches.pointers, true);
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[1].error().code == ErrorCode::closed);
}

TEST_CASE("a mark frame moves nothing but the log") {
    Fixture fixture;
    REQUIRE(fixture.put("a", "1"));
    CHECK(fixture.log.wants_mark());
    REQUIRE(fixture.queue.mark());
    CHECK_FALSE(fixture.log.wants_mark());
    CHECK(fixture.target.visible == 1);
    CHECK(*fixture.put("b", "2") == 2);
}

}  // namespace
}  // namespace strata
