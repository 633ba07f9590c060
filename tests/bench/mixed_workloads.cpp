// SPDX-License-Identifier: Apache-2.0
// Workloads that read and write: a reader beside a writer, and the six of the Yahoo! Cloud Serving
// Benchmark (Cooper, Silberstein, Tam, Ramakrishnan, Sears: Benchmarking cloud serving systems with
// YCSB, 2010) by one thread.
#include "harness.hpp"

#include "stress/distribution.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

namespace strata::bench {

namespace {

/// One thread reads a loaded store while another overwrites random keys without pause. The
/// operations counted are the reads.
Outcome read_while_writing(const Setup& setup) {
    auto engine = open_loaded(setup);
    auto reader = engine->reader();
    const auto picks = uniform_picks(setup.seed + 1, 2 * setup.entries, setup.entries);
    std::uint64_t sum = 0;
    const auto get = [&](std::uint64_t place) {
        get_live(*reader, live_number(picks[place]), setup.value_size, sum);
    };
    for (std::uint64_t place = 0; place < setup.entries; ++place) {
        get(place);
    }
    std::atomic<bool> stop{false};
    std::uint64_t writes = 0;
    Outcome outcome;
    outcome.digest = digest(picks);
    const WriteCost cost;
    const Stopwatch watch;
    std::thread writer{[&] {
        Values values{setup.seed + 2, setup.value_size};
        Random random{setup.seed + 2};
        while (!stop.load(std::memory_order_relaxed)) {
            engine->put(live_key(random.below(setup.entries)), values.next());
            ++writes;
        }
    }};
    outcome.timings = timed(setup.ticks_per_second, setup.entries,
                            [&](std::uint64_t index) { get(setup.entries + index); });
    outcome.seconds = watch.seconds();
    stop = true;
    writer.join();
    outcome.operations = setup.entries;
    outcome.more = {{"writes_per_s", static_cast<double>(writes) / watch.seconds()}};
    reader.reset();
    cost.finish(std::move(engine), setup, writes * (key_bytes + setup.value_size), outcome);
    return outcome;
}

struct Step {
    enum class Kind : std::uint8_t { read, update, insert, scan, read_modify_write };
    Kind kind = Kind::read;
    std::uint8_t length = 0;   ///< of a scan, in entries
    std::uint32_t number = 0;  ///< of a key
};

/// What the six workloads differ in. Shares in percent.
struct Mix {
    unsigned reads = 0;
    unsigned updates = 0;
    unsigned inserts = 0;
    unsigned scans = 0;
    unsigned read_modify_writes = 0;
    bool latest = false;  ///< keys inserted lately are chosen most often, else by Zipf's law alone
};

constexpr Mix mixes[] = {
    {.reads = 50, .updates = 50},
    {.reads = 95, .updates = 5},
    {.reads = 100},
    {.reads = 95, .inserts = 5, .latest = true},
    {.inserts = 5, .scans = 95},
    {.reads = 50, .read_modify_writes = 50},
};

/// The steps of a run, made before it: nobody's time goes into choosing. Records are numbered by
/// their age; those of the loaded store are the live keys in an order of their own, later ones are
/// absent keys among them.
class Steps {
  public:
    Steps(const Setup& setup, const Mix& mix)
        : entries_{setup.entries},
          mix_{mix},
          random_{setup.seed + 3},
          place_{setup.entries, setup.seed + 4},
          chooser_{{.kind = mix.latest ? tools::DistributionSpec::Kind::latest
                                       : tools::DistributionSpec::Kind::zipf},
                   setup.entries} {}

    std::vector<Step> make(std::uint64_t count) {
        std::vector<Step> steps;
        for (std::uint64_t index = 0; index < count; ++index) {
            steps.push_back(next());
        }
        return steps;
    }

    [[nodiscard]] std::uint64_t inserts() const { return inserts_; }

  private:
    static constexpr unsigned scan_max = 100;

    Step next() {
        Step step;
        step.kind = kind(random_.below(100));
        if (step.kind == Step::Kind::insert) {
            step.number = number(entries_ + inserts_++);
            chooser_.resize(entries_ + inserts_);
            return step;
        }
        step.number = number(chooser_.next(random_));
        if (step.kind == Step::Kind::scan) {
            step.length = static_cast<std::uint8_t>(1 + random_.below(scan_max));
        }
        return step;
    }

