// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "common/utf8.hpp"
#include "dump/hex_rows.hpp"
#include "dump/table_source.hpp"
#include "inspect/annotate.hpp"
#include "inspect/identify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

// What is shown of a file without and with @OFFSET, unless --bytes says otherwise.
constexpr std::uint64_t usual_bytes = std::uint64_t{64} << 10;
constexpr std::uint64_t bytes_at_offset = 256;

struct Source {
    std::string path{};
    PathKind kind = PathKind::unknown;
    std::uint64_t size = 0;
};

Result<Source> open_source(const DumpContext& context) {
    Source source{.path = context.options.files.front()};
    source.kind = STRATA_TRY(recognize(context.files, source.path));
    if (source.kind == PathKind::missing) {
        return fail(ErrorCode::not_found, "{}: no such file", source.path);
    }
    if (source.kind == PathKind::special) {
        return fail(ErrorCode::io, "{}: not a regular file, so it is not read", source.path);
    }
    if (source.kind == PathKind::directory) {
        return usage_error("{}: a directory; hex shows one file", source.path);
    }
    const auto status = STRATA_TRY(context.files.status(source.path));
    source.size = status ? status->size : 0;
    return source;
}

/// The part of the file that options ask for; of a table when they name one of its parts.
Result<Window> window_of(const DumpContext& context, const Source& source,
                         const TableParts* table) {
    const DumpOptions& options = context.options;
    Window window{.begin = options.offset.value_or(0)};
    if (window.begin > source.size) {
        return usage_error("@{}: the file has {} bytes", window.begin, source.size);
    }
    std::uint64_t size = options.offset ? bytes_at_offset : usual_bytes;
    if (options.footer || options.block) {
        if (table == nullptr) {
            return usage_error("{}: only tables have blocks and a footer", source.path);
        }
        if (options.footer) {
            size = std::min<std::uint64_t>(source.size, table_footer_size);
            window.begin = source.size - size;
        } else {
            const std::uint64_t block = *options.block;
            if (block >= table->blocks() || !table->handle(static_cast<std::uint32_t>(block))) {
                return usage_error("{}: no block {}: the index has {}, counted from 0", source.path,
                                   block, table->blocks());
            }
            const BlockHandle handle = *table->handle(static_cast<std::uint32_t>(block));
            window.begin = handle.offset;
            size = handle.end() - handle.offset;
        }
    }
    size = options.bytes == 0 ? size : options.bytes;
    window.end = window.begin + std::min(size, source.size - window.begin);
    return window;
}

Status show_plain(const DumpContext& context, const Source& source, const Window& window,
                  HexRows& rows) {
    constexpr std::uint64_t piece = std::uint64_t{64} << 10;
    const auto file = STRATA_TRY(context.files.open(source.path, OpenMode::read));
    std::string bytes;
    for (std::uint64_t at = window.begin; at < window.end && !context.output.failed();) {
        bytes.resize(static_cast<std::size_t>(std::min(piece, window.end - at)));
        const std::size_t got = STRATA_TRY(file->read(at, {bytes.data(), bytes.size()}));
        if (got == 0) {
            break;
        }
        rows.plain(at, Bytes{bytes}.substr(0, got));
        at += got;
    }
    return {};
}

/// The unfolded bytes of a compressed block, with offsets of their own.
Status show_unfolded(const TableParts& table, std::uint32_t position, HexRows& rows) {
    const DataBlock block = STRATA_TRY(table.read_block(position));
    if (block.trailer.codec == Compression::none) {
        return {};
    }
    FieldWriter writer{{0, block.raw.size()}, [&rows](const Field& field) { rows.field(field); }};
    writer.begin(fmt::format("data block {}, unfolded", position), 0, block.raw);
    annotate_block(writer, block.raw, BlockKind::data);
    return {};
}

Status show_annotated(const DumpContext& context, const Source& source, const Window& window,
                      const TableParts* table, HexRows& rows, std::vector<Finding>& findings) {
    FieldWriter writer{window, [&rows](const Field& field) { rows.field(field); }};
    const auto annotate = [&] {
        if (table != nullptr) {
            return annotate_table(*table, writer);
        }
        return source.kind == PathKind::segment
                   ? annotate_segment(context.files, source.path, writer)
                   : annotate_manifest(context.files, source.path, writer);
    };
    Status status = annotate();
    if (status && table != nullptr && context.options.block) {
        status = show_unfolded(*table, static_cast<std::uint32_t>(*context.options.block), rows);
    }
    for (const FieldWriter::Problem& problem : writer.problems()) {
        if (std::ranges::find(findings, problem.offset, &Finding::offset) == findings.end()) {
            findings.push_back({source.path, problem.offset, problem.message});
        }
    }
    return status;
}

Result<int> show_hex(const DumpContext& context) {
    const Source source = STRATA_TRY(open_source(context));
    std::optional<TableParts> table;
    if (source.kind == PathKind::table) {
        table = STRATA_TRY(TableParts::open(context.files, source.path));
    }
    const TableParts* parts = table ? &*table : nullptr;
    const Window window = STRATA_TRY(window_of(context, source, parts));
    const bool known =
        parts != nullptr || source.kind == PathKind::segment || source.kind == PathKind::manifest;
    HexRows rows{context.output, context.options.style, source.path};
    std::vector<Finding> findings;
    if (parts != nullptr && !context.options.plain) {
        findings = parts->findings();
    }
    Status shown = known && !context.options.plain
                       ? show_annotated(context, source, window, parts, rows, findings)
                       : show_plain(context, source, window, rows);
    rows.finish();
    context.output.flush();
    int worst = report_findings(context, findings);
    // What hides a block stands among the findings already.
    if (!shown && (findings.empty() || shown.error().code != ErrorCode::corruption)) {
        worst = std::max(worst, context.diagnostics.error(shown.error()));
    }
    if (window.end < source.size && !context.options.offset && !context.options.footer &&
        !context.options.block) {
        context.diagnostics.note(
            fmt::format("{}: {} follow; --bytes SIZE shows more, @{} goes on", source.path,
                        count_of(source.size - window.end, "byte"), window.end));
    }
    return worst;
}

}  // namespace

int dump_hex(const DumpContext& context) {
    if (context.options.style.redact_keys || context.options.style.redact_values) {
        return context.diagnostics.error(
            usage_error("--redact: hex shows the bytes themselves; block and records redact"));
    }
    const auto status = show_hex(context);
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
