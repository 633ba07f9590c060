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
constexpr QueryParameter legacy_parameters[] = {
    {"key", "bytes", "the key"},
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
    {.method = Method::put,
     .pattern = "/put",
     .scope = Scope::write,
     .handler = put_legacy,
     .summary = "First dialect: stores {\"key\":..,\"value\":..}",
     .legacy = true},
    {.method = Method::get,
     .pattern = "/get",
     .handler = get_legacy,
     .summary = "First dialect: the value of a key",
     .parameters = legacy_parameters,
     .legacy = true},
    {.method = Method::del,
     .pattern = "/delete",
     .scope = Scope::write,
     .handler = delete_legacy,
     .summary = "First dialect: deletes a key",
     .parameters = legacy_parameters,
     .legacy = true},
    {.method = Method::post,
     .pattern = "/compact",
     .scope = Scope::admin,
     .runs = Runs::on_worker,
     .handler = compact_legacy,
     .summary = "First dialect: merges everything, and waits",
     .legacy = true},
    {.method = Method::post,
     .pattern = "/set/{key}",
     .scope = Scope::write,
     .handler = set_legacy,
     .summary = "Second dialect: stores {\"value\":..}",
     .legacy = true},
    {.method = Method::get,
     .pattern = "/get/{key}",
     .handler = get_legacy_path,
     .summary = "Second dialect: the value of a key",
     .legacy = true},
    {.method = Method::del,
     .pattern = "/delete/{key}",
     .scope = Scope::write,
     .handler = delete_legacy_path,
     .summary = "Second dialect: deletes a key",
     .legacy = true},
};

}  // namespace

std::span<const Route> all_routes() { return routes; }

}  // namespace strata::tools
