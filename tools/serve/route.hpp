// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/request.hpp"
#include "serve/response.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// The routes: one table that dispatch, the OpenAPI document and the manual's list are made from.
namespace strata::tools {

class Service;

/// Where a handler runs.
enum class Runs : std::uint8_t {
    on_network,  ///< on the connection's thread: microseconds, at most one read of the disk
    on_worker,   ///< on a thread that may block
};

/// A parameter of the query, for the document.
struct QueryParameter {
    std::string_view name;
    std::string_view kind;  ///< "string", "bytes", "integer", "boolean"
    std::string_view meaning;
};

struct Route {
    Method method = Method::get;
    /// A path; a last segment "{key}" or "{id}" stands for all that follows.
    std::string_view pattern;
    Scope scope = Scope::read;
    Runs runs = Runs::on_network;
    /// `rest`: what stands for the last segment in braces, not decoded.
    Answer (*handler)(Service& service, const Request& request, std::string_view rest) = nullptr;
    std::string_view summary;
    std::span<const QueryParameter> parameters{};
    std::string_view body_type{};  ///< of the body that it reads; empty: none
    bool takes_pieces = false;     ///< the handler returns a BodySink and is called before the body
    bool legacy = false;           ///< one of the published dialects
};

/// What the path and the method lead to.
struct Match {
    const Route* route = nullptr;
    std::string_view rest{};
    /// When route is null: what to answer, 404 or 405 with Allow, or an OPTIONS answer.
    Response refusal{};
};

/// Finds the route of a request. HEAD goes to the route of GET; the network side leaves the body
/// out. Costs no allocation when a route is found.
[[nodiscard]] Match find_route(const Service& service, const Request& request);

/// Why a request whose route was found is not carried out all the same: its token does not allow
/// it (401, 403), writes are refused (403), the query has a parameter that the route does not know
/// (400). Asked before a body is read; needs none.
[[nodiscard]] std::optional<Response> refuse(const Service& service, const Request& request,
                                             const Route& route);

/// All three steps for a request whose body is whole: find, refuse, call the handler.
[[nodiscard]] Answer answer_request(Service& service, const Request& request);

/// Whether the settings leave a route in.
[[nodiscard]] bool is_served(const Service& service, const Route& route) noexcept;

/// "GET", "DELETE", ...; empty for a method that no route has.
[[nodiscard]] std::string_view method_name(Method method) noexcept;
/// "none", "read", "write", "admin".
[[nodiscard]] std::string_view scope_name(Scope scope) noexcept;

/// All routes in the order of the manual.
[[nodiscard]] std::span<const Route> all_routes();

}  // namespace strata::tools
