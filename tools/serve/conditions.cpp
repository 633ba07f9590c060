// SPDX-License-Identifier: Apache-2.0
#include "serve/conditions.hpp"

#include "serve/header_fields.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace strata::tools {
namespace {

std::optional<Sequence> current_sequence(Service& service, Bytes key) {
    auto found = service.store.get(key);
    return found && found->has_value() ? std::optional{(*found)->sequence()} : std::nullopt;
}

Problem conflict(Bytes key, std::optional<Sequence> current) {
    return {.status = 412,
            .code = "conflict",
            .detail = current ? fmt::format("the key is at sequence {}", *current)
                              : std::string{"the key is absent"},
            .key = std::string{key},
            .seq = current};
}

// One of several tags: the one that the key has now is the only one that can still match.
std::optional<Problem> require_one_of(Service& service, const EntityTags& tags, Bytes key,
                                      Batch& batch) {
    if (tags.strong.size() == 1) {
        const Status added = batch.require(key, Condition::AtSequence{tags.strong.front()});
        return added ? std::nullopt : std::optional{bad_request(added.error())};
    }
    const auto current = current_sequence(service, key);
    if (!current || !tags.has_strong(*current)) {
        return conflict(key, current);
    }
    const Status added = batch.require(key, Condition::AtSequence{*current});
    return added ? std::nullopt : std::optional{bad_request(added.error())};
}

}  // namespace

std::optional<Problem> require_headers(Service& service, const Request& request, Bytes key,
                                       Batch& batch, WriteConditions& conditions) {
    if (const auto header = request.header("if-match")) {
        conditions.given = true;
        const auto tags = parse_entity_tags(*header);
        if (!tags) {
            return bad_request("If-Match: expected * or tags in quotes, as ETag gives them");
        }
        if (!tags->any) {
            return require_one_of(service, *tags, key, batch);
        }
        const Status added = batch.require(key, Condition::Present{});
        return added ? std::nullopt : std::optional{bad_request(added.error())};
    }
    if (const auto header = request.header("if-none-match")) {
        conditions.given = true;
        const auto tags = parse_entity_tags(*header);
        if (!tags || !tags->any) {
            return bad_request("If-None-Match: of a write, expected *");
        }
        conditions.absent = true;
        const Status added = batch.require(key, Condition::Absent{});
        return added ? std::nullopt : std::optional{bad_request(added.error())};
    }
    return std::nullopt;
}

Response conflict_answer(Service& service, Bytes key) {
    const auto current = current_sequence(service, key);
    Response response = problem_answer(conflict(key, current));
    response.sequence = current;
    return response;
}

}  // namespace strata::tools
