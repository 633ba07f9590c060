// SPDX-License-Identifier: Apache-2.0
#include "common/json_read.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"

// Boost.JSON is compiled into this file, so that programs need no library of it at run time.
#include <boost/json/src.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

Result<RecordType> type_of(const json::value& value) {
    for (const RecordType type : {RecordType::put, RecordType::del}) {
        const json::string* text = value.if_string();
        if (text != nullptr && view(*text) == record_type_name(type)) {
            return type;
        }
    }
    return usage_error("type: expected \"put\" or \"del\"");
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::size_t column) {
    json::parser parser;
    json::error_code error;
    const std::size_t used = parser.write_some(text.data(), text.size(), error);
    if (error) {
        return usage_error("column {}: not JSON: {}", column + used, error.message());
    }
    const std::size_t rest = std::min(text.find_first_not_of(" \t\r\n", used), text.size());
    if (rest != text.size()) {
        return usage_error("column {}: expected the end of the line after the JSON value",
                           column + rest);
    }
    return parser.release();
}

const char* json_kind(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "true or false";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_:
            return "a number";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
    }
    return "nothing";
}

Result<std::string> json_bytes(const json::value& value, const char* field) {
    if (const json::string* text = value.if_string()) {
        return std::string{view(*text)};
    }
    const json::object* object = value.if_object();
    const json::value* b64 =
        object != nullptr && object->size() == 1 ? object->if_contains("b64") : nullptr;
    if (b64 == nullptr || !b64->is_string()) {
        return usage_error("{}: expected a string or {{\"b64\":\"...\"}}, found {}", field,
                           json_kind(value));
    }
    auto bytes = parse_base64(view(b64->get_string()));
    if (!bytes) {
        return usage_error("{}: expected base64 in \"b64\"", field);
    }
    return std::move(*bytes);
}

Result<std::uint64_t> json_number(const json::value& value, const char* field) {
    json::error_code error;
    if (value.is_number()) {
        const auto number = value.to_number<std::uint64_t>(error);
        if (!error) {
            return number;
        }
    } else if (const json::string* text = value.if_string()) {
        if (const auto number = parse_number(view(*text))) {
            return *number;
        }
    }
    return usage_error("{}: expected a number that is not negative", field);
}

Result<OwnedRecord> json_record(const json::object& object) {
    OwnedRecord record;
    const json::value* key = object.if_contains("key");
    if (key == nullptr) {
        return usage_error("expected a record object with a \"key\"");
    }
    record.key = STRATA_TRY(json_bytes(*key, "key"));
    for (const auto& member : object) {
        const std::string_view name = view(member.key());
        if (name == "type") {
            record.type = STRATA_TRY(type_of(member.value()));
        } else if (name == "value") {
            record.value = STRATA_TRY(json_bytes(member.value(), "value"));
        } else if (name == "expires") {
            return usage_error("expires: records that expire are not supported");
        } else if (name != "key" && name != "seq" && name != "file" && name != "run" &&
                   name != "offset") {
            return usage_error("unknown field \"{}\"", escaped(name));
        }
    }
    const bool has_value = object.contains("value");
    if (record.type == RecordType::put && !has_value) {
        return usage_error("expected a \"value\", or \"type\":\"del\"");
    }
    if (record.type == RecordType::del && has_value) {
        return usage_error("a \"del\" record has no \"value\"");
    }
    return record;
}

Result<Condition> json_condition(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* key = object == nullptr ? nullptr : object->if_contains("key");
    if (key == nullptr || object->size() != 2) {
        return usage_error(
            "if: expected {{\"key\":...}} with one of \"absent\":true, \"seq\":n, \"value\":...");
    }
    Condition condition;
    condition.key = STRATA_TRY(json_bytes(*key, "key"));
    if (const json::value* absent = object->if_contains("absent")) {
        if (!absent->is_bool()) {
            return usage_error("absent: expected true or false");
        }
        if (absent->get_bool()) {
            condition.test = Condition::Absent{};
        } else {
            condition.test = Condition::Present{};
        }
    } else if (const json::value* sequence = object->if_contains("seq")) {
        const std::uint64_t number = STRATA_TRY(json_number(*sequence, "seq"));
        condition.test = Condition::AtSequence{number};
    } else if (const json::value* expected = object->if_contains("value")) {
        std::string bytes = STRATA_TRY(json_bytes(*expected, "value"));
        condition.test = Condition::HasValue{std::move(bytes)};
    } else {
        return usage_error("if: expected one of \"absent\", \"seq\", \"value\"");
    }
    return condition;
}

}  // namespace strata::tools
