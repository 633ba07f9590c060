// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Writing of JSON. Output is always valid UTF-8 on one line, whatever the bytes.
namespace strata::tools {

struct JsonStyle {
    bool always_b64 = false;       ///< --bytes b64: the object form for every byte string
    bool numbers_as_text = false;  ///< --bigint string: sequences as strings
};

/// Longest byte string that is written as text; longer ones take the base64 form, so that the
/// length of a line stays bounded although JSON may need six characters for one byte.
inline constexpr std::size_t json_text_max = std::size_t{16} << 20;

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD: for messages only.
void append_json_text(std::string& out, std::string_view text);

/// A string when the bytes are UTF-8, else {"b64":"..."}.
void append_json_bytes(std::string& out, Bytes bytes, const JsonStyle& style);

/// Writes one object, member by member, and closes it when destroyed.
class JsonObject {
  public:
    explicit JsonObject(std::string& out, const JsonStyle& style = {}) : out_{out}, style_{style} {
        out_ += '{';
    }
    JsonObject(const JsonObject&) = delete;
    JsonObject& operator=(const JsonObject&) = delete;
    ~JsonObject() { out_ += '}'; }

    void text(std::string_view name, std::string_view value);
    void bytes(std::string_view name, Bytes value);
    void number(std::string_view name, std::uint64_t value);
    /// A number that may exceed 2^53, such as a sequence: a string under --bigint string.
    void big_number(std::string_view name, std::uint64_t value);
    void boolean(std::string_view name, bool value);
    /// Begins a member whose value the caller appends.
    std::string& member(std::string_view name);

  private:
    std::string& out_;
    JsonStyle style_;
    bool first_ = true;
};

/// The record object of record.hpp, without a line end.
void append_json_record(std::string& out, const Record& record, const JsonStyle& style);

}  // namespace strata::tools
