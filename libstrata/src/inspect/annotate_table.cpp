// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"
#include "inspect/annotate.hpp"
#include "inspect/table_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace strata {
namespace {

constexpr std::size_t head_size = 4;
constexpr std::size_t checked_footer_size = 48;

std::string check_text(std::uint64_t found, std::uint64_t expected) {
    return found == expected ? fmt::format("{:016x}, verifies", found)
                             : fmt::format("{:016x}, expected {:016x}", found, expected);
}

std::string numbered(const char* name, std::uint32_t number, const char* field = "") {
    return fmt::format("{} {}{}{}", name, number, *field == '\0' ? "" : " ", field);
}

/// The value of a record; that of an index is where a block stands.
void annotate_value(FieldWriter& writer, std::uint32_t i, Bytes value, BlockKind kind) {
    const bool handle = kind == BlockKind::index && value.size() == block_handle_size;
    const bool number = kind == BlockKind::properties && value.size() == sizeof(std::uint64_t);
    if (handle) {
        writer.number<std::uint64_t>(numbered("record", i, "block offset"));
        writer.number<std::uint32_t>(numbered("record", i, "block size"));
    } else if (number) {
        writer.number<std::uint64_t>(numbered("record", i, "value"));
    } else {
        writer.text(numbered("record", i, "value"), value.size());
    }
}

/// Record `i`, which takes `size` bytes.
void annotate_record(FieldWriter& writer, const BlockView& view, std::uint32_t i, bool varies,
                     BlockKind kind) {
    const BlockRecord record = view.record(i);
    writer.number<std::uint8_t>(numbered("record", i, "kind"), operation_kind_name(record.kind));
    writer.varint(numbered("record", i, "sequence"), view.base_sequence());
    if (varies) {
        writer.varint(numbered("record", i, "suffix length"));
    }
    if (record.kind == Kind::put_expiring) {
        writer.varint(numbered("record", i, "expiry"));
    }
    writer.text(numbered("record", i, "key, rest"), record.rest.size());
    annotate_value(writer, i, record.value, kind);
}

void annotate_arrays(FieldWriter& writer, const BlockView& view) {
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        if (!writer.wants(head_size)) {
            writer.skip(head_size);
            continue;
        }
        // Stored as a number, so that the bytes of the key stand in reverse.
        const std::uint32_t head = view.head(i);
        std::string key(head_size, '\0');
        store(key.data(), std::uint32_t{__builtin_bswap32(head)});
        key.resize(std::min<std::size_t>(head_size, view.record(i).suffix_size));
        writer.text(numbered("head", i), head_size, std::move(key));
    }
    const std::size_t width = view.wide_offsets() ? 4 : 2;
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        if (!writer.wants(width)) {
            writer.skip(width);
        } else if (view.wide_offsets()) {
            writer.number<std::uint32_t>(numbered("offset", i));
        } else {
            writer.number<std::uint16_t>(numbered("offset", i));
        }
    }
}

/// The 16 bytes behind every block; `stored` are the bytes that the check covers, besides its own.
void annotate_trailer(FieldWriter& writer, Bytes block, std::uint64_t seed) {
    writer.number<std::uint32_t>("trailer raw length");
    writer.number<std::uint8_t>("trailer codec",
                                codec_name(static_cast<Compression>(writer.peek<std::uint8_t>())));
    writer.number<std::uint8_t>(
        "trailer kind", block_kind_name(static_cast<BlockKind>(writer.peek<std::uint8_t>())));
    writer.number<std::uint16_t>("trailer reserved");
    const Bytes checked = block.substr(0, block.size() - sizeof(std::uint64_t));
    const std::uint64_t expected = hash64(checked, seed);
    writer.number<std::uint64_t>("trailer check",
                                 check_text(writer.peek<std::uint64_t>(), expected));
}

void annotate_filter(FieldWriter& writer, Bytes block) {
    if (!FilterView::parse(block)) {
        writer.opaque("filter", block.size(), "does not fit its size");
        return;
    }
    const auto lines = writer.number<std::uint32_t>("lines");
    writer.number<std::uint8_t>("probes");
    writer.opaque("reserved", 3);
    writer.number<std::uint64_t>("keys");
    writer.opaque("zeros", filter_line_size - 16);
    for (std::uint32_t i = 0; i < lines; ++i) {
        if (!writer.wants(filter_line_size)) {
            writer.skip(filter_line_size);
            continue;
        }
        const Bytes line = block.substr((std::size_t{i} + 1) * filter_line_size, filter_line_size);
        int set = 0;
        for (std::size_t at = 0; at < line.size(); at += sizeof(std::uint64_t)) {
            set += std::popcount(load<std::uint64_t>(line.data() + at));
        }
        writer.opaque(numbered("line", i), filter_line_size,
                      fmt::format("{} of 512 bits set", set));
    }
}

void annotate_footer(FieldWriter& writer, Bytes bytes) {
    writer.number<std::uint64_t>("file length");
    writer.number<std::uint64_t>("file number");
    writer.number<std::uint64_t>("salt", fmt::format("{:016x}", writer.peek<std::uint64_t>()));
    writer.number<std::uint32_t>("filter size");
    writer.number<std::uint32_t>("index size");
    writer.number<std::uint32_t>("properties size");
    writer.number<std::uint16_t>("version");
    writer.number<std::uint16_t>("reserved");
    writer.number<std::uint32_t>("required bits");
    writer.number<std::uint32_t>("optional bits");
    writer.number<std::uint64_t>(
        "check",
        check_text(writer.peek<std::uint64_t>(), hash64(bytes.substr(0, checked_footer_size), 0)));
    writer.text("magic", table_magic.size());
}

