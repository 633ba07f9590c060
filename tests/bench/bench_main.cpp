// SPDX-License-Identifier: Apache-2.0
// Runs one workload of one engine in this process and prints one line of JSON. tests/bench/run
// starts it once for every engine, workload and round.
#include "engine.hpp"
#include "process.hpp"
#include "workload.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace strata::bench {

namespace {

constexpr const char* usage_text =
    "engine_bench --list\n"
    "engine_bench --engine NAME --workload NAME --dir EMPTY_DIRECTORY [--entries N]\n"
    "             [--sync-entries N] [--value-size BYTES] [--memory BYTES] [--scale F]\n"
    "             [--seed N] [--verify yes]\n";

/// What the block cache gets at least, however small --memory is.
constexpr std::size_t cache_bytes_min = std::size_t{8} << 20;

template <typename Item>
const Item& named(std::span<const Item> items, std::string_view name) {
    for (const Item& item : items) {
        if (item.name == name) {
            return item;
        }
    }
    fail(name, "no engine or workload of that name; see --list");
}

template <typename Number>
Number number(std::string_view option, std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        fail(option, fmt::format("expected a number, found '{}'", text));
    }
    return value;
}

struct Request {
    Setup setup;
    const Workload* workload = nullptr;
};

void apply(Request& request, std::string_view option, std::string_view value) {
    Setup& setup = request.setup;
    if (option == "--engine") {
        setup.kind = &named(engine_kinds(), value);
    } else if (option == "--workload") {
        request.workload = &named(workloads(), value);
    } else if (option == "--dir") {
        setup.engine.directory = value;
    } else if (option == "--entries") {
        setup.entries = number<std::uint32_t>(option, value);
    } else if (option == "--sync-entries") {
        setup.sync_entries = number<std::uint32_t>(option, value);
    } else if (option == "--value-size") {
        setup.value_size = number<std::uint32_t>(option, value);
    } else if (option == "--memory") {
        const auto memory = number<std::size_t>(option, value);
        const std::size_t memtables = 2 * setup.engine.memtable_bytes;
        setup.engine.cache_bytes = std::max(memory, memtables + cache_bytes_min) - memtables;
    } else if (option == "--scale") {
        setup.scale = number<double>(option, value);
    } else if (option == "--verify") {
        setup.verify = value == "yes";
    } else if (option == "--seed") {
        setup.seed = number<std::uint64_t>(option, value);
    } else {
        fail(option, "no such option; see --help");
    }
}

Request parse(std::span<char*> arguments) {
    Request request;
    for (std::size_t index = 0; index < arguments.size(); index += 2) {
        if (index + 1 == arguments.size()) {
            fail(arguments[index], "its value is missing");
        }
        apply(request, arguments[index], arguments[index + 1]);
    }
    const Setup& setup = request.setup;
    if (setup.kind == nullptr || request.workload == nullptr || setup.engine.directory.empty()) {
        fail("arguments", "--engine, --workload and --dir are needed");
    }
    if (setup.entries == 0 || setup.sync_entries == 0) {
        fail("arguments", "--entries and --sync-entries are at least 1");
    }
    return request;
}

void list() {
    fmt::print("{{\"compiler\":\"{} {}\",\"build_type\":\"{}\",\"engines\":{{",
#if defined(__clang__)
               "clang", __clang_version__,
#else
               "g++", __VERSION__,
#endif
               STRATA_BENCH_BUILD_TYPE);
    const char* separator = "";
    for (const EngineKind& kind : engine_kinds()) {
        fmt::print("{}\"{}\":\"{}\"", separator, kind.name, kind.version);
        separator = ",";
    }
    fmt::print("}},\"workloads\":{{");
    separator = "";
    for (const Workload& workload : workloads()) {
        fmt::print("{}\"{}\":{{\"loaded\":{}}}", separator, workload.name, workload.loaded);
        separator = ",";
    }
    fmt::print("}}}}\n");
}

void print(const Outcome& outcome, const TickRate& rate) {
    const auto operations = static_cast<double>(outcome.operations);
    fmt::print(
        "{{\"operations\":{},\"seconds\":{:.6f},\"ops_per_s\":{:.1f},"
        "\"cpu_us_per_op\":{:.4f}",
        outcome.operations, outcome.seconds, operations / outcome.seconds,
        outcome.cpu_seconds * 1e6 / operations);
    const Histogram& latency = outcome.timings.latency;
    if (latency.total() > 0) {
        const double microseconds = rate.nanoseconds_per_tick() / 1000;
        const auto at = [&](std::uint64_t duration) {
            return static_cast<double>(duration) * microseconds;
        };
        fmt::print(",\"p50_us\":{:.3f},\"p99_us\":{:.3f},\"max_us\":{:.1f}",
                   at(latency.quantile(0.5)), at(latency.quantile(0.99)), at(latency.max()));
    }
    if (const auto worst = outcome.timings.worst_second()) {
        fmt::print(",\"worst_second_per_s\":{}", *worst);
    }
    if (outcome.bytes_written_per_user_byte) {
        fmt::print(",\"written_per_user_byte\":{:.3f}", *outcome.bytes_written_per_user_byte);
    }
    fmt::print(",\"disk_mb\":{:.2f},\"peak_mb\":{:.1f},\"digest\":\"{:016x}\",\"more\":{{",
               static_cast<double>(outcome.disk_bytes) / 1e6,
               static_cast<double>(outcome.peak_bytes) / 1e6, outcome.digest);
    const char* separator = "";
    for (const auto& [name, value] : outcome.more) {
        fmt::print("{}\"{}\":{:.4f}", separator, name, value);
        separator = ",";
    }
    fmt::print("}}}}\n");
}

int run(std::span<char*> arguments) {
    if (arguments.empty() || std::string_view{arguments.front()} == "--help") {
        fmt::print("{}", usage_text);
        return arguments.empty() ? 2 : 0;
    }
    if (std::string_view{arguments.front()} == "--list") {
        list();
        return 0;
    }
    const TickRate rate;
    Request request = parse(arguments);
    request.setup.ticks_per_second = ticks_per_second();
    print(request.workload->run(request.setup), rate);
    return 0;
}

}  // namespace

}  // namespace strata::bench

int main(int argc, char** argv) {
    return strata::bench::run({argv + 1, static_cast<std::size_t>(argc - 1)});
}
