// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/coding.hpp"
#include "entry/entry.hpp"
#include "inspect/table_parts.hpp"
#include "table/format.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// The bytes of a file of a store, field by field: where each stands, what it is called, what it
/// says. The handles are followed, so that every byte is explained by the part it belongs to; what
/// cannot be explained is shown as bytes.
namespace strata {

/// Part of a file: begin <= offset < end.
struct Window {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct Field {
    std::string_view part{};        ///< "footer", "data block 3", ...
    std::uint64_t part_offset = 0;  ///< two parts of one name differ in it
    std::uint64_t offset = 0;       ///< in the file
    std::string name{};
    std::string value{};  ///< for people; empty when `text` says it
    std::string text{};   ///< key, value or name: bytes to be escaped
    bool is_text = false;
    Bytes bytes{};  ///< the field itself; valid during the call
};

/// "put", "put, expiring", ...; "unknown" for other numbers.
[[nodiscard]] const char* operation_kind_name(Kind kind) noexcept;

/// Walks over the bytes of a part and hands out the fields that touch the window.
class FieldWriter {
  public:
    using Take = std::function<void(const Field&)>;

    FieldWriter(Window window, Take take) : window_{window}, take_{std::move(take)} {}

    /// Begins a part whose bytes stand at `offset`.
    void begin(std::string part, std::uint64_t offset, Bytes bytes);
    /// Goes on in the same part with bytes that stand at `offset`.
    void go_on(std::uint64_t offset, Bytes bytes) noexcept;

    [[nodiscard]] const Window& window() const noexcept { return window_; }
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }
    /// Whether the next `size` bytes touch the window.
    [[nodiscard]] bool wants(std::uint64_t size) const noexcept {
        return offset_ < window_.end && offset_ + size > window_.begin;
    }
    /// Nothing behind the current place can touch the window.
    [[nodiscard]] bool done() const noexcept { return offset_ >= window_.end; }
    void skip(std::size_t size) noexcept;

    /// The next number, without taking it; 0 when the bytes end.
    template <std::unsigned_integral T>
    [[nodiscard]] T peek() const noexcept {
        return bytes_.size() < sizeof(T) ? T{0} : load<T>(bytes_.data());
    }
    /// Takes a number; `value` explains it, else it is shown in decimal. 0 when the bytes end,
    /// which are then shown as what they are.
    template <std::unsigned_integral T>
    T number(std::string name, std::string value = {}) {
        if (bytes_.size() < sizeof(T)) {
            opaque("cut short", bytes_.size());
            return 0;
        }
        const T number = peek<T>();
        emit(sizeof(T), std::move(name), value.empty() ? std::to_string(number) : std::move(value));
        return number;
    }
    std::uint64_t varint(std::string name, std::uint64_t base = 0);
    /// Bytes for people, as many as are left at most.
    void text(std::string name, std::uint64_t size);
    /// The same, when they stand in another order than they are read in.
    void text(std::string name, std::size_t size, std::string read);
    void opaque(std::string name, std::uint64_t size, std::string value = {});
    /// All bytes that are left, in fields of 16 with their printable characters.
    void rows(const char* name);

    /// Notes something wrong at an offset of the file; of one offset only the first counts.
    void problem(std::uint64_t offset, std::string message);
    struct Problem {
        std::uint64_t offset = 0;
        std::string message{};
    };
    /// What was found wrong with the bytes in the window.
    [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

  private:
    void emit(std::size_t size, std::string name, std::string value);
    void hand_out(std::size_t size, Field field);

    Window window_;
    Take take_;
    std::string part_;
    std::uint64_t part_offset_ = 0;
    std::uint64_t offset_ = 0;
    Bytes bytes_;
    std::vector<Problem> problems_;
};

/// A block as builder and reader know it, without its trailer.
void annotate_block(FieldWriter& writer, Bytes raw, BlockKind kind);

/// All parts of a table that touch the window. Its own findings are no problems of the writer.
Status annotate_table(const TableParts& table, FieldWriter& writer);

/// Header and frames of a WAL segment.
Status annotate_segment(FileSystem& files, const std::string& path, FieldWriter& writer);

/// A manifest; one that is larger than inspected_section_size_max is refused.
Status annotate_manifest(FileSystem& files, const std::string& path, FieldWriter& writer);

}  // namespace strata
