// SPDX-License-Identifier: Apache-2.0
#include "table/properties.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "table/block_builder.hpp"
#include "table/block_view.hpp"

#include <algorithm>
#include <map>

namespace strata {
namespace {

struct NumberField {
    const char* name;
    std::uint64_t Properties::*member;
    bool hexadecimal = false;
};

constexpr NumberField number_fields[] = {
    {"block.bytes", &Properties::block_size},
    {"codec", &Properties::codec},
    {"created", &Properties::created_ms},
    {"data.end", &Properties::data_end},
    {"deletes", &Properties::deletes},
    {"entries", &Properties::entries},
    {"entry.sum", &Properties::entry_sum, true},
    {"expiring", &Properties::expiring},
    {"expiry.max", &Properties::expiry_max},
    {"expiry.min", &Properties::expiry_min},
    {"keys", &Properties::keys},
    {"puts", &Properties::puts},
    {"raw.bytes", &Properties::raw_bytes},
    {"seq.max", &Properties::sequence_max},
    {"seq.min", &Properties::sequence_min},
    {"tombstone.oldest", &Properties::tombstone_oldest_ms},
};

struct BytesField {
    const char* name;
    std::string Properties::*member;
};

constexpr BytesField bytes_fields[] = {
    {"key.max", &Properties::key_max},
    {"key.min", &Properties::key_min},
    {"writer", &Properties::writer},
};

constexpr Bytes store_id_name = "store.id";

Status wrong_size(Bytes name, Bytes value) {
    return make_error(ErrorCode::corruption, "property {} has {} bytes", name, value.size());
}

Status take_property(Properties& properties, Bytes name, Bytes value) {
    for (const NumberField& field : number_fields) {
        if (name == field.name) {
            if (value.size() != sizeof(std::uint64_t)) {
                return wrong_size(name, value);
            }
            properties.*field.member = load<std::uint64_t>(value.data());
        }
    }
    for (const BytesField& field : bytes_fields) {
        if (name == field.name) {
            properties.*field.member = std::string{value};
        }
    }
    if (name == store_id_name) {
        if (value.size() != store_id_size) {
            return wrong_size(name, value);
        }
        value.copy(properties.store_id.bytes.data(), store_id_size);
    }
    return {};
}

}  // namespace

std::vector<PropertyText> describe(const Properties& properties) {
    std::vector<PropertyText> texts;
    for (const NumberField& field : number_fields) {
        const std::uint64_t value = properties.*field.member;
        texts.push_back({.name = field.name,
                         .value = field.hexadecimal ? fmt::format("{:016x}", value)
                                                    : fmt::format("{}", value)});
    }
    for (const BytesField& field : bytes_fields) {
        texts.push_back({.name = field.name, .value = properties.*field.member, .is_bytes = true});
    }
    texts.push_back({.name = std::string{store_id_name}, .value = properties.store_id.to_hex()});
    std::ranges::sort(texts, {}, &PropertyText::name);
    return texts;
}

std::string encode_properties(const Properties& properties) {
    std::map<std::string, std::string> values;
    for (const NumberField& field : number_fields) {
        append(values[field.name], properties.*field.member);
    }
    for (const BytesField& field : bytes_fields) {
        values[field.name] = properties.*field.member;
    }
    values[std::string{store_id_name}] = properties.store_id.view();
    BlockBuilder builder;
    for (const auto& [name, value] : values) {
        builder.add({.key = name, .sequence = 0, .kind = Kind::put, .value = value});
    }
    std::string block;
    builder.finish(block);
    return block;
}

Result<Properties> decode_properties(Bytes block) {
    const BlockView view = STRATA_TRY(BlockView::parse(block, BlockKind::properties));
    Properties properties;
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        STRATA_TRY(take_property(properties, view.key(i), view.record(i).value));
    }
    return properties;
}

}  // namespace strata
