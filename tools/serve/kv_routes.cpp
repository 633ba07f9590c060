// SPDX-License-Identifier: Apache-2.0
#include "common/json.hpp"
#include "common/record_parse.hpp"
#include "serve/access.hpp"
#include "serve/body.hpp"
#include "serve/conditions.hpp"
#include "serve/handlers.hpp"
#include "serve/header_fields.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view raw_type = "application/octet-stream";
constexpr std::string_view record_type = "application/vnd.strata.record+json";

Response absent_answer(Bytes key) {
    return problem_answer({.status = 404,
                           .code = "not-found",
                           .detail = "the key is absent",
                           .key = std::string{key}});
}

// 304 or 412, when a header of the request asks for it.
std::optional<Response> judge_tags(const Request& request, Bytes key, Sequence sequence) {
    if (const auto header = request.header("if-match")) {
        const auto tags = parse_entity_tags(*header);
        if (!tags || !(tags->any || tags->has_strong(sequence))) {
            Response response =
                problem_answer({.status = 412,
                                .code = "conflict",
                                .detail = fmt::format("the key is at sequence {}", sequence),
                                .key = std::string{key},
                                .seq = sequence});
            response.sequence = sequence;
            return response;
        }
    }
    if (const auto header = request.header("if-none-match")) {
        const auto tags = parse_entity_tags(*header);
        if (tags && (tags->any || tags->has(sequence))) {
            Response response;
            response.status = 304;
            response.sequence = sequence;
            return response;
        }
    }
    return std::nullopt;
}

// The whole value, or the part that Range names.
Response value_answer(const Request& request, Value value) {
    const std::size_t size = value.bytes().size();
    Response response;
    response.content_type = raw_type;
    response.sequence = value.sequence();
    response.value = std::move(value);
    if (request.method == Method::head) {
        response.headers.emplace_back("Accept-Ranges", "bytes");
    }
    const auto range = request.header("range");
    const auto condition = request.header("if-range");
    const auto tags = condition ? parse_entity_tags(*condition) : std::nullopt;
    if (!range || (condition && !(tags && tags->has_strong(*response.sequence)))) {
        return response;
    }
    const auto wanted = parse_range_header(*range, size);
    if (const auto* part = std::get_if<ByteRange>(&wanted)) {
        response.status = 206;
        response.value_offset = part->offset;
        response.value_size = part->size;
        response.headers.emplace_back(
            "Content-Range",
            fmt::format("bytes {}-{}/{}", part->offset, part->offset + part->size - 1, size));
    } else if (std::holds_alternative<NoSuchRange>(wanted)) {
        Response refusal = problem_answer({.status = 416,
                                           .code = "range",
                                           .detail = fmt::format("the value has {} bytes", size)});
        refusal.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
        return refusal;
    }
    return response;
}

Response record_answer(Bytes key, const Value& value) {
    Response response;
    response.content_type = json_type;
    response.sequence = value.sequence();
    append_json_record(response.body,
                       {.key = key, .value = value.bytes(), .sequence = value.sequence()}, {});
    response.body += '\n';
    return response;
}

// What a PUT stores: its body, or the value inside a record.
Result<std::string> record_value(Bytes key, std::string_view body) {
    OwnedRecord record = STRATA_TRY(parse_json_record(body));
    if (record.key != key) {
        return Error{ErrorCode::invalid_argument, "key: the record has another key than the path"};
    }
    if (record.type != RecordType::put) {
        return Error{ErrorCode::invalid_argument, "type: expected \"put\"; DELETE deletes"};
    }
    return std::move(record.value);
}

Response written_answer(Service& service, Bytes key, const Result<Sequence>& written,
                        bool created) {
    if (!written) {
        return written.error().code == ErrorCode::conflict
                   ? conflict_answer(service, key)
                   : problem_answer(write_problem_of(written.error()));
    }
    Response response;
    response.status = created ? 201 : 204;
    response.sequence = *written;
    return response;
}

Response too_large(const Error& error) {
    return problem_answer({.status = 413, .code = "too-large", .detail = error.message});
}

}  // namespace

Answer get_key(Service& service, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    if (!key) {
        return problem_answer(bad_request(key.error()));
    }
    if (!may_use(request, *key)) {
        return problem_answer(outside_prefix(*key));
    }
    ReadOptions options;
    if (!request.query.empty()) {
        auto at = Query{request.query}.number("at");
        if (!at) {
            return problem_answer(bad_request(at.error()));
        }
        options.at = at.take_value();
    }
    auto found = service.store.get(*key, options);
    if (!found) {
        return problem_answer(read_problem(service, found.error()));
    }
    if (!found->has_value()) {
        return absent_answer(*key);
    }
    Value& value = **found;
    if (auto judged = judge_tags(request, *key, value.sequence())) {
        return std::move(*judged);
    }
    if (accepts(request, json_type)) {
        return record_answer(*key, value);
    }
    return value_answer(request, std::move(value));
}

Answer put_key(Service& service, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    if (!key) {
        return problem_answer(bad_request(key.error()));
    }
    if (!may_use(request, *key)) {
        return problem_answer(outside_prefix(*key));
    }
    const auto sync = Query{request.query}.sync();
    if (!sync) {
        return problem_answer(bad_request(sync.error()));
    }
    PendingWrite write;
    write.options.sync = *sync;
    Status added;
    if (same_type(content_type(request), record_type)) {
        const auto value = record_value(*key, request.body);
        if (!value) {
            return problem_answer(bad_request(value.error()));
        }
        added = write.batch.put(*key, *value);
    } else {
        added = write.batch.put(*key, request.body);
    }
    if (!added) {
        return too_large(added.error());
    }
    WriteConditions conditions;
    if (const auto problem = require_headers(service, request, *key, write.batch, conditions)) {
        Response response = problem_answer(*problem);
        response.sequence = problem->seq;
        return response;
    }
    bool created = conditions.absent;
    if (!conditions.given) {
        const auto before = service.store.get(*key);
        if (!before) {
            return problem_answer(write_problem_of(before.error()));
        }
        created = !before->has_value();
        write.answer = [&service, created](const Result<Sequence>& written) {
            return written_answer(service, {}, written, created);
        };
        return write;
    }
    write.answer = [&service, created, held = std::string{*key}](const Result<Sequence>& written) {
        return written_answer(service, held, written, created);
    };
    return write;
}

Answer delete_key(Service& service, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    if (!key) {
        return problem_answer(bad_request(key.error()));
    }
    if (!may_use(request, *key)) {
        return problem_answer(outside_prefix(*key));
    }
    const auto sync = Query{request.query}.sync();
    if (!sync) {
        return problem_answer(bad_request(sync.error()));
    }
    PendingWrite write;
    write.options.sync = *sync;
    if (const Status added = write.batch.del(*key); !added) {
        return problem_answer(bad_request(added.error()));
    }
    WriteConditions conditions;
    if (const auto problem = require_headers(service, request, *key, write.batch, conditions)) {
        Response response = problem_answer(*problem);
        response.sequence = problem->seq;
        return response;
    }
    write.answer = [&service, held = conditions.given ? std::string{*key} : std::string{}](
                       const Result<Sequence>& written) {
        Response response = written_answer(service, held, written, false);
        if (written) {
            // The sequence of a deletion is no tag of anything.
            response.headers.emplace_back("Strata-Seq", fmt::format_int{*written}.str());
            response.sequence.reset();
        }
        return response;
    };
    return write;
}

}  // namespace strata::tools
