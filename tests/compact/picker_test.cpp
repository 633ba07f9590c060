// SPDX-License-Identifier: Apache-2.0
// Proves what the picker decides, with text cases for each rule, and what its decisions amount to:
// simulated loads count the bytes written, the runs and the space that they lead to.
#include "compact/picker.hpp"

#include "support/datadriven.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <sstream>

using namespace strata;
using namespace strata::test;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

/// Runs written as text: lines "tier: tables", with "busy" behind the tier. A table is
/// NUMBER:KEY-KEY, behind it in any order *MIB (64), =ENTRIES/DELETES (100/0), @SEQUENCE (1).
struct ParsedShape {
    std::deque<TableFacts> facts{};
    VersionShape shape{};
};

TableFacts parse_table(const std::string& word) {
    TableFacts table{.length = 64 * mib, .sequence_max = 1, .entries = 100};
    std::istringstream in{word};
    char mark = 0;
    std::string keys;
    in >> table.number >> mark;
    while (in.peek() != std::istringstream::traits_type::eof() &&
           std::string{"*=@"}.find(static_cast<char>(in.peek())) == std::string::npos) {
        keys.push_back(static_cast<char>(in.get()));
    }
    while (in >> mark) {
        if (mark == '*') {
            in >> table.length;
            table.length *= mib;
        } else if (mark == '=') {
            in >> table.entries >> mark >> table.deletes;
        } else {
            in >> table.sequence_max;
        }
    }
    const std::size_t dash = keys.find('-');
    REQUIRE_MESSAGE(dash != std::string::npos, word);
    table.key_min = keys.substr(0, dash);
    table.key_max = keys.substr(dash + 1);
    return table;
}

std::unique_ptr<ParsedShape> parse_shape(const std::vector<std::string>& lines) {
    auto parsed = std::make_unique<ParsedShape>();
    for (const std::string& line : lines) {
        std::istringstream words{line};
        RunShape run;
        words >> run.tier;
        for (std::string word; words >> word;) {
            if (word == "busy") {
                run.busy = true;
            } else if (word != ":") {
                run.tables.push_back(&parsed->facts.emplace_back(parse_table(word)));
            }
        }
        REQUIRE_MESSAGE(!run.tables.empty(), line);
        parsed->shape.push_back(std::move(run));
    }
    return parsed;
}

std::string numbers(const std::vector<std::uint64_t>& list) {
    return list.empty() ? "nothing" : fmt::format("{}", fmt::join(list, " "));
}

std::string to_text(const std::optional<Plan>& plan) {
    if (!plan) {
        return "nothing";
    }
    constexpr const char* reasons[] = {"tier", "space", "tombstones", "manual"};
    return fmt::format("runs {} to {} -> tier {}{}, because of {}\nrewrite {}\nkeep {}",
                       plan->first, plan->first + plan->count - 1, plan->tier,
                       plan->oldest ? " oldest" : "",
                       reasons[static_cast<std::size_t>(plan->reason)], numbers(plan->rewrite),
                       numbers(plan->keep));
}

std::string pick_case(const Case& test) {
    const auto parsed = parse_shape(test.lines());
    return to_text(
        pick(parsed->shape, PickOptions{.space_amp = std::stod(test.one("space_amp", "1.25")),
                                        .droppable = test.number("droppable", sequence_max),
                                        .idle = test.has("idle")}));
}

/// A store of numbered keys of one byte length. Flushes come in, the picker is obeyed at once, and
/// every byte is counted. A key stands for 1 MiB.
class Simulation {
  public:
    explicit Simulation(std::uint64_t flush_keys)
        : options_{.flush_bytes = flush_keys * mib, .table_bytes = 64 * mib} {}

