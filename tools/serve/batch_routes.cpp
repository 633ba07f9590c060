// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/json_read.hpp"
#include "common/record_parse.hpp"
#include "serve/access.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

Status add_record(Batch& batch, const OwnedRecord& record) {
    return record.type == RecordType::del ? batch.del(record.key)
                                          : batch.put(record.key, record.value);
}

// Reads a batch out of a body, and refuses keys that the token does not allow.
class BatchReader {
  public:
    BatchReader(const Request& request, Batch& batch) : request_{request}, batch_{batch} {}

    std::optional<Problem> read() {
        const Status done = is_lines(request_) ? read_lines() : read_document();
        if (refusal_) {
            return refusal_;
        }
        if (!done) {
            return bad_request(done.error());
        }
        if (batch_.empty() && batch_.conditions().empty()) {
            return bad_request("the batch is empty; expected \"ops\"");
        }
        return std::nullopt;
    }

  private:
    Status read_lines() {
        std::string_view rest = request_.body;
        for (std::uint64_t number = 1; !rest.empty(); ++number) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
                continue;
            }
            Status added = add_line(line);
            if (!added) {
                return at(fmt::format("line {}", number), added.take_error());
            }
        }
        return {};
    }

    Status add_line(std::string_view line) {
        BatchLine parsed = STRATA_TRY(parse_json_batch_line(line));
        if (const auto* record = std::get_if<OwnedRecord>(&parsed)) {
            return add(*record);
        }
        for (Condition& condition : std::get<std::vector<Condition>>(parsed)) {
            STRATA_TRY(add(std::move(condition)));
        }
        return {};
    }

    Status read_document() {
        const boost::json::object object = STRATA_TRY(parse_body(request_.body));
        for (const auto& member : object) {
            const std::string_view name{member.key().data(), member.key().size()};
            const boost::json::array* array = member.value().if_array();
            if (name != "if" && name != "ops") {
                return usage_error("unknown field \"{}\"; known: if, ops", name);
            }
            if (array == nullptr) {
                return usage_error("{}: expected an array, found {}", name,
                                   json_kind(member.value()));
            }
            for (std::size_t i = 0; i < array->size(); ++i) {
                Status added =
                    name == "if" ? add_condition((*array)[i]) : add_operation((*array)[i]);
                if (!added) {
                    return at(fmt::format("{}[{}]", name, i), added.take_error());
                }
            }
        }
        return {};
    }

    Status add_condition(const boost::json::value& value) {
        return add(STRATA_TRY(json_condition(value)));
    }

    Status add_operation(const boost::json::value& value) {
        if (!value.is_object()) {
            return usage_error("expected a record object, found {}", json_kind(value));
        }
        return add(STRATA_TRY(json_record(value.get_object())));
    }

    Status add(const OwnedRecord& record) {
        STRATA_TRY(check(record.key));
        return add_record(batch_, record);
    }
    Status add(Condition condition) {
        STRATA_TRY(check(condition.key));
        return batch_.require(condition.key, std::move(condition.test));
    }

    Status check(const std::string& key) {
        STRATA_TRY(check_key(key));
        if (!may_use(request_, key)) {
            refusal_ = outside_prefix(key);
            return usage_error("{}", refusal_->detail);
        }
        return {};
    }

    const Request& request_;
    Batch& batch_;
    std::optional<Problem> refusal_;
};

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
    Problem problem{.status = 412,
                    .code = "conflict",
                    .detail = "a condition of the batch does not hold"};
    std::string& list = problem.more;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        const auto found = service.store.get(conditions[i].key);
        if (!found || holds(conditions[i], *found)) {
            continue;
        }
        list += list.empty() ? "" : ",";
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
    if (const auto problem = check_body_type(request, true)) {
        return problem_answer(*problem);
    }
    const auto sync = Query{request.query}.sync();
    if (!sync) {
        return problem_answer(bad_request(sync.error()));
    }
    PendingWrite write;
    write.options.sync = *sync;
    if (const auto problem = BatchReader{request, write.batch}.read()) {
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
