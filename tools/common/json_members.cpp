// SPDX-License-Identifier: Apache-2.0
#include "common/json_members.hpp"

#include "common/error.hpp"
#include "common/json_read.hpp"

namespace strata::tools {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<json::object> parse_json_object(std::string_view text) {
    json::value value = STRATA_TRY(parse_json(text));
    if (!value.is_object()) {
        return usage_error("expected an object, found {}", json_kind(value));
    }
    return std::move(value.get_object());
}

Error JsonMembers::wrong_kind(const char* field, const char* expected) {
    return usage_error("{}: expected {}", field, expected);
}

const json::value* JsonMembers::find(const char* name) const {
    const json::value* value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

Status JsonMembers::number(const char* name, std::uint64_t& out) const {
    const json::value* value = find(name);
    if (value == nullptr) {
        return {};
    }
    out = STRATA_TRY(json_number(*value, name));
    return {};
}

Status JsonMembers::text(const char* name, std::string& out) const {
    const json::value* value = find(name);
    if (value == nullptr) {
        return {};
    }
    const json::string* text = value->if_string();
    if (text == nullptr) {
        return wrong_kind(name, "a string");
    }
    out = view(*text);
    return {};
}

Status JsonMembers::bytes(const char* name, std::string& out) const {
    if (const json::value* value = find(name)) {
        out = STRATA_TRY(json_bytes(*value, name));
    }
    return {};
}

Status JsonMembers::boolean(const char* name, bool& out) const {
    const json::value* value = find(name);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_bool()) {
        return wrong_kind(name, "true or false");
    }
    out = value->get_bool();
    return {};
}

}  // namespace strata::tools
