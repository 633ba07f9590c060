// SPDX-License-Identifier: Apache-2.0
#include "inspect/identify.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/commands.hpp"
#include "leveldb/identify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

template <typename Number>
Cell number_cell(const std::optional<Number>& number) {
    return number ? Cell{std::uint64_t{*number}} : Cell{};
}

bool has_size(const PathIdentity& identity) {
    return identity.kind != PathKind::directory && identity.kind != PathKind::special;
}

/// All but the path in one line for people: "table v1, number 12, 4.0 MiB; complete: ...".
std::string description(const PathIdentity& identity) {
    std::string text = path_kind_name(identity.kind);
    text += identity.version ? fmt::format(" v{}", *identity.version) : "";
    text += identity.number ? fmt::format(", number {}", *identity.number) : "";
    text += has_size(identity) ? ", " + size_text(identity.size) : "";
    return text + (identity.state.empty() ? "" : "; ") + identity.state;
}

std::vector<Cell> row_of(const std::string& path, const PathIdentity& identity, bool people) {
    std::vector<Cell> row{path};
    if (people) {
        row.emplace_back(description(identity));
        return row;
    }
    row.emplace_back(path_kind_name(identity.kind));
    row.push_back(number_cell(identity.version));
    row.push_back(number_cell(identity.number));
    row.emplace_back();
    if (has_size(identity)) {
        row.back() = Size{identity.size};
    }
    row.emplace_back(identity.state);
    return row;
}

struct ForeignRow {
    std::vector<Cell> cells{};
    bool damaged = false;
};

/// What is LevelDB's is looked at by its own readers; nothing for other paths.
std::optional<ForeignRow> leveldb_row(const DumpContext& context, const std::string& path,
                                      bool people) {
    const auto kind = level::recognize(context.files, path);
    if (!kind || *kind == level::PathKind::other) {
        return std::nullopt;
    }
    const auto identity = level::identify(context.files, path, *kind);
    if (!identity) {
        return std::nullopt;
    }
    const std::string name = level::path_kind_name(*kind);
    const bool numbered = identity->number != 0;
    ForeignRow row{.cells = {path}, .damaged = identity->damaged};
    if (people) {
        row.cells.emplace_back(fmt::format(
            "{}{}, {}; {}", name, numbered ? fmt::format(", number {}", identity->number) : "",
            size_text(identity->size), identity->state));
        return row;
    }
    row.cells.emplace_back(name);
    row.cells.emplace_back();
    row.cells.push_back(numbered ? Cell{identity->number} : Cell{});
    row.cells.emplace_back(Size{identity->size});
    row.cells.emplace_back(identity->state);
    return row;
}

}  // namespace

int dump_identify(const DumpContext& context) {
    int worst = exit_done;
    Sheet sheet{.columns = {"path", "kind", "version", "number", "size", "state"}};
    const bool people = context.options.style.format == OutputFormat::table;
    if (people) {
        sheet.columns = {"path", "description"};
    }
    for (const std::string& path : context.options.files) {
        if (auto row = leveldb_row(context, path, people)) {
            worst = std::max(worst, row->damaged ? exit_corrupt : exit_done);
            sheet.rows.push_back(std::move(row->cells));
            continue;
        }
        const auto identity = identify(context.files, path);
        if (!identity) {
            worst = std::max(worst, context.diagnostics.error(identity.error()));
            continue;
        }
        if (identity->kind == PathKind::missing) {
            const Error error = fail(ErrorCode::not_found, "{}: no such file", path);
            worst = std::max(worst, context.diagnostics.error(error));
            continue;
        }
        sheet.rows.push_back(row_of(path, *identity, people));
        worst = std::max(worst, identity->damaged ? exit_corrupt : exit_done);
    }
    print_sheet(context.output, context.options.style, sheet);
    return worst;
}

}  // namespace strata::tools
