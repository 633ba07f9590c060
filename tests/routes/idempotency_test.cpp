// SPDX-License-Identifier: Apache-2.0
// Proves what is kept of repeated requests, for how long and how many.
#include "serve/idempotency.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata::tools {
namespace {

using Found = IdempotencyWindow::Found;
const IdempotencyWindow::Clock::time_point begin{};

Response answer_of(const std::string& body) {
    Response response;
    response.status = 201;
    response.content_type = "application/json";
    response.body = body;
    response.sequence = 7;
    return response;
}

TEST_CASE("an answer is given again") {
    IdempotencyWindow window;
    CHECK(window.begin("k", 1, begin).found == Found::fresh);
    CHECK(window.begin("k", 1, begin).found == Found::running);
    window.finish("k", answer_of("first"));
    const auto again = window.begin("k", 1, begin);
    CHECK(again.found == Found::replay);
    REQUIRE(again.answer);
    CHECK(again.answer->status == 201);
    CHECK(again.answer->content_type == "application/json");
    CHECK(again.answer->body == "first");
    CHECK(again.answer->sequence == 7);
    CHECK(window.begin("k", 2, begin).found == Found::other);
    CHECK(window.begin("l", 1, begin).found == Found::fresh);
}

TEST_CASE("a request that failed may come again") {
    IdempotencyWindow window;
    CHECK(window.begin("k", 1, begin).found == Found::fresh);
    window.forget("k");
    CHECK(window.begin("k", 2, begin).found == Found::fresh);
    // The place of the first one ages out; the second one stays until its own time.
    window.finish("k", answer_of("second"));
    CHECK(window.begin("k", 2, begin).found == Found::replay);
}

TEST_CASE("answers are kept for some time, and some number of them") {
    IdempotencyWindow window;
    window.begin("old", 1, begin);
    window.finish("old", answer_of("old"));
    CHECK(window.begin("old", 1, begin + IdempotencyWindow::kept).found == Found::replay);
    const auto later = begin + IdempotencyWindow::kept + std::chrono::seconds{1};
    CHECK(window.begin("old", 1, later).found == Found::fresh);
    for (std::size_t i = 0; i < IdempotencyWindow::entries_max; ++i) {
        window.begin(std::to_string(i), 1, later);
    }
    CHECK(window.begin("old", 1, later).found == Found::fresh);
    CHECK(window.begin(std::to_string(IdempotencyWindow::entries_max - 1), 1, later).found ==
          Found::running);
}

}  // namespace
}  // namespace strata::tools
