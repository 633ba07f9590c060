// SPDX-License-Identifier: Apache-2.0
#include "common/facts_json.hpp"
#include "serve/access.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <strata/store.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

void append_route(std::string& out, const Route& route, const RouteTotals& totals) {
    JsonObject object{out};
    object.text("method", method_name(route.method));
    object.text("path", route.pattern);
    object.number("requests", totals.requests());
    object.number("errors", totals.by_class[4]);
    object.number("nanoseconds", totals.nanoseconds);
    std::string& buckets = object.member("buckets");
    for (std::size_t i = 0; i < totals.buckets.size(); ++i) {
        buckets += i == 0 ? "[" : ",";
        buckets += std::to_string(totals.buckets[i]);
    }
    buckets += ']';
}

// What the server counts, beside what the store does.
void append_server(std::string& out, const Service& service) {
    const Counters& counters = service.counters;
    const std::vector<RouteTotals> totals = counters.routes();
    RouteTotals sum;
    std::string routes;
    for (std::size_t i = 0; i < totals.size(); ++i) {
        sum.by_class[0] += totals[i].requests();
        sum.by_class[4] += totals[i].by_class[4];
        sum.bytes_in += totals[i].bytes_in;
        sum.bytes_out += totals[i].bytes_out;
        if (i < all_routes().size() && totals[i].requests() != 0) {
            routes += routes.empty() ? "" : ",";
            append_route(routes, all_routes()[i], totals[i]);
        }
    }
    const auto uptime = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - service.started);
    JsonObject object{out};
    object.number("uptime_ms", static_cast<std::uint64_t>(uptime.count()));
    object.boolean("draining", service.draining.load());
    object.number("connections", counters.connections_open.load());
    object.number("requests", sum.by_class[0]);
    object.number("errors", sum.by_class[4]);
    object.number("bytes_in", sum.bytes_in);
    object.number("bytes_out", sum.bytes_out);
    std::string& bounds = object.member("latency_bounds_us");
    for (std::size_t i = 0; i < latency_bounds_us.size(); ++i) {
        bounds += i == 0 ? "[" : ",";
        bounds += std::to_string(latency_bounds_us[i]);
    }
    bounds += ']';
    object.member("routes") += "[" + routes + "]";
}

template <typename Append>
Response document_answer(const Append& append) {
    Response response;
    response.content_type = json_type;
    append(response.body);
    response.body += '\n';
    return response;
}

}  // namespace

Answer show_stats(Service& service, const Request&, std::string_view) {
    const auto stats = service.store.stats();
    if (!stats) {
        return problem_answer(problem_of(stats.error()));
    }
    return document_answer([&](std::string& out) {
        append_json_stats(out, *stats);
        // One more member of the same object.
        out.back() = ',';
        out += "\"server\":";
        append_server(out, service);
        out += '}';
    });
}

Answer show_runs(Service& service, const Request& request, std::string_view) {
    auto runs = service.store.runs();
    if (!runs) {
        return problem_answer(problem_of(runs.error()));
    }
    for (RunInfo& run : *runs) {
        for (TableInfo& table : run.tables) {
            // A bound that the token may not see is left empty.
            for (std::string* key : {&table.key_min, &table.key_max}) {
                if (!may_use(request, *key)) {
                    key->clear();
                }
            }
        }
    }
    return document_answer([&](std::string& out) { append_json_runs(out, *runs); });
}

Answer show_files(Service& service, const Request&, std::string_view) {
    const auto files = service.store.files();
    if (!files) {
        return problem_answer(problem_of(files.error()));
    }
    return document_answer([&](std::string& out) { append_json_files(out, *files); });
}

Answer show_file(Service& service, const Request&, std::string_view rest) {
    const auto files = service.store.files();
    if (!files) {
        return problem_answer(problem_of(files.error()));
    }
    const auto found = std::find_if(files->begin(), files->end(),
                                    [rest](const FileInfo& file) { return file.name == rest; });
    if (found == files->end()) {
        return problem_answer(
            {.status = 404,
             .code = "not-found",
             .detail = "the store has no file of this name; /v1/files lists them"});
    }
    return json_answer([&](JsonObject& object) {
        object.text("name", found->name);
        object.text("role", found->role);
        object.number("size", found->size);
    });
}

Answer show_config(Service& service, const Request& request, std::string_view) {
    const ServiceOptions& options = service.options;
    return json_answer([&](JsonObject& object) {
        object.text("version", version());
        object.text("store", service.where);
        object.boolean("read_only", options.read_only);
        object.text("scope", scope_name(request.identity->scope));
        object.bytes("prefix", request.identity->prefix);
        object.boolean("legacy", options.legacy);
        object.boolean("console", options.console);
        object.number("key_size_max", key_size_max);
        object.number("value_size_max", value_size_max);
        object.number("batch_size_max", batch_size_max);
        object.number("body_max", options.body_max);
    });
}

Answer show_history(Service& service, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    if (!key) {
        return problem_answer(bad_request(key.error()));
    }
    if (!may_use(request, *key)) {
        return problem_answer(outside_prefix(*key));
    }
    const auto limit = Query{request.query}.number("limit");
    if (!limit) {
        return problem_answer(bad_request(limit.error()));
    }
    const auto history = service.store.history(*key, {.limit = limit->value_or(0)});
    if (!history) {
        return problem_answer(read_problem(service, history.error()));
    }
    return document_answer([&](std::string& out) { append_json_history(out, *history); });
}

Answer explain_key(Service& service, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    if (!key) {
        return problem_answer(bad_request(key.error()));
    }
    if (!may_use(request, *key)) {
        return problem_answer(outside_prefix(*key));
    }
    const auto at = Query{request.query}.number("at");
    if (!at) {
        return problem_answer(bad_request(at.error()));
    }
    const auto explanation = service.store.explain_get(*key, {.at = *at});
    if (!explanation) {
        return problem_answer(read_problem(service, explanation.error()));
    }
    return document_answer(
        [&](std::string& out) { append_json_explanation(out, "get", *explanation); });
}

}  // namespace strata::tools
