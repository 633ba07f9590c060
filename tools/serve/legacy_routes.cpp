// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/json.hpp"
#include "serve/access.hpp"
#include "serve/body.hpp"
#include "serve/handlers.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <string>
#include <utility>

// Two published dialects, kept as they are: their clients compare bodies and codes.

namespace strata::tools {
namespace {

constexpr std::string_view success = R"({"status":"success"})";
constexpr std::string_view deleted = R"({"status":"deleted"})";
constexpr std::string_view compacted = R"({"status":"compaction triggered successfully"})";

Response legacy_answer(int status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = json_type;
    response.body = std::move(body);
    return response;
}

Result<std::string> member(const boost::json::object& object, const char* name) {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr) {
        return usage_error("expected a JSON object with a \"{}\"", name);
    }
    return json_bytes(*value, name);
}

Answer write_answer(const Request& request, PendingWrite write, std::string_view body) {
    write.answer = [body, plain = !wants_document(request)](const Result<Sequence>& written) {
        if (written) {
            return legacy_answer(200, std::string{body});
        }
        const Problem problem = write_problem_of(written.error());
        return plain ? text_answer(500, problem.detail) : problem_answer(problem);
    };
    return write;
}

Answer put_under(const Request& request, Bytes key, const Result<std::string>& value) {
    if (!value) {
        return plain_answer(request, bad_request(value.error()));
    }
    if (!may_use(request, key)) {
        return plain_answer(request, outside_prefix(key));
    }
    PendingWrite write;
    if (const Status added = write.batch.put(key, *value); !added) {
        return plain_answer(request, bad_request(added.error()));
    }
    return write_answer(request, std::move(write), success);
}

Answer delete_under(const Request& request, const Result<Bytes>& key) {
    if (!key) {
        return plain_answer(request, bad_request(key.error()));
    }
    if (!may_use(request, *key)) {
        return plain_answer(request, outside_prefix(*key));
    }
    PendingWrite write;
    if (const Status added = write.batch.del(*key); !added) {
        return plain_answer(request, bad_request(added.error()));
    }
    return write_answer(request, std::move(write), deleted);
}

// The value of a key, or the answer that there is none to be had.
struct Looked {
    std::optional<Value> value{};
    std::optional<Response> refusal{};
};

Looked look_up(Service& service, const Request& request, const Result<Bytes>& key) {
    if (!key) {
        return {.refusal = plain_answer(request, bad_request(key.error()))};
    }
    if (!may_use(request, *key)) {
        return {.refusal = plain_answer(request, outside_prefix(*key))};
    }
    auto found = service.store.get(*key);
    if (!found) {
        const Problem problem = read_problem(service, found.error());
        return {.refusal = wants_document(request) ? problem_answer(problem)
                                                   : text_answer(500, problem.detail)};
    }
    return {.value = found.take_value()};
}

Result<std::string> key_parameter(const Request& request) {
    auto key = STRATA_TRY(Query{request.query}.bytes("key"));
    if (!key) {
        return usage_error("expected the parameter key: {}?key=KEY", request.path);
    }
    STRATA_TRY(check_key(*key));
    return std::move(*key);
}

Result<Bytes> view_of(const Result<std::string>& key) {
    if (!key) {
        return key.error();
    }
    return Bytes{*key};
}

}  // namespace

Answer put_legacy(Service&, const Request& request, std::string_view) {
    const auto object = parse_body(request.body);
    if (!object) {
        return plain_answer(request, bad_request(object.error()));
    }
    const auto key = member(*object, "key");
    if (!key) {
        return plain_answer(request, bad_request(key.error()));
    }
    if (const Status valid = check_key(*key); !valid) {
        return plain_answer(request, bad_request(valid.error()));
    }
    return put_under(request, *key, member(*object, "value"));
}

Answer get_legacy(Service& service, const Request& request, std::string_view) {
    const auto key = key_parameter(request);
    Looked looked = look_up(service, request, view_of(key));
    if (looked.refusal) {
        return std::move(*looked.refusal);
    }
    std::string body;
    {
        JsonObject object{body};
        object.bytes("key", *key);
        if (looked.value) {
            object.bytes("value", looked.value->bytes());
        }
        object.boolean("found", looked.value.has_value());
    }
    return legacy_answer(looked.value ? 200 : 404, std::move(body));
}

Answer delete_legacy(Service&, const Request& request, std::string_view) {
    const auto key = key_parameter(request);
    return delete_under(request, view_of(key));
}

Answer compact_legacy(Service& service, const Request& request, std::string_view) {
    if (service.options.read_only) {
        return plain_answer(request, {.status = 403,
                                      .code = "read-only",
                                      .detail = "the server was started with --read-only"});
    }
    const Status done = service.store.compact();
    if (!done) {
        const Problem problem = problem_of(done.error());
        return wants_document(request) ? problem_answer(problem) : text_answer(500, problem.detail);
    }
    return legacy_answer(200, std::string{compacted});
}

Answer set_legacy(Service&, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    if (!key) {
        return plain_answer(request, bad_request(key.error()));
    }
    const auto object = parse_body(request.body);
    if (!object) {
        return plain_answer(request, bad_request(object.error()));
    }
    return put_under(request, *key, member(*object, "value"));
}

Answer get_legacy_path(Service& service, const Request& request, std::string_view rest) {
    const auto key = key_of(request, rest);
    Looked looked = look_up(service, request, key);
    if (looked.refusal) {
        return std::move(*looked.refusal);
    }
    if (!looked.value) {
        return plain_answer(request, {.status = 404,
                                      .code = "not-found",
                                      .detail = "key not found",
                                      .key = std::string{*key}});
    }
    std::string body;
    {
        JsonObject object{body};
        object.bytes("value", looked.value->bytes());
    }
    return legacy_answer(200, std::move(body));
}

Answer delete_legacy_path(Service&, const Request& request, std::string_view rest) {
    return delete_under(request, key_of(request, rest));
}

}  // namespace strata::tools
