// SPDX-License-Identifier: Apache-2.0
#include "inspect/annotate.hpp"

#include <algorithm>

namespace strata {

const char* operation_kind_name(Kind kind) noexcept {
    switch (kind) {
        case Kind::put:
            return "put";
        case Kind::del:
            return "del";
        case Kind::put_expiring:
            return "put, expiring";
        case Kind::range_del:
            return "rangedel";
        case Kind::merge:
            return "merge";
        case Kind::blob:
            return "blob";
    }
    return "unknown";
}

void FieldWriter::begin(std::string part, std::uint64_t offset, Bytes bytes) {
    part_ = std::move(part);
    part_offset_ = offset;
    go_on(offset, bytes);
}

void FieldWriter::go_on(std::uint64_t offset, Bytes bytes) noexcept {
    offset_ = offset;
    bytes_ = bytes;
}

void FieldWriter::problem(std::uint64_t offset, std::string message) {
    if (std::ranges::find(problems_, offset, &Problem::offset) == problems_.end()) {
        problems_.push_back({offset, std::move(message)});
    }
}

void FieldWriter::skip(std::size_t size) noexcept {
    const std::size_t skipped = std::min(size, bytes_.size());
    bytes_.remove_prefix(skipped);
    offset_ += skipped;
}

void FieldWriter::hand_out(std::size_t size, Field field) {
    if (wants(size) && size != 0) {
        field.part = part_;
        field.part_offset = part_offset_;
        field.offset = offset_;
        field.bytes = bytes_.substr(0, size);
        take_(field);
    }
    skip(size);
}

void FieldWriter::emit(std::size_t size, std::string name, std::string value) {
    hand_out(size, {.name = std::move(name), .value = std::move(value)});
}

std::uint64_t FieldWriter::varint(std::string name, std::uint64_t base) {
    FieldReader reader{bytes_};
    const std::uint64_t number = base + reader.varint();
    if (!reader.ok()) {
        opaque("cut short", bytes_.size());
        return 0;
    }
    emit(bytes_.size() - reader.rest().size(), std::move(name), std::to_string(number));
    return number;
}

void FieldWriter::text(std::string name, std::uint64_t size) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes_.size()));
    // A value of 64 MiB is not copied for a screen.
    constexpr std::size_t shown_max = 4096;
    if (wants(taken)) {
        text(std::move(name), taken, std::string{bytes_.substr(0, std::min(taken, shown_max))});
    } else {
        skip(taken);
    }
}

void FieldWriter::text(std::string name, std::size_t size, std::string read) {
    hand_out(std::min(size, bytes_.size()),
             {.name = std::move(name), .text = std::move(read), .is_text = true});
}

void FieldWriter::opaque(std::string name, std::uint64_t size, std::string value) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes_.size()));
    emit(taken, std::move(name), std::move(value));
}

void FieldWriter::rows(const char* name) {
    constexpr std::size_t row = 16;
    while (!bytes_.empty()) {
        const Bytes next = bytes_.substr(0, row);
        std::string printable;
        if (wants(next.size())) {
            for (const char byte : next) {
                printable += byte >= ' ' && byte <= '~' ? byte : '.';
            }
        }
        emit(next.size(), name, std::move(printable));
    }
}

}  // namespace strata
