// SPDX-License-Identifier: Apache-2.0
#include "serve/handlers.hpp"
#include "serve/problem.hpp"

#include <fmt/format.h>
#include <strata/store.hpp>

#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace strata::tools {
namespace {

// The text format of Prometheus, version 0.0.4, which collectors of OpenMetrics read as well.
constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

constexpr double million = 1e6;

enum class Kind : std::uint8_t { counter, gauge };

void append_head(std::string& out, std::string_view name, std::string_view kind,
                 std::string_view help) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, kind);
}

void append_one(std::string& out, Kind kind, std::string_view name, std::string_view help,
                std::uint64_t value) {
    append_head(out, name, kind == Kind::counter ? "counter" : "gauge", help);
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

struct StatsMetric {
    const char* name;
    const char* help;
    Kind kind;
    std::uint64_t Stats::*member;
};

constexpr StatsMetric stats_metrics[] = {
    {"strata_last_sequence", "Sequence of the last operation.", Kind::gauge, &Stats::last_sequence},
    {"strata_durable_sequence", "Operations up to this one survive a power cut.", Kind::gauge,
     &Stats::durable_sequence},
    {"strata_history_floor", "Oldest sequence that can be read at.", Kind::gauge,
     &Stats::history_floor},
    {"strata_memtables", "Memtables.", Kind::gauge, &Stats::memtables},
    {"strata_memtable_bytes", "Bytes of the memtables.", Kind::gauge, &Stats::memtable_bytes},
    {"strata_log_segments", "Segments of the log.", Kind::gauge, &Stats::log_segments},
    {"strata_log_bytes", "Bytes of the log.", Kind::gauge, &Stats::log_bytes},
    {"strata_runs", "Runs.", Kind::gauge, &Stats::runs},
    {"strata_tables", "Tables.", Kind::gauge, &Stats::tables},
    {"strata_table_bytes", "Bytes of the tables.", Kind::gauge, &Stats::table_bytes},
    {"strata_table_entries", "Entries of the tables.", Kind::gauge, &Stats::table_entries},
    {"strata_table_deletes", "Tombstones in the tables.", Kind::gauge, &Stats::table_deletes},
    {"strata_cache_bytes", "Bytes of cached blocks.", Kind::gauge, &Stats::cache_bytes},
    {"strata_cache_hits_total", "Blocks that the cache had.", Kind::counter, &Stats::cache_hits},
    {"strata_cache_misses_total", "Blocks that were read from files.", Kind::counter,
     &Stats::cache_misses},
    {"strata_memory_limit_bytes", "Bytes that the store may take.", Kind::gauge,
     &Stats::memory_limit},
    {"strata_user_written_bytes_total", "Keys and values accepted.", Kind::counter,
     &Stats::user_bytes_written},
    {"strata_log_written_bytes_total", "Bytes written to the log.", Kind::counter,
     &Stats::log_bytes_written},
    {"strata_flush_written_bytes_total", "Bytes written by flushes.", Kind::counter,
     &Stats::flush_bytes_written},
    {"strata_merge_written_bytes_total", "Bytes written by merges.", Kind::counter,
     &Stats::merge_bytes_written},
    {"strata_syncs_total", "Syncs of the log.", Kind::counter, &Stats::syncs},
    {"strata_commit_groups_total", "Groups of writes that were committed together.", Kind::counter,
     &Stats::groups},
    {"strata_flushes_total", "Flushes.", Kind::counter, &Stats::flushes},
    {"strata_merges_total", "Merges.", Kind::counter, &Stats::merges},
    {"strata_snapshots", "Snapshots that are held.", Kind::gauge, &Stats::snapshots},
};

constexpr std::string_view limiters[] = {"memory", "flush", "merge", "disk"};

void append_store(std::string& out, const Stats& stats) {
    for (const StatsMetric& metric : stats_metrics) {
        append_one(out, metric.kind, metric.name, metric.help, stats.*metric.member);
    }
    append_head(out, "strata_write_delay_seconds_total", "counter",
                "Time that writes were paced or stopped.");
    fmt::format_to(std::back_inserter(out), "strata_write_delay_seconds_total {}\n",
                   static_cast<double>(stats.delayed_microseconds) / million);
    append_head(out, "strata_write_limiter", "gauge", "1 for what slows writes now.");
    for (const std::string_view limiter : limiters) {
        fmt::format_to(std::back_inserter(out), "strata_write_limiter{{limiter=\"{}\"}} {}\n",
                       limiter, stats.limiter == limiter ? 1 : 0);
    }
    append_one(out, Kind::gauge, "strata_refuses_writes",
               "1 when the store refuses writes after a failure.", stats.failure.empty() ? 0 : 1);
}

std::string labels_of(const Route& route) {
    return fmt::format("method=\"{}\",route=\"{}\"", method_name(route.method), route.pattern);
}

// Requests of each route that had any, and of no route at all.
class RouteMetrics {
  public:
    explicit RouteMetrics(const Service& service) : totals_{service.counters.routes()} {
        for (const Route& route : all_routes()) {
            labels_.push_back(labels_of(route));
        }
        labels_.emplace_back("method=\"\",route=\"\"");
    }

    void append(std::string& out) const {
        append_head(out, "strata_http_requests_total", "counter",
                    "Requests by route and class of status.");
        for_each([&out](const std::string& labels, const RouteTotals& totals) {
            for (std::size_t i = 0; i < totals.by_class.size(); ++i) {
                if (totals.by_class[i] != 0) {
                    fmt::format_to(std::back_inserter(out),
                                   "strata_http_requests_total{{{},status=\"{}xx\"}} {}\n", labels,
                                   i + 1, totals.by_class[i]);
                }
            }
        });
        append_sums(out, "strata_http_request_bytes_total", "Bytes of the bodies of requests.",
                    &RouteTotals::bytes_in);
        append_sums(out, "strata_http_response_bytes_total", "Bytes of the bodies of answers.",
                    &RouteTotals::bytes_out);
        append_head(out, "strata_http_request_duration_seconds", "histogram",
                    "Time from the end of a request's header to the end of its answer.");
        for_each([&out](const std::string& labels, const RouteTotals& totals) {
            append_histogram(out, labels, totals);
        });
    }

  private:
    template <typename Use>
    void for_each(Use use) const {
        for (std::size_t i = 0; i < totals_.size(); ++i) {
            if (totals_[i].requests() != 0) {
                use(labels_[i], totals_[i]);
            }
        }
    }

    void append_sums(std::string& out, std::string_view name, std::string_view help,
                     std::uint64_t RouteTotals::*member) const {
        append_head(out, name, "counter", help);
        for_each([&](const std::string& labels, const RouteTotals& totals) {
            fmt::format_to(std::back_inserter(out), "{}{{{}}} {}\n", name, labels, totals.*member);
        });
    }

    static void append_histogram(std::string& out, const std::string& labels,
                                 const RouteTotals& totals) {
        constexpr std::string_view name = "strata_http_request_duration_seconds";
        constexpr double nano = 1e-9;
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < latency_bounds_us.size(); ++i) {
            sum += totals.buckets[i];
            fmt::format_to(std::back_inserter(out), "{}_bucket{{{},le=\"{}\"}} {}\n", name, labels,
                           static_cast<double>(latency_bounds_us[i]) / million, sum);
        }
        sum += totals.buckets.back();
        fmt::format_to(std::back_inserter(out),
                       "{0}_bucket{{{1},le=\"+Inf\"}} {2}\n{0}_sum{{{1}}} {3}\n{0}_count{{{1}}} "
                       "{2}\n",
                       name, labels, sum, static_cast<double>(totals.nanoseconds) * nano);
    }

    const std::vector<RouteTotals> totals_;
    std::vector<std::string> labels_;
};

