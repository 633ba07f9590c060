// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "serve/access.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"
#include "serve/streams.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

constexpr std::size_t keys_max = 10'000;

// {"items":[record or {"key":..,"found":false}, ...],"seq":n}, read one after the other from one
// state, so that never more than one value is held.
class KeyedItems final : public BodySource {
  public:
    /// Reads at `at`, or at the snapshot where that is not set.
    KeyedItems(Store& store, std::unique_ptr<Snapshot> snapshot, std::optional<Sequence> at,
               std::vector<std::string> keys)
        : store_{store}, snapshot_{std::move(snapshot)}, at_{at}, keys_{std::move(keys)} {}

    bool next(std::string& out, std::size_t wanted) override {
        const std::size_t end = out.size() + wanted;
        out += begun_ ? "" : "{\"items\":[";
        begun_ = true;
        for (; index_ < keys_.size(); ++index_) {
            if (out.size() >= end) {
                return true;
            }
            const Bytes key{keys_[index_]};
            const auto found = store_.get(key, options());
            if (!found) {
                out += "],\"error\":";
                append_problem(out, problem_of(found.error()));
                out += "}\n";
                return false;
            }
            out += index_ == 0 ? "" : ",";
            if (*found) {
                append_json_record(
                    out, {.key = key, .value = (*found)->bytes(), .sequence = (*found)->sequence()},
                    {});
            } else {
                JsonObject object{out};
                object.bytes("key", key);
                object.boolean("found", false);
            }
        }
        out += fmt::format("],\"seq\":{}}}\n", at_.value_or(snapshot_->sequence()));
        return false;
    }

  private:
    [[nodiscard]] ReadOptions options() const {
        return at_ ? ReadOptions{.at = at_} : ReadOptions{.snapshot = snapshot_.get()};
    }

    Store& store_;
    std::unique_ptr<Snapshot> snapshot_;
    const std::optional<Sequence> at_;
    const std::vector<std::string> keys_;
    std::size_t index_ = 0;
    bool begun_ = false;
};

Result<std::vector<std::string>> keys_of(std::string_view body) {
    const boost::json::object object = STRATA_TRY(parse_body(body));
    const boost::json::value* member = object.if_contains("keys");
    const boost::json::array* array = member == nullptr ? nullptr : member->if_array();
    if (array == nullptr || object.size() != 1) {
        return usage_error("expected {{\"keys\":[...]}} and nothing else");
    }
    if (array->size() > keys_max) {
        return usage_error("keys: expected at most {}, found {}", keys_max, array->size());
    }
    std::vector<std::string> keys;
    for (const boost::json::value& value : *array) {
        keys.push_back(STRATA_TRY(json_bytes(value, "keys")));
        STRATA_TRY(check_key(keys.back()));
    }
    return keys;
}

}  // namespace

Answer get_keys(Service& service, const Request& request, std::string_view) {
    if (const auto problem = check_body_type(request, false)) {
        return problem_answer(*problem);
    }
    auto keys = keys_of(request.body);
    if (!keys) {
        return problem_answer(bad_request(keys.error()));
    }
    for (const std::string& key : *keys) {
        if (!may_use(request, key)) {
            return problem_answer(outside_prefix(key));
        }
    }
    const auto at = Query{request.query}.number("at");
    if (!at) {
        return problem_answer(bad_request(at.error()));
    }
    if (*at) {
        // A state that cannot be read is refused before the answer begins.
        const auto probe = service.store.get(Bytes{"0"}, {.at = *at});
        if (!probe) {
            return problem_answer(read_problem(service, probe.error()));
        }
    }
    auto snapshot = service.store.snapshot();
    if (!snapshot) {
        return problem_answer(read_problem(service, snapshot.error()));
    }
    return stream_answer(
        json_type,
        std::make_unique<KeyedItems>(service.store, snapshot.take_value(), *at, keys.take_value()));
}

}  // namespace strata::tools
