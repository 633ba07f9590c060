// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/route.hpp"
#include "serve/service.hpp"

#include <string_view>

/// What the table of routes calls. Each is described by its row in route_table.cpp and in
/// strata-http(7).
namespace strata::tools {

// kv_routes.cpp
Answer get_key(Service& service, const Request& request, std::string_view rest);
Answer put_key(Service& service, const Request& request, std::string_view rest);
Answer delete_key(Service& service, const Request& request, std::string_view rest);

// legacy_routes.cpp
Answer put_legacy(Service& service, const Request& request, std::string_view rest);
Answer get_legacy(Service& service, const Request& request, std::string_view rest);
Answer delete_legacy(Service& service, const Request& request, std::string_view rest);
Answer compact_legacy(Service& service, const Request& request, std::string_view rest);
Answer set_legacy(Service& service, const Request& request, std::string_view rest);
Answer get_legacy_path(Service& service, const Request& request, std::string_view rest);
Answer delete_legacy_path(Service& service, const Request& request, std::string_view rest);

// scan_routes.cpp
Answer scan_keys(Service& service, const Request& request, std::string_view rest);
Answer count_keys(Service& service, const Request& request, std::string_view rest);
Answer export_records(Service& service, const Request& request, std::string_view rest);

// range_routes.cpp
Answer delete_range(Service& service, const Request& request, std::string_view rest);

// batch_routes.cpp
Answer write_batch(Service& service, const Request& request, std::string_view rest);

// multi_get_route.cpp
Answer get_keys(Service& service, const Request& request, std::string_view rest);

// fact_routes.cpp
Answer show_stats(Service& service, const Request& request, std::string_view rest);
Answer show_runs(Service& service, const Request& request, std::string_view rest);
Answer show_files(Service& service, const Request& request, std::string_view rest);
Answer show_file(Service& service, const Request& request, std::string_view rest);
Answer show_config(Service& service, const Request& request, std::string_view rest);
Answer show_history(Service& service, const Request& request, std::string_view rest);
Answer explain_key(Service& service, const Request& request, std::string_view rest);

// survey_routes.cpp
Answer show_usage(Service& service, const Request& request, std::string_view rest);
Answer show_digest(Service& service, const Request& request, std::string_view rest);
Answer explain_scan(Service& service, const Request& request, std::string_view rest);
Answer explain_batch(Service& service, const Request& request, std::string_view rest);

// job_routes.cpp
Answer start_flush(Service& service, const Request& request, std::string_view rest);
Answer start_compact(Service& service, const Request& request, std::string_view rest);
Answer start_check(Service& service, const Request& request, std::string_view rest);
Answer sync_store(Service& service, const Request& request, std::string_view rest);
Answer list_jobs(Service& service, const Request& request, std::string_view rest);
Answer show_job(Service& service, const Request& request, std::string_view rest);
Answer cancel_job(Service& service, const Request& request, std::string_view rest);

// import_route.cpp
Answer import_records(Service& service, const Request& request, std::string_view rest);

// health_routes.cpp
Answer show_alive(Service& service, const Request& request, std::string_view rest);
Answer show_ready(Service& service, const Request& request, std::string_view rest);
Answer show_version(Service& service, const Request& request, std::string_view rest);

// metrics_route.cpp
Answer show_metrics(Service& service, const Request& request, std::string_view rest);

// openapi_route.cpp
Answer show_openapi(Service& service, const Request& request, std::string_view rest);

// console_route.cpp
Answer show_console(Service& service, const Request& request, std::string_view rest);

}  // namespace strata::tools