void append_server(std::string& out, const Service& service) {
    const Counters& counters = service.counters;
    append_head(out, "strata_build_info", "gauge", "The version that runs.");
    fmt::format_to(std::back_inserter(out), "strata_build_info{{version=\"{}\"}} 1\n", version());
    const auto uptime =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - service.started);
    append_head(out, "strata_uptime_seconds", "gauge", "Time since the server began.");
    fmt::format_to(std::back_inserter(out), "strata_uptime_seconds {:.3f}\n", uptime.count());
    append_one(out, Kind::gauge, "strata_http_connections", "Open connections.",
               counters.connections_open.load());
    append_one(out, Kind::counter, "strata_http_connections_total", "Connections accepted.",
               counters.connections_accepted.load());
    append_one(out, Kind::counter, "strata_http_connections_refused_total",
               "Connections above the cap.", counters.connections_refused.load());
    append_one(out, Kind::counter, "strata_http_connections_timed_out_total",
               "Connections that were idle or too slow.", counters.connections_timed_out.load());
    append_one(out, Kind::counter, "strata_http_requests_malformed_total",
               "Requests that could not be read.", counters.requests_malformed.load());
    append_one(out, Kind::counter, "strata_http_requests_limited_total",
               "Requests above the rate of their client.", counters.requests_limited.load());
    append_one(out, Kind::counter, "strata_http_commits_total",
               "Groups of writes that the server handed to the store.", counters.commits.load());
    append_one(out, Kind::counter, "strata_http_commit_writes_total", "Writes in those groups.",
               counters.commit_writes.load());
}

}  // namespace

Answer show_metrics(Service& service, const Request&, std::string_view) {
    const auto stats = service.store.stats();
    if (!stats) {
        return problem_answer(problem_of(stats.error()));
    }
    Response response;
    response.content_type = metrics_type;
    append_server(response.body, service);
    RouteMetrics{service}.append(response.body);
    append_store(response.body, *stats);
    return response;
}

}  // namespace strata::tools
