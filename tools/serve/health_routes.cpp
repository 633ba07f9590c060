// SPDX-License-Identifier: Apache-2.0
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"

#include <strata/store.hpp>

namespace strata::tools {
namespace {

Response not_ready(std::string detail) {
    return problem_answer({.status = 503, .code = "closed", .detail = std::move(detail)});
}

}  // namespace

Answer show_alive(Service&, const Request&, std::string_view) { return text_answer(200, "ok"); }

Answer show_ready(Service& service, const Request&, std::string_view) {
    if (service.draining.load(std::memory_order_relaxed)) {
        return not_ready("the server is stopping");
    }
    const auto stats = service.store.stats();
    if (!stats) {
        return not_ready(stats.error().message);
    }
    if (!stats->failure.empty()) {
        return not_ready("the store refuses writes: " + stats->failure);
    }
    if (stats->limiter == "disk") {
        return not_ready("writes wait for space on the disk");
    }
    return json_answer([&](JsonObject& object) {
        object.boolean("ready", true);
        object.text("limiter", stats->limiter);
    });
}

Answer show_version(Service&, const Request&, std::string_view) {
    return json_answer([](JsonObject& object) {
        object.text("program", "strata-serve");
        object.text("version", version());
    });
}

}  // namespace strata::tools
