// SPDX-License-Identifier: Apache-2.0
#include "common/json.hpp"

#include "common/encoding.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace strata::tools {
namespace {

bool is_plain(char byte) noexcept {
    return byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
}

void append_special(std::string& out, Bytes bytes, CodePoint point) {
    switch (point.value) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    // Line separators and controls would break a line for some reader.
    const bool control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0);
    if (control || point.value == 0x2028 || point.value == 0x2029) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(point.value));
    } else {
        out += bytes;
    }
}

}  // namespace

const char* record_type_name(RecordType type) noexcept {
    switch (type) {
        case RecordType::put:
            return "put";
        case RecordType::del:
            return "del";
        case RecordType::rangedel:
            return "rangedel";
        case RecordType::merge:
            return "merge";
    }
    return "put";
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && is_plain(text[plain])) {
            ++plain;
        }
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        const CodePoint point = decode_utf8(text);
        if (point.size == 0) {
            out += "\\ufffd";
        } else {
            append_special(out, text.substr(0, point.size), point);
        }
        text.remove_prefix(std::max<std::size_t>(point.size, 1));
    }
    out += '"';
}

void append_json_bytes(std::string& out, Bytes bytes, const JsonStyle& style) {
    if (!style.always_b64 && bytes.size() <= json_text_max && is_utf8(bytes)) {
        append_json_text(out, bytes);
        return;
    }
    out += "{\"b64\":\"";
    append_base64(out, bytes);
    out += "\"}";
}

std::string& JsonObject::member(std::string_view name) {
    if (!first_) {
        out_ += ',';
    }
    first_ = false;
    append_json_text(out_, name);
    out_ += ':';
    return out_;
}

void JsonObject::text(std::string_view name, std::string_view value) {
    append_json_text(member(name), value);
}

void JsonObject::bytes(std::string_view name, Bytes value) {
    append_json_bytes(member(name), value, style_);
}

void JsonObject::number(std::string_view name, std::uint64_t value) {
    member(name) += fmt::format_int{value}.str();
}

void JsonObject::big_number(std::string_view name, std::uint64_t value) {
    if (style_.numbers_as_text) {
        text(name, fmt::format_int{value}.str());
    } else {
        number(name, value);
    }
}

void JsonObject::boolean(std::string_view name, bool value) {
    member(name) += value ? "true" : "false";
}

void append_json_record(std::string& out, const Record& record, const JsonStyle& style) {
    JsonObject object{out, style};
    object.bytes("key", record.key);
    if (record.value) {
        object.bytes("value", *record.value);
    }
    if (record.sequence) {
        object.big_number("seq", *record.sequence);
    }
    if (record.type) {
        object.text("type", record_type_name(*record.type));
    }
    if (record.file) {
        object.number("file", *record.file);
    }
    if (record.run) {
        object.number("run", *record.run);
    }
    if (record.offset) {
        object.number("offset", *record.offset);
    }
}

}  // namespace strata::tools
