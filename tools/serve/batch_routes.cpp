// SPDX-License-Identifier: Apache-2.0
#include "serve/batch_body.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

// Of failed conditions that an answer lists: it is made where all writes pass, and may be kept.
constexpr std::size_t failed_max = 100;

bool holds(const Condition& condition, const std::optional<Value>& value) {
    if (std::holds_alternative<Condition::Absent>(condition.test)) {
        return !value;
    }
    if (const auto* sequence = std::get_if<Condition::AtSequence>(&condition.test)) {
        return value && value->sequence() == sequence->sequence;
    }
    if (const auto* expected = std::get_if<Condition::HasValue>(&condition.test)) {
        return value && value->bytes() == expected->value;
    }
    return value.has_value();
}

// 412, with the conditions that do not hold now: another write may have come since the batch was
// judged, so that the list may be longer or shorter than what the batch met.
Problem failed_conditions(Service& service, const std::vector<Condition>& conditions) {
    Problem problem{
        .status = 412, .code = "conflict", .detail = "a condition of the batch does not hold"};
    std::string& list = problem.more;
    std::size_t listed = 0;
    for (std::size_t i = 0; i < conditions.size() && listed < failed_max; ++i) {
        const auto found = service.store.get(conditions[i].key);
        if (!found || holds(conditions[i], *found)) {
            continue;
        }
        list += listed++ == 0 ? "" : ",";
        JsonObject object{list};
        object.number("index", i);
        object.bytes("key", conditions[i].key);
        if (*found) {
            object.number("seq", (*found)->sequence());
        } else {
            object.boolean("absent", true);
        }
    }
    list = ",\"failed\":[" + list + "]";
    return problem;
}

Response batch_answer(Service& service, const std::vector<Condition>& conditions,
                      std::uint32_t operations, const Result<Sequence>& written) {
    if (!written) {
        return problem_answer(written.error().code == ErrorCode::conflict
                                  ? failed_conditions(service, conditions)
                                  : write_problem_of(written.error()));
    }
    return json_answer([&](JsonObject& object) {
        object.number("operations", operations);
        object.number("seq", *written);
    });
}

// Refuses or replays a request that came before; nothing when this is the first one.
std::optional<Response> look_back(Service& service, const Request& request,
                                  const std::string& key) {
    using Found = IdempotencyWindow::Found;
    const std::string all = std::string{request.query} + '\0' + std::string{request.body};
    auto lookup = service.idempotency.begin(key, std::hash<std::string>{}(all),
                                            IdempotencyWindow::Clock::now());
    switch (lookup.found) {
        case Found::fresh:
            return std::nullopt;
        case Found::replay:
            lookup.answer->headers.emplace_back("Idempotency-Replayed", "true");
            return std::move(lookup.answer);
        case Found::running:
            return problem_answer({.status = 409,
                                   .code = "busy",
                                   .detail = "Idempotency-Key: the request with this key is still "
                                             "being carried out"});
        case Found::other:
            return problem_answer(
                {.status = 422,
                 .code = "bad-request",
                 .detail = "Idempotency-Key: this key came with another request"});
    }
    return std::nullopt;
}

}  // namespace

Answer write_batch(Service& service, const Request& request, std::string_view) {
    const auto sync = Query{request.query}.sync();
    if (!sync) {
        return problem_answer(bad_request(sync.error()));
    }
    PendingWrite write;
    write.options.sync = *sync;
    if (const auto problem = read_batch(request, write.batch)) {
        return problem_answer(*problem);
    }
    std::string repeat_key;
    if (const auto header = request.header("idempotency-key")) {
        if (header->empty() || header->size() > IdempotencyWindow::key_max) {
            return problem_answer(bad_request(fmt::format("Idempotency-Key: expected 1 to {} bytes",
                                                          IdempotencyWindow::key_max)));
        }
        repeat_key = request.identity->prefix + '\0' + std::string{*header};
        if (auto answer = look_back(service, request, repeat_key)) {
            return std::move(*answer);
        }
    }
    write.answer = [&service, repeat_key, conditions = write.batch.conditions(),
                    operations = write.batch.operations()](const Result<Sequence>& written) {
        Response answer = batch_answer(service, conditions, operations, written);
        if (!repeat_key.empty()) {
            // A conflict is an answer like success; after an error the client may try again.
            if (written || written.error().code == ErrorCode::conflict) {
                service.idempotency.finish(repeat_key, answer);
            } else {
                service.idempotency.forget(repeat_key);
            }
        }
        return answer;
    };
    return write;
}

}  // namespace strata::tools