    [[nodiscard]] Step::Kind kind(std::uint64_t percent) const {
        const std::pair<unsigned, Step::Kind> shares[] = {
            {mix_.reads, Step::Kind::read},
            {mix_.updates, Step::Kind::update},
            {mix_.inserts, Step::Kind::insert},
            {mix_.scans, Step::Kind::scan},
        };
        for (const auto& [share, kind] : shares) {
            if (percent < share) {
                return kind;
            }
            percent -= share;
        }
        return Step::Kind::read_modify_write;
    }

    [[nodiscard]] std::uint32_t number(std::uint64_t record) const {
        return static_cast<std::uint32_t>(record < entries_
                                              ? live_number(place_(record))
                                              : absent_number(place_(record - entries_)));
    }

    std::uint64_t entries_;
    Mix mix_;
    Random random_;
    tools::Permutation place_;
    tools::KeyChooser chooser_;
    std::uint64_t inserts_ = 0;
};

/// Carries out steps on an open store.
class Client {
  public:
    Client(const Setup& setup, Engine& engine)
        : engine_{engine},
          reader_{engine.reader()},
          values_{setup.seed + 5, setup.value_size},
          value_size_{setup.value_size} {}

    void run(const Step& step) {
        switch (step.kind) {
            case Step::Kind::read:
                get_live(*reader_, step.number, value_size_, sum_);
                break;
            case Step::Kind::scan:
                scan(step);
                break;
            case Step::Kind::read_modify_write:
                get_live(*reader_, step.number, value_size_, sum_);
                [[fallthrough]];
            case Step::Kind::update:
            case Step::Kind::insert:
                engine_.put(Key{step.number}, values_.next());
                ++puts_;
                break;
        }
    }

    [[nodiscard]] std::uint64_t puts() const { return puts_; }
    [[nodiscard]] std::uint64_t scanned() const { return scanned_; }

  private:
    void scan(const Step& step) {
        const ScanTotals totals = reader_->walk(Key{step.number}, step.length);
        expect(totals.entries > 0 && totals.entries <= step.length &&
                   totals.bytes == totals.entries * (key_bytes + value_size_),
               "entries or bytes of a short scan");
        scanned_ += totals.entries;
    }

    Engine& engine_;
    std::unique_ptr<Reader> reader_;
    Values values_;
    std::size_t value_size_;
    std::uint64_t puts_ = 0;
    std::uint64_t scanned_ = 0;
    std::uint64_t sum_ = 0;
};

template <char name>
Outcome ycsb(const Setup& setup) {
    const Mix& mix = mixes[name - 'a'];
    const std::uint64_t count =
        std::max(std::uint64_t{1}, mix.scans > 0 ? setup.entries / 5 : setup.entries);
    Steps maker{setup, mix};
    const std::vector<Step> steps = maker.make(count);
    auto engine = open_loaded(setup);
    expect(engine->scan(false).entries == setup.entries, "entries of a scan");
    std::optional<Client> client{std::in_place, setup, *engine};
    for (std::uint32_t index : random_order(setup.seed + 6, setup.entries)) {
        client->run({.number = static_cast<std::uint32_t>(live_number(index))});
    }
    Outcome outcome;
    const WriteCost cost;
    run_threads(1, outcome, [&](unsigned /*thread*/) {
        return timed(setup.ticks_per_second, count,
                     [&](std::uint64_t index) { client->run(steps[index]); });
    });
    for (const Step& step : steps) {
        outcome.digest = tools::mix_bits(outcome.digest + step.number +
                                         (static_cast<std::uint64_t>(step.kind) << 40U));
    }
    // Every engine must have found as many entries in its short scans and have kept the new keys.
    outcome.digest += client->scanned();
    expect(engine->scan(false).entries == setup.entries + maker.inserts(), "entries after the run");
    const std::uint64_t puts = client->puts();
    client.reset();
    cost.finish(std::move(engine), setup, puts * (key_bytes + setup.value_size), outcome);
    return outcome;
}

constexpr Workload list[] = {
    {"readwhilewriting", read_while_writing, true},
    {"ycsba", ycsb<'a'>, true},
    {"ycsbb", ycsb<'b'>, true},
    {"ycsbc", ycsb<'c'>, true},
    {"ycsbd", ycsb<'d'>, true},
    {"ycsbe", ycsb<'e'>, true},
    {"ycsbf", ycsb<'f'>, true},
};

}  // namespace

std::span<const Workload> mixed_workloads() { return list; }

}  // namespace strata::bench
