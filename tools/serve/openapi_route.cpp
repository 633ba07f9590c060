// SPDX-License-Identifier: Apache-2.0
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"

#include <strata/store.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace strata::tools {
namespace {

std::string lower(std::string_view method) {
    std::string text{method};
    for (char& letter : text) {
        letter = static_cast<char>(letter - 'A' + 'a');
    }
    return text;
}

std::string_view parameter_of(const Route& route) noexcept {
    const std::size_t open = route.pattern.rfind('{');
    return open == std::string_view::npos
               ? std::string_view{}
               : route.pattern.substr(open + 1, route.pattern.size() - open - 2);
}

std::string_view schema_type(std::string_view kind) noexcept {
    return kind == "bytes" ? "string" : kind;
}

void append_parameter(std::string& out, std::string_view name, std::string_view in,
                      const QueryParameter& parameter) {
    JsonObject object{out};
    object.text("name", name);
    object.text("in", in);
    object.boolean("required", in == "path");
    object.text("description", parameter.meaning);
    JsonObject schema{object.member("schema")};
    schema.text("type", schema_type(parameter.kind));
    if (parameter.kind == "integer") {
        schema.number("minimum", 0);
        schema.text("format", "int64");
    }
}

void append_parameters(std::string& out, const Route& route) {
    out += '[';
    const std::string_view path = parameter_of(route);
    if (!path.empty()) {
        append_parameter(out, path, "path",
                         {path, "string",
                          path == "key" ? "a key: everything behind the route, decoded once"
                                        : "what the list of these names"});
    }
    bool first = path.empty();
    for (const QueryParameter& parameter : route.parameters) {
        out += first ? "" : ",";
        first = false;
        append_parameter(out, parameter.name, "query", parameter);
    }
    out += ']';
}

void append_reference(std::string& out, std::string_view description, std::string_view type,
                      std::string_view schema) {
    JsonObject answer{out};
    answer.text("description", description);
    JsonObject content{answer.member("content")};
    JsonObject media{content.member(type)};
    JsonObject reference{media.member("schema")};
    reference.text("$ref", "#/components/schemas/" + std::string{schema});
}

void append_responses(std::string& out, const Route& route) {
    JsonObject responses{out};
    {
        JsonObject done{responses.member("2XX")};
        done.text("description", "done");
    }
    if (route.legacy) {
        JsonObject error{responses.member("default")};
        error.text("description", "an error as plain text");
    } else {
        append_reference(responses.member("default"), "an error", "application/problem+json",
                         "Problem");
    }
}

// An operation's name for generators of clients: "get_v1_kv_key".
std::string operation_id(const Route& route) {
    std::string id = lower(method_name(route.method));
    for (const char letter : route.pattern) {
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (plain) {
            id += letter;
        } else if (id.back() != '_') {
            id += '_';
        }
    }
    id.resize(id.find_last_not_of('_') + 1);
    return id;
}

void append_operation(std::string& out, const Route& route) {
    JsonObject operation{out};
    operation.text("operationId", operation_id(route));
    operation.text("summary", route.summary);
    operation.boolean("deprecated", route.legacy);
    append_parameters(operation.member("parameters"), route);
    if (!route.body_type.empty()) {
        JsonObject body{operation.member("requestBody")};
        body.boolean("required", true);
        JsonObject content{body.member("content")};
        JsonObject media{content.member(route.body_type)};
        JsonObject schema{media.member("schema")};
        schema.text("type", route.body_type == json_type ? "object" : "string");
    }
    append_responses(operation.member("responses"), route);
    std::string& security = operation.member("security");
    security += route.scope == Scope::none ? "[]" : "[{},{\"token\":[]}]";
    operation.text("x-scope", scope_name(route.scope));
}

// Each pattern once, with all its methods.
void append_paths(std::string& out, const Service& service) {
    JsonObject paths{out};
    std::vector<std::string_view> done;
    for (const Route& route : all_routes()) {
        const bool known = std::find(done.begin(), done.end(), route.pattern) != done.end();
        if (known || !is_served(service, route)) {
            continue;
        }
        done.push_back(route.pattern);
        JsonObject path{paths.member(route.pattern)};
        for (const Route& same : all_routes()) {
            if (same.pattern == route.pattern) {
                append_operation(path.member(lower(method_name(same.method))), same);
            }
        }
    }
}

constexpr std::string_view components =
    R"({"securitySchemes":{"token":{"type":"http","scheme":"bearer"}},"schemas":{)"
    R"("Bytes":{"description":"text where it is UTF-8, else base64","oneOf":[{"type":"string"},)"
    R"({"type":"object","required":["b64"],"properties":{"b64":{"type":"string"}}}]},)"
    R"("Record":{"type":"object","required":["key"],"properties":{)"
    R"("key":{"$ref":"#/components/schemas/Bytes"},"value":{"$ref":"#/components/schemas/Bytes"},)"
    R"("seq":{"type":"integer","format":"int64"},"type":{"type":"string","enum":["put","del"]}}},)"
    R"("Problem":{"type":"object","required":["type","title","status","detail","code"],)"
    R"("properties":{"type":{"type":"string"},"title":{"type":"string"},)"
    R"("status":{"type":"integer"},"detail":{"type":"string"},"code":{"type":"string"},)"
    R"("key":{"$ref":"#/components/schemas/Bytes"},"seq":{"type":"integer","format":"int64"},)"
    R"("oldest":{"type":"integer","format":"int64"},)"
    R"("outcome":{"type":"string","enum":["rejected","unknown"]}}}}})";

}  // namespace

Answer show_openapi(Service& service, const Request&, std::string_view) {
    return json_answer([&service](JsonObject& object) {
        object.text("openapi", "3.0.3");
        {
            JsonObject info{object.member("info")};
            info.text("title", "strata-serve");
            info.text("version", version());
            info.text("description", "An ordered key-value store over HTTP; see strata-http(7).");
            JsonObject license{info.member("license")};
            license.text("name", "Apache-2.0");
        }
        append_paths(object.member("paths"), service);
        object.member("components") += components;
    });
}

}  // namespace strata::tools
