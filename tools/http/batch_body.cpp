// SPDX-License-Identifier: Apache-2.0
#include "http/batch_body.hpp"

#include "entry/operation.hpp"

#include "common/json.hpp"

#include <fmt/format.h>

#include <variant>

namespace strata::tools {
namespace {

void append_condition(std::string& out, const Condition& condition) {
    JsonObject line{out};
    JsonObject object{line.member("if")};
    object.bytes("key", condition.key);
    if (const auto* sequence = std::get_if<Condition::AtSequence>(&condition.test)) {
        object.number("seq", sequence->sequence);
    } else if (const auto* value = std::get_if<Condition::HasValue>(&condition.test)) {
        object.bytes("value", value->value);
    } else {
        object.boolean("absent", std::holds_alternative<Condition::Absent>(condition.test));
    }
}

}  // namespace

void append_batch_lines(std::string& out, const Batch& batch) {
    for (const Condition& condition : batch.conditions()) {
        append_condition(out, condition);
        out += '\n';
    }
    OperationReader operations{batch.encoded()};
    for (Entry entry; operations.next(entry);) {
        Record record{.key = entry.key};
        if (entry.kind == Kind::del) {
            record.type = RecordType::del;
        } else {
            record.value = entry.value;
        }
        append_json_record(out, record, {});
        out += '\n';
    }
}

std::optional<SinglePut> single_put(const Batch& batch) {
    OperationReader operations{batch.encoded()};
    Entry entry;
    if (batch.operations() != 1 || !operations.next(entry) || entry.kind != Kind::put) {
        return std::nullopt;
    }
    SinglePut put{.key = entry.key, .value = entry.value};
    if (batch.conditions().empty()) {
        return put;
    }
    const Condition& condition = batch.conditions().front();
    if (batch.conditions().size() > 1 || condition.key != put.key) {
        return std::nullopt;
    }
    if (const auto* sequence = std::get_if<Condition::AtSequence>(&condition.test)) {
        put.header = fmt::format("If-Match: \"{}\"", sequence->sequence);
    } else if (std::holds_alternative<Condition::Absent>(condition.test)) {
        put.header = "If-None-Match: *";
    } else if (std::holds_alternative<Condition::Present>(condition.test)) {
        put.header = "If-Match: *";
    } else {
        return std::nullopt;
    }
    return put;
}

}  // namespace strata::tools