    void flush(std::vector<std::uint32_t> keys) {
        user_ += keys.size();
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        runs_.push_front(Run{.tier = 0, .tables = cut(keys)});
        while (const auto plan = pick(shape(), options_)) {
            apply(*plan);
            REQUIRE(++plans_ < 100'000);
        }
        runs_max_ = std::max(runs_max_, runs_.size());
    }

    [[nodiscard]] std::string summary(std::uint64_t live) const {
        std::uint64_t stored = 0;
        for (const Run& run : runs_) {
            for (const Table& table : run.tables) {
                stored += table.keys.size();
            }
        }
        return fmt::format("write {:.2f} runs {} space {:.2f}",
                           static_cast<double>(written_) / static_cast<double>(user_), runs_max_,
                           static_cast<double>(stored) / static_cast<double>(live));
    }

  private:
    struct Table {
        std::vector<std::uint32_t> keys{};
        TableFacts facts{};
    };
    struct Run {
        std::uint32_t tier = 0;
        std::deque<Table> tables{};
    };

    static std::string key_name(std::uint32_t key) { return fmt::format("{:08}", key); }

    std::deque<Table> cut(const std::vector<std::uint32_t>& keys) {
        written_ += keys.size();
        std::deque<Table> tables;
        for (std::size_t at = 0; at < keys.size(); at += 64) {
            const std::size_t end = std::min(keys.size(), at + 64);
            Table table;
            table.keys.assign(keys.begin() + static_cast<std::ptrdiff_t>(at),
                              keys.begin() + static_cast<std::ptrdiff_t>(end));
            table.facts = TableFacts{.number = ++number_,
                                     .length = table.keys.size() * mib,
                                     .entries = table.keys.size(),
                                     .key_min = key_name(table.keys.front()),
                                     .key_max = key_name(table.keys.back())};
            tables.push_back(std::move(table));
        }
        return tables;
    }

    [[nodiscard]] VersionShape shape() const {
        VersionShape shape;
        for (const Run& run : runs_) {
            RunShape& one = shape.emplace_back();
            one.tier = run.tier;
            for (const Table& table : run.tables) {
                one.tables.push_back(&table.facts);
            }
        }
        return shape;
    }

    void apply(const Plan& plan) {
        std::vector<std::uint32_t> merged;
        std::deque<Table> output;
        const auto begin = runs_.begin() + static_cast<std::ptrdiff_t>(plan.first);
        const auto end = begin + static_cast<std::ptrdiff_t>(plan.count);
        for (auto run = begin; run != end; ++run) {
            for (Table& table : run->tables) {
                if (std::ranges::find(plan.keep, table.facts.number) != plan.keep.end()) {
                    output.push_back(std::move(table));
                } else {
                    std::ranges::copy(table.keys, std::back_inserter(merged));
                }
            }
        }
        std::ranges::sort(merged);
        merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
        // Cut where kept tables lie between.
        std::vector<std::uint32_t> starts;
        for (const Table& table : output) {
            starts.push_back(table.keys.front());
        }
        std::ranges::sort(starts);
        std::vector<std::uint32_t> piece;
        auto start = starts.begin();
        const auto close = [&] {
            std::ranges::move(cut(piece), std::back_inserter(output));
            piece.clear();
        };
        for (const std::uint32_t key : merged) {
            while (start != starts.end() && *start < key) {
                ++start;
                close();
            }
            piece.push_back(key);
        }
        close();
        std::ranges::sort(output, {}, [](const Table& table) { return table.keys.front(); });
        const auto place = runs_.erase(begin, end);
        runs_.insert(place, Run{.tier = plan.tier, .tables = std::move(output)});
    }

    PickOptions options_;
    std::deque<Run> runs_{};
    std::uint64_t number_ = 0;
    std::uint64_t user_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t plans_ = 0;
    std::size_t runs_max_ = 0;
};

/// simulate load=random keys=N flush=M flushes=F: keys drawn from N; in order: 0, 1, 2 ...; again:
/// in order, from 0 again after N.
std::string simulate(const Case& test) {
    const std::uint64_t keys = test.number("keys");
    const std::uint64_t flush = test.number("flush");
    const std::string load = test.one("load");
    Random random{1};
    Simulation simulation{flush};
    std::vector<bool> live(keys);
    std::uint64_t next = 0;
    for (std::uint64_t i = test.number("flushes"); i > 0; --i) {
        std::vector<std::uint32_t> batch;
        for (std::uint64_t k = 0; k < flush; ++k) {
            const std::uint64_t key = load == "random" ? random.below(keys) : next++ % keys;
            live[key] = true;
            batch.push_back(static_cast<std::uint32_t>(key));
        }
        simulation.flush(std::move(batch));
    }
    return simulation.summary(static_cast<std::uint64_t>(std::ranges::count(live, true)));
}

}  // namespace

TEST_CASE("picker: text cases") {
    run_cases("compact/picker.txt", [](const Case& test) -> std::string {
        if (test.command == "pick") {
            return pick_case(test);
        }
        if (test.command == "full") {
            return to_text(plan_full(parse_shape(test.lines())->shape));
        }
        REQUIRE(test.command == "simulate");
        return simulate(test);
    });
}
