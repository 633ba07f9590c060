// SPDX-License-Identifier: Apache-2.0
#include "serve/gate.hpp"

#include "common/escape.hpp"
#include "serve/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view loopback_names[] = {"localhost", "127.0.0.1", "[::1]"};

std::string lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return lower;
}

/// "[::1]:8080" and "localhost:8080" without the port.
std::string_view without_port(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    const std::size_t bracket = host.rfind(']');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    return has_port ? host.substr(0, colon) : host;
}

bool changes_something(Method method) {
    return method != Method::get && method != Method::head && method != Method::options;
}

constexpr std::size_t shown_max = 80;

}  // namespace

Gate::Gate(GateOptions options) : options_{std::move(options)} {
    if (options_.rate) {
        limiter_ = std::make_unique<RateLimiter>(*options_.rate);
    }
}

bool Gate::is_our_name(std::string_view host) const {
    const std::string_view name = without_port(host);
    if (std::ranges::find(loopback_names, name) != std::end(loopback_names)) {
        return true;
    }
    const std::string lower = lower_case(name);
    const auto is_it = [&](std::string_view ours) { return ours == lower || ours == "*"; };
    return std::ranges::any_of(options_.hosts, is_it) ||
           std::ranges::find(loopback_names, lower) != std::end(loopback_names);
}

std::string_view Gate::allowed_origin(std::string_view origin) const noexcept {
    const bool ours = !origin.empty() && !options_.cors_origin.empty() &&
                      (options_.cors_origin == "*" || options_.cors_origin == origin);
    return ours ? std::string_view{options_.cors_origin} : std::string_view{};
}

/// A server on loopback that asks for no token is within reach of every page that a browser on this
/// machine shows. Two things stop such a page: its requests name another host (a name of its own
/// that it made lead here), or another origin.
std::optional<Response> Gate::check_browser(const RequestHead& head, Visitor& visitor) const {
    // Browsers name the host; what asks for health in HTTP/1.0 often does not.
    const bool names_host = head.http11 || !head.host.empty();
    const bool known = !head.host.empty() && head.host == visitor.known_host;
    if (visitor.check_host && names_host && !known && !is_our_name(head.host)) {
        return problem_answer(
            {.status = 421,
             .code = "forbidden",
             .detail = fmt::format("this server is not called \"{}\"; start it with --allow-host, "
                                   "or with tokens, when it is reached under that name",
                                   escaped(head.host.substr(0, shown_max)))});
    }
    if (!known && head.host.size() <= shown_max) {
        visitor.known_host = head.host;
    }
    if (head.origin.empty() || !changes_something(head.verb) ||
        !allowed_origin(head.origin).empty()) {
        return std::nullopt;
    }
    const std::size_t scheme = head.origin.find("://");
    if (scheme != std::string_view::npos && head.origin.substr(scheme + 3) == head.host) {
        return std::nullopt;
    }
    return problem_answer(
        {.status = 403,
         .code = "forbidden",
         .detail = fmt::format("a page from \"{}\" may not write here; --cors permits it",
                               escaped(head.origin.substr(0, shown_max)))});
}

std::optional<Response> Gate::admit(const RequestHead& head, Request& request, Visitor& visitor,
                                    const Tokens* tokens, RateLimiter::Clock::time_point now) {
    request.client = visitor.client;
    request.identity = &everybody_;
    if (tokens != nullptr) {
        const Identity* known = tokens->find(head.authorization, visitor.token_hint);
        request.identity = known == nullptr ? &nobody_ : known;
    }
    if (limiter_ != nullptr) {
        if (const auto wait = limiter_->take(visitor.client, now)) {
            const auto seconds = (wait->count() + 999) / 1000;
            Response response = problem_answer(
                {.status = 429,
                 .code = "rate-limited",
                 .detail = fmt::format("more requests than the server takes; go on in {} ms",
                                       wait->count())});
            response.headers.emplace_back("Retry-After",
                                          std::to_string(std::max<long>(seconds, 1)));
            return response;
        }
    }
    if (tokens == nullptr && (visitor.check_host || !head.origin.empty())) {
        return check_browser(head, visitor);
    }
    return std::nullopt;
}

}  // namespace strata::tools
