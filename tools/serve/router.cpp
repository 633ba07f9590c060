// SPDX-License-Identifier: Apache-2.0
#include "common/escape.hpp"
#include "serve/header_fields.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"
#include "serve/route.hpp"
#include "serve/service.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace strata::tools {
namespace {

constexpr std::string_view key_end = "/{key}";

constexpr std::string_view method_names[] = {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"};

// What stands for the braces of a pattern; nothing when the path is another one.
std::optional<std::string_view> match_path(const Route& route, const Request& request) noexcept {
    const std::string_view pattern = route.pattern;
    const std::string_view path = request.path;
    // Most patterns differ in their second character already.
    if (pattern.size() > 1 && (path.size() < 2 || path[1] != pattern[1])) {
        return std::nullopt;
    }
    if (!pattern.ends_with('}')) {
        return path == pattern ? std::optional{std::string_view{}} : std::nullopt;
    }
    const std::string_view fixed = pattern.substr(0, pattern.rfind('{'));
    if (path.starts_with(fixed)) {
        return path.substr(fixed.size());
    }
    // A key that no proxy may touch comes in the query.
    const bool in_query = !route.legacy && pattern.ends_with(key_end) &&
                          path == fixed.substr(0, fixed.size() - 1) &&
                          request.query.find("key.b64=") != std::string_view::npos;
    return in_query ? std::optional{std::string_view{}} : std::nullopt;
}

// The methods that a path knows.
class Allowed {
  public:
    void add(const Route& route) {
        add(route.method);
        if (route.method == Method::get) {
            add(Method::head);
        }
        legacy_ = legacy_ || route.legacy;
    }
    [[nodiscard]] bool empty() const noexcept { return methods_ == 0; }
    [[nodiscard]] bool legacy() const noexcept { return legacy_; }
    [[nodiscard]] std::string text() const {
        std::string text;
        for (std::size_t i = 0; i < std::size(method_names); ++i) {
            if ((methods_ >> i & 1U) != 0 || i == static_cast<std::size_t>(Method::options)) {
                text += text.empty() ? "" : ", ";
                text += method_names[i];
            }
        }
        return text;
    }

  private:
    void add(Method method) { methods_ |= 1U << static_cast<unsigned>(method); }

    unsigned methods_ = 0;
    bool legacy_ = false;
};

Response options_answer(const Service& service, const std::string& allow) {
    Response response;
    response.status = 204;
    response.headers.emplace_back("Allow", allow);
    if (!service.options.cors_origin.empty()) {
        response.headers.emplace_back("Access-Control-Allow-Methods", allow);
        response.headers.emplace_back("Access-Control-Allow-Headers",
                                      "Accept, Authorization, Content-Type, Idempotency-Key, "
                                      "If-Match, If-None-Match, Range");
        response.headers.emplace_back("Access-Control-Max-Age", "600");
    }
    return response;
}

// Longest part of a path that a message quotes.
constexpr std::size_t path_shown_max = 80;

Response no_route(const Service& service, const Request& request, const Allowed& allowed) {
    if (!allowed.empty() && request.method == Method::options) {
        return options_answer(service, allowed.text());
    }
    const std::string path = escaped(request.path.substr(0, path_shown_max));
    Problem problem;
    if (allowed.empty()) {
        problem = {
            .status = 404,
            .code = "not-found",
            .detail = fmt::format("there is no route {}; /openapi.json lists the routes", path)};
    } else {
        problem = {.status = 405,
                   .code = "method-not-allowed",
                   .detail = fmt::format("{} takes {}", path, allowed.text())};
    }
    Response response = allowed.legacy() ? plain_answer(request, problem) : problem_answer(problem);
    if (!allowed.empty()) {
        response.headers.emplace_back("Allow", allowed.text());
    }
    return response;
}

// Whether a route knows a parameter, also in its form NAME.b64.
bool knows(const Route& route, std::string_view name) noexcept {
    constexpr std::string_view encoded = ".b64";
    const bool is_encoded = name.ends_with(encoded);
    const std::string_view plain = name.substr(0, name.size() - (is_encoded ? encoded.size() : 0));
    for (const QueryParameter& parameter : route.parameters) {
        if (parameter.name == name ||
            (is_encoded && parameter.kind == "bytes" && parameter.name == plain)) {
            return true;
        }
    }
    return name == "key.b64" && route.pattern.ends_with(key_end);
}

std::optional<Problem> check_parameters(const Request& request, const Route& route) {
    std::optional<std::string_view> unknown;
    Query{request.query}.for_each_name([&](std::string_view name) {
        if (!knows(route, name)) {
            unknown = name;
        }
        return !unknown;
    });
    if (!unknown) {
        return std::nullopt;
    }
    std::string names;
    for (const QueryParameter& parameter : route.parameters) {
        names += names.empty() ? "" : ", ";
        names += parameter.name;
    }
    return bad_request(fmt::format("unknown parameter \"{}\"; {}",
                                   escaped(unknown->substr(0, path_shown_max)),
                                   names.empty() ? "this route has none" : "known: " + names));
}

std::optional<Problem> find_refusal(const Service& service, const Request& request,
                                    const Route& route) {
    const Identity& identity = *request.identity;
    if (route.scope != Scope::none && identity.scope == Scope::none) {
        return Problem{.status = 401,
                       .code = "unauthorized",
                       .detail =
                           "expected the header \"Authorization: Bearer TOKEN\" with a token "
                           "that this server knows"};
    }
    if (route.scope > identity.scope) {
        return Problem{.status = 403,
                       .code = "forbidden",
                       .detail = fmt::format("the token has the scope {}, this route needs {}",
                                             scope_name(identity.scope), scope_name(route.scope))};
    }
    if (service.options.read_only && route.scope == Scope::write) {
        return Problem{.status = 403,
                       .code = "read-only",
                       .detail = "the server was started with --read-only"};
    }
    if (!request.query.empty() && !route.legacy) {
        return check_parameters(request, route);
    }
    return std::nullopt;
}

}  // namespace

bool is_served(const Service& service, const Route& route) noexcept {
    return (service.options.legacy || !route.legacy) &&
           (service.options.console || route.pattern != "/");
}

std::string_view scope_name(Scope scope) noexcept {
    switch (scope) {
        case Scope::none:
            return "none";
        case Scope::read:
            return "read";
        case Scope::write:
            return "write";
        case Scope::admin:
            return "admin";
    }
    return "none";
}

std::string_view method_name(Method method) noexcept {
    const auto index = static_cast<std::size_t>(method);
    return index < std::size(method_names) ? method_names[index] : std::string_view{};
}

Match find_route(const Service& service, const Request& request) {
    const Method method = request.method == Method::head ? Method::get : request.method;
    Allowed allowed;
    for (const Route& route : all_routes()) {
        const auto rest = match_path(route, request);
        if (!rest || !is_served(service, route)) {
            continue;
        }
        if (route.method == method) {
            return {.route = &route, .rest = *rest};
        }
        allowed.add(route);
    }
    return {.refusal = no_route(service, request, allowed)};
}

std::optional<Response> refuse(const Service& service, const Request& request, const Route& route) {
    const auto problem = find_refusal(service, request, route);
    if (!problem) {
        return std::nullopt;
    }
    Response response = route.legacy ? plain_answer(request, *problem) : problem_answer(*problem);
    return response;
}

Answer answer_request(Service& service, const Request& request) {
    Match match = find_route(service, request);
    if (match.route == nullptr) {
        return std::move(match.refusal);
    }
    if (auto refused = refuse(service, request, *match.route)) {
        return std::move(*refused);
    }
    return match.route->handler(service, request, match.rest);
}

}  // namespace strata::tools
