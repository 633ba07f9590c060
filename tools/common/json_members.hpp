// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Reading of objects that programs write for each other. Only source files that hold a document
/// need this, as json_read.hpp.
namespace strata::tools {

/// One document, which must be an object; errors as of parse_json().
Result<boost::json::object> parse_json_object(std::string_view text);

/// Members by name. Missing ones leave `out` as it is; of another kind they are an error.
class JsonMembers {
  public:
    explicit JsonMembers(const boost::json::object& object) : object_{object} {}

    Status number(const char* name, std::uint64_t& out) const;
    Status text(const char* name, std::string& out) const;
    Status bytes(const char* name, std::string& out) const;
    Status boolean(const char* name, bool& out) const;
    /// Null when there is none, or when it is null.
    [[nodiscard]] const boost::json::value* find(const char* name) const;
    /// An array of objects, each read by `read` and appended to `out`.
    template <typename Element>
    Status list(const char* name, std::vector<Element>& out,
                Result<Element> (*read)(const JsonMembers&)) const {
        const boost::json::value* value = find(name);
        return value == nullptr ? Status{} : list_of(*value, name, out, read);
    }
    template <typename Element>
    static Status list_of(const boost::json::value& value, const char* field,
                          std::vector<Element>& out, Result<Element> (*read)(const JsonMembers&)) {
        const boost::json::array* array = value.if_array();
        if (array == nullptr) {
            return wrong_kind(field, "an array");
        }
        for (const boost::json::value& element : *array) {
            const boost::json::object* object = element.if_object();
            if (object == nullptr) {
                return wrong_kind(field, "an array of objects");
            }
            out.push_back(STRATA_TRY(read(JsonMembers{*object})));
        }
        return {};
    }

    [[nodiscard]] static Error wrong_kind(const char* field, const char* expected);

  private:
    const boost::json::object& object_;
};

}  // namespace strata::tools
