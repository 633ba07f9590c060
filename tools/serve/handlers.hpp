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

}  // namespace strata::tools
