// SPDX-License-Identifier: Apache-2.0
#include "common/record_parse.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/json_read.hpp"

#include <utility>

namespace strata::tools {
namespace {

namespace json = boost::json;

Result<json::object> object_of(std::string_view line) {
    json::value value = STRATA_TRY(parse_json(line, 1));
    if (!value.is_object()) {
        return usage_error("column 1: expected a record object, found {}", json_kind(value));
    }
    return std::move(value.get_object());
}

}  // namespace

Result<std::string> parse_json_bytes(std::string_view text, std::size_t column) {
    const json::value value = STRATA_TRY(parse_json(text, column));
    auto bytes = json_bytes(value, "JSON bytes");
    if (!bytes) {
        return at(fmt::format("column {}", column), bytes.take_error());
    }
    return bytes;
}

Result<OwnedRecord> parse_json_record(std::string_view line) {
    const json::object object = STRATA_TRY(object_of(line));
    return json_record(object);
}

Result<BatchLine> parse_json_batch_line(std::string_view line) {
    const json::object object = STRATA_TRY(object_of(line));
    const json::value* conditions = object.if_contains("if");
    if (conditions == nullptr) {
        OwnedRecord record = STRATA_TRY(json_record(object));
        return BatchLine{std::move(record)};
    }
    if (object.size() != 1) {
        return usage_error("\"if\" stands on a line of its own");
    }
    std::vector<Condition> parsed;
    if (const json::array* several = conditions->if_array()) {
        for (const json::value& one : *several) {
            parsed.push_back(STRATA_TRY(json_condition(one)));
        }
    } else {
        parsed.push_back(STRATA_TRY(json_condition(*conditions)));
    }
    return BatchLine{std::move(parsed)};
}

Result<std::optional<std::uint64_t>> parse_stream_end(std::string_view line) {
    // Records have neither of these as their first member, so that they need not be parsed twice.
    const bool may_be = line.starts_with(R"({"end")") || line.starts_with(R"({"error")");
    if (!may_be) {
        return std::optional<std::uint64_t>{};
    }
    const json::object object = STRATA_TRY(object_of(line));
    if (object.contains("error")) {
        return usage_error("the stream was broken off by an error of its sender: {}", line);
    }
    const json::value* count = object.if_contains("count");
    if (count == nullptr) {
        return std::optional<std::uint64_t>{};
    }
    return std::optional { STRATA_TRY(json_number(*count, "count")) };
}

Result<OwnedRecord> parse_tsv_record(std::string_view line) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos) {
        return usage_error("column {}: expected a TAB between key and value", line.size() + 1);
    }
    const auto is_control = [](char byte) { return static_cast<unsigned char>(byte) < 0x20; };
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i != tab && is_control(line[i])) {
            return usage_error("column {}: expected printable text, found {}", i + 1,
                               escaped(line.substr(i, 1)));
        }
    }
    OwnedRecord record;
    record.key = STRATA_TRY(parse_escaped(line.substr(0, tab)));
    record.value = STRATA_TRY(parse_escaped(line.substr(tab + 1), tab + 2));
    return record;
}

}  // namespace strata::tools
