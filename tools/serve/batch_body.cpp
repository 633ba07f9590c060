// SPDX-License-Identifier: Apache-2.0
#include "serve/batch_body.hpp"

#include "common/error.hpp"
#include "common/json_read.hpp"
#include "common/record_parse.hpp"
#include "serve/access.hpp"
#include "serve/body.hpp"
#include "serve/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

// Each is a get while all other writes wait.
constexpr std::size_t conditions_max = 10'000;

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
        if (batch_.conditions().size() == conditions_max) {
            return usage_error("expected at most {} conditions", conditions_max);
        }
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

}  // namespace

std::optional<Problem> read_batch(const Request& request, Batch& batch) {
    if (auto problem = check_body_type(request, true)) {
        return problem;
    }
    return BatchReader{request, batch}.read();
}

}  // namespace strata::tools
