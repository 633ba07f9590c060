// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/leveldb.hpp"
#include "io/file_contents.hpp"
#include "leveldb/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace strata::tools {
namespace {

std::string user_key_of(const std::string& internal_key) {
    const auto key = level::parse_internal_key(internal_key);
    return key ? std::string{key->user_key} : std::string{};
}

/// Facts of the whole, then a row for each live table. For programs one stream, in which the first
/// member says the kind.
void show(const DumpContext& context, const std::string& path, const level::ManifestState& state) {
    const bool people = context.options.style.format == OutputFormat::table;
    Facts facts{{"file", path},
                {"kind", "LevelDB manifest"},
                {"comparator", state.comparator},
                {"edits", state.edits},
                {"tables", state.tables()},
                {"log", state.log_number},
                {"log.previous", state.previous_log_number},
                {"next.file", state.next_file},
                {"seq.last", SequenceCell{state.last_sequence}}};
    if (!people) {
        facts.insert(facts.begin(), {"what", std::string{"manifest"}});
    }
    print_facts(context.output, context.options.style, facts);
    Sheet sheet{.columns = {"level", "table", "size", "key_min", "key_max"}};
    for (std::uint32_t level = 0; level < level::level_count; ++level) {
        for (const auto& [number, table] : state.levels[level]) {
            sheet.rows.push_back({std::uint64_t{level}, number, Size{table.size},
                                  KeyCell{user_key_of(table.smallest)},
                                  KeyCell{user_key_of(table.largest)}});
        }
    }
    if (people && !sheet.rows.empty()) {
        context.output.write("\n");
    }
    if (!people) {
        sheet.columns.insert(sheet.columns.begin(), "what");
        for (auto& row : sheet.rows) {
            row.insert(row.begin(), Cell{"table"});
        }
    }
    if (!sheet.rows.empty()) {
        print_sheet(context.output, context.options.style, sheet);
    }
    context.output.flush();
    if (state.torn) {
        context.diagnostics.note(fmt::format("{}: torn tail: {} at {}: {}", path,
                                             count_of(state.torn->size, "byte"), state.torn->offset,
                                             state.torn->reason));
    }
}

/// The manifest that CURRENT of a database names, or the file itself.
Result<std::string> manifest_at(const DumpContext& context, const LevelPath& path) {
    if (path.kind == level::PathKind::manifest) {
        return path.path;
    }
    if (path.kind == level::PathKind::database) {
        constexpr std::uint64_t current_size_max = 256;
        std::string name =
            STRATA_TRY(read_file(context.files, join_path(path.path, "CURRENT"), current_size_max));
        name.resize(std::min(name.find('\n'), name.size()));
        return join_path(path.path, name);
    }
    return usage_error("{}: a {}, no manifest", path.path, level::path_kind_name(path.kind));
}

Status show_one(const DumpContext& context, const LevelPath& path) {
    const auto manifest = manifest_at(context, path);
    if (!manifest) {
        return Error{manifest.error()};
    }
    auto state = level::read_manifest(context.files, *manifest);
    if (!state) {
        return state.take_error();
    }
    show(context, *manifest, *state);
    return {};
}

}  // namespace

int dump_leveldb_manifest(const DumpContext& context) {
    int worst = exit_done;
    for (const LevelPath& path : level_paths(context)) {
        const Status shown = show_one(context, path);
        if (!shown) {
            worst = std::max(worst, context.diagnostics.error(shown.error()));
        }
    }
    return worst;
}

}  // namespace strata::tools
