// SPDX-License-Identifier: Apache-2.0
#include "serve/handlers.hpp"
#include "serve/route.hpp"

namespace strata::tools {
namespace {

constexpr QueryParameter get_parameters[] = {
    {"at", "integer", "reads the state right after this sequence"},
};
constexpr QueryParameter write_parameters[] = {
    {"sync", "string", "when the write is durable: sync, none or interval:MS"},
};

constexpr Route routes[] = {
    {.method = Method::get,
     .pattern = "/v1/kv/{key}",
     .handler = get_key,
     .summary = "The value of a key",
     .parameters = get_parameters},
    {.method = Method::put,
     .pattern = "/v1/kv/{key}",
     .scope = Scope::write,
     .handler = put_key,
     .summary = "Stores a value under a key",
     .parameters = write_parameters},
    {.method = Method::del,
     .pattern = "/v1/kv/{key}",
     .scope = Scope::write,
     .handler = delete_key,
     .summary = "Deletes a key",
     .parameters = write_parameters},
};

}  // namespace

std::span<const Route> all_routes() { return routes; }

}  // namespace strata::tools