BlockKind block_kind_of(PartKind kind) noexcept {
    switch (kind) {
        case PartKind::data:
            return BlockKind::data;
        case PartKind::index:
            return BlockKind::index;
        case PartKind::filter:
            return BlockKind::filter;
        case PartKind::properties:
            return BlockKind::properties;
        case PartKind::section:
        case PartKind::footer:
        case PartKind::gap:
        case PartKind::unlisted:
        case PartKind::unowned:
            break;
    }
    return BlockKind::other;
}

std::string title_of(const TablePart& part) {
    return part.block ? fmt::format("data block {}", *part.block)
                      : std::string{part_kind_name(part.kind)};
}

/// Stored bytes of a block and its trailer.
void annotate_stored(FieldWriter& writer, const TableParts& table, const TablePart& part,
                     Bytes bytes) {
    const BlockKind kind = block_kind_of(part.kind);
    const Bytes stored = bytes.substr(0, bytes.size() - block_trailer_size);
    const std::uint64_t seed = table.footer()->salt + part.offset;
    const auto trailer = verify_block(bytes, seed, kind);
    if (!trailer) {
        writer.problem(part.offset, trailer.error().message);
        writer.opaque("block", stored.size(), "does not verify");
    } else if (trailer->codec != Compression::none) {
        writer.opaque("compressed", stored.size(),
                      fmt::format("{}, unfolds to {} bytes", codec_name(trailer->codec),
                                  trailer->raw_length));
    } else if (kind == BlockKind::filter) {
        annotate_filter(writer, stored);
    } else if (kind == BlockKind::other) {
        writer.opaque("section", stored.size());
    } else {
        annotate_block(writer, stored, kind);
    }
    annotate_trailer(writer, bytes, seed);
}

/// Bytes without a structure, as far as they touch the window, piece by piece.
Status annotate_plain(const TableParts& table, FieldWriter& writer, const TablePart& part,
                      const char* name) {
    constexpr std::uint64_t piece = 4096;
    const std::uint64_t end = std::min(part.end(), writer.window().end);
    for (std::uint64_t at = std::max(part.offset, writer.window().begin / 16 * 16); at < end;) {
        const auto size = static_cast<std::size_t>(std::min(piece, part.end() - at));
        const std::string bytes = STRATA_TRY(table.read(at, size));
        writer.go_on(at, bytes);
        if (part.kind != PartKind::gap) {
            writer.rows(name);
        } else {
            if (std::ranges::any_of(bytes, [](char byte) { return byte != 0; })) {
                writer.problem(part.offset, "the bytes between two blocks are not zero");
            }
            writer.opaque(name, bytes.size());
        }
        at += size;
    }
    return {};
}

Status annotate_part(const TableParts& table, FieldWriter& writer, const TablePart& part) {
    writer.begin(title_of(part), part.offset, {});
    switch (part.kind) {
        case PartKind::unlisted:
            return annotate_plain(table, writer, part, "data, not listed");
        case PartKind::unowned:
            return annotate_plain(table, writer, part, "no owner");
        case PartKind::gap:
            return annotate_plain(table, writer, part, "zeros");
        case PartKind::data:
        case PartKind::section:
        case PartKind::filter:
        case PartKind::index:
        case PartKind::properties:
        case PartKind::footer:
            break;
    }
    if (part.size > inspected_section_size_max + block_trailer_size &&
        part.kind != PartKind::data) {
        return annotate_plain(table, writer, part, "too large to explain");
    }
    const std::string bytes =
        STRATA_TRY(table.read(part.offset, static_cast<std::size_t>(part.size)));
    writer.go_on(part.offset, bytes);
    if (bytes.size() < part.size) {
        writer.opaque("cut short", bytes.size());
    } else if (part.kind == PartKind::footer) {
        annotate_footer(writer, bytes);
    } else {
        annotate_stored(writer, table, part, bytes);
    }
    return {};
}

}  // namespace

void annotate_block(FieldWriter& writer, Bytes raw, BlockKind kind) {
    const auto view = BlockView::parse(raw, kind);
    if (!view) {
        writer.opaque("block", raw.size(), view.error().message);
        return;
    }
    const std::size_t left = writer.left();
    writer.number<std::uint32_t>("records");
    const auto prefix = writer.number<std::uint32_t>("prefix length");
    const bool varies = writer.peek<std::uint32_t>() == block_suffix_varies;
    writer.number<std::uint32_t>("suffix length", varies ? "varies" : "");
    writer.number<std::uint32_t>("flags",
                                 view->wide_offsets() ? "offsets are u32" : "offsets are u16");
    writer.number<std::uint64_t>("base sequence");
    writer.text("prefix", prefix);
    writer.opaque("padding", round_up(prefix, 4) - prefix);
    annotate_arrays(writer, *view);
    const char* begin = raw.data() + (left - writer.left());
    for (std::uint32_t i = 0; i < view->count() && !writer.done(); ++i) {
        const Bytes value = view->record(i).value;
        const char* end = value.data() + value.size();
        if (writer.wants(static_cast<std::uint64_t>(end - begin))) {
            annotate_record(writer, *view, i, varies, kind);
        } else {
            writer.skip(static_cast<std::size_t>(end - begin));
        }
        begin = end;
    }
    writer.skip(static_cast<std::size_t>(raw.data() + raw.size() - begin));
}

Status annotate_table(const TableParts& table, FieldWriter& writer) {
    const TableLayout layout = STRATA_TRY(table_layout(table, false));
    for (const TablePart& part : layout.parts) {
        if (part.offset < writer.window().end && part.end() > writer.window().begin) {
            STRATA_TRY(annotate_part(table, writer, part));
        }
    }
    return {};
}

}  // namespace strata
