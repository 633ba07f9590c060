// SPDX-License-Identifier: Apache-2.0
#include "base/file_name.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "dump/commands.hpp"
#include "dump/date_text.hpp"
#include "dump/table_source.hpp"
#include "inspect/manifest_survey.hpp"
#include "inspect/store_files.hpp"
#include "io/file_contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace strata::tools {
namespace {

/// Objects of several kinds. For people: sections with a heading each; for programs: one stream, in
/// which the first member says the kind.
class Sections {
  public:
    explicit Sections(const DumpContext& context)
        : context_{context}, people_{context.options.style.format == OutputFormat::table} {}

    void facts(Facts facts) {
        if (people_) {
            print_facts(context_.output, context_.options.style, facts);
            return;
        }
        facts.insert(facts.begin(), {"what", std::string{"manifest"}});
        add(facts);
    }

    void rows(const std::string& what, const std::string& heading, Sheet sheet) {
        if (people_ && !sheet.rows.empty()) {
            context_.output.write("\n" + heading + "\n");
            print_sheet(context_.output, context_.options.style, sheet);
            return;
        }
        for (auto& row : sheet.rows) {
            Facts facts{{"what", what}};
            for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
                facts.emplace_back(sheet.columns[i], std::move(row[i]));
            }
            add(facts);
        }
    }

    void finish() {
        if (context_.options.style.format == OutputFormat::json) {
            context_.output.write(first_ ? "[]\n" : "\n]\n");
        }
    }

  private:
    void add(const Facts& facts) {
        OutputStyle style = context_.options.style;
        if (style.format == OutputFormat::json) {
            std::string line;
            {
                Output output{line};
                style.format = OutputFormat::ndjson;
                print_facts(output, style, facts);
            }
            line.pop_back();
            context_.output.write((first_ ? "[\n" : ",\n") + line);
        } else if (style.format == OutputFormat::ndjson) {
            print_facts(context_.output, style, facts);
        } else {
            // One line each, as for rows: the columns of a kind are always the same.
            Sheet sheet;
            auto& row = sheet.rows.emplace_back();
            for (const auto& [name, cell] : facts) {
                sheet.columns.push_back(name);
                row.push_back(cell);
            }
            print_sheet(context_.output, style, sheet);
        }
        first_ = false;
    }

    const DumpContext& context_;
    bool people_;
    bool first_ = true;
};

Facts facts_of(const std::string& path, std::size_t size, const ManifestSurvey& survey) {
    const Manifest& manifest = survey.manifest;
    std::uint64_t tables = 0;
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& table : run.tables) {
            tables += 1;
            bytes += table.length;
            entries += table.entries;
        }
    }
    return {{"file", path},
            {"size", Size{size}},
            {"verified", std::string{survey.damage.empty() ? "yes" : "no"}},
            {"version", std::uint64_t{survey.version}},
            {"number", manifest.number},
            {"store_id", manifest.store.to_hex()},
            {"written", date_text(manifest.time_ms)},
            {"next_number", manifest.next_number},
            {"last_sequence", SequenceCell{manifest.last_sequence}},
            {"history_floor", SequenceCell{manifest.history_floor()}},
            {"active", manifest.active},
            {"active_key", fmt::format("{:016x}", manifest.active_key)},
            {"closed", std::string{manifest.active == 0 ? "yes" : "no"}},
            {"repaired", std::string{manifest.repaired ? "yes" : "no"}},
            {"sealed", std::uint64_t{manifest.sealed.size()}},
            {"runs", std::uint64_t{manifest.runs.size()}},
            {"tables", tables},
            {"table_bytes", Size{bytes}},
            {"entries", entries}};
}

Sheet segments_of(const Manifest& manifest) {
    Sheet sheet{.columns = {"segment", "length", "seq_min", "seq_max", "key"}};
    for (const SegmentFacts& segment : manifest.sealed) {
        sheet.rows.push_back(
            {segment.number, Size{segment.length}, SequenceCell{segment.first_sequence},
             SequenceCell{segment.last_sequence}, fmt::format("{:016x}", segment.key)});
    }
    return sheet;
}

Sheet tables_of(const Manifest& manifest) {
    Sheet sheet{.columns = {"run", "tier", "table", "length", "entries", "deletes", "seq_min",
                            "seq_max", "key_min", "key_max"}};
    for (std::size_t run = 0; run < manifest.runs.size(); ++run) {
        for (const TableFacts& table : manifest.runs[run].tables) {
            sheet.rows.push_back(
                {std::uint64_t{run}, std::uint64_t{manifest.runs[run].tier}, table.number,
                 Size{table.length}, table.entries, table.deletes, SequenceCell{table.sequence_min},
                 SequenceCell{table.sequence_max}, KeyCell{table.key_min}, KeyCell{table.key_max}});
        }
    }
    return sheet;
}

Sheet properties_of(const Manifest& manifest) {
    Sheet sheet{.columns = {"name", "value"}};
    for (const auto& [name, value] : manifest.properties) {
        const bool is_floor = name == "history.floor" && value.size() == sizeof(Sequence);
        sheet.rows.push_back({KeyCell{name}, is_floor ? Cell{SequenceCell{manifest.history_floor()}}
                                                      : Cell{KeyCell{value}}});
    }
    return sheet;
}

/// Why a file of the directory is not part of the store; empty: it is one.
std::string why_orphan(const FileName& name, const Manifest& manifest,
                       const std::set<std::uint64_t>& live) {
    switch (name.type) {
        case FileType::lock:
            return {};
        case FileType::unknown:
            return "not a name of a store";
        case FileType::manifest_temporary:
            return "a manifest whose writing was interrupted";
        case FileType::manifest:
            return name.number == manifest.number ? "" : "an older manifest, kept";
        case FileType::wal:
        case FileType::table:
            break;
    }
    if (live.contains(name.number) ||
        (name.type == FileType::wal && manifest.active != 0 && name.number > manifest.active)) {
        return {};
    }
    return name.number >= manifest.next_number ? "younger than the manifest: it was being written"
                                               : "given up, not removed yet";
}

Result<Sheet> orphans_of(FileSystem& files, const std::string& directory,
                         const Manifest& manifest) {
    Sheet sheet{.columns = {"file", "size", "reason"}};
    const std::set<std::uint64_t> live = live_numbers(manifest);
    const auto names = STRATA_TRY(files.list(directory));
    for (const std::string& name : names) {
        const std::string reason = why_orphan(parse_file_name(name), manifest, live);
        if (reason.empty()) {
            continue;
        }
        const auto status = STRATA_TRY(files.status(join_path(directory, name)));
        sheet.rows.push_back({name, Size{status ? status->size : 0}, reason});
    }
    return sheet;
}

/// The newest manifest of a directory, or the file itself.
Result<std::string> manifest_at(FileSystem& files, const std::string& path) {
    const auto status = STRATA_TRY(files.status(path));
    if (!status) {
        return fail(ErrorCode::not_found, "{}: no such file", path);
    }
    if (status->kind == FileKind::regular) {
        return path;
    }
    if (status->kind != FileKind::directory) {
        return fail(ErrorCode::io, "{}: not a regular file, so it is not read", path);
    }
    std::uint64_t newest = 0;
    const auto names = STRATA_TRY(files.list(path));
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::manifest) {
            newest = std::max(newest, parsed.number);
        }
    }
    if (newest == 0) {
        return fail(ErrorCode::not_found, "{}: no store: it holds no manifest", path);
    }
    return join_path(path, file_name(FileType::manifest, newest));
}

Result<int> show(const DumpContext& context, const std::string& given) {
    const std::string path = STRATA_TRY(manifest_at(context.files, given));
    const std::string bytes = STRATA_TRY(read_file(context.files, path, manifest_size_max));
    const ManifestSurvey survey = survey_manifest(bytes, path);
    if (survey.has_header) {
        Sections sections{context};
        sections.facts(facts_of(path, bytes.size(), survey));
        sections.rows("segment", "sealed segments, oldest first", segments_of(survey.manifest));
        sections.rows("table", "runs, newest first", tables_of(survey.manifest));
        sections.rows("property", "properties", properties_of(survey.manifest));
        if (context.options.orphans) {
            const std::string directory = parent_directory(path);
            sections.rows("orphan", "files that the manifest does not name",
                          STRATA_TRY(orphans_of(context.files, directory, survey.manifest)));
        }
        sections.finish();
    }
    const int damaged = report_findings(context, survey.damage);
    if (damaged != exit_done && survey.has_header) {
        context.diagnostics.note("what is shown did not verify and may be wrong anywhere");
    }
    return damaged;
}

}  // namespace

int dump_manifest(const DumpContext& context) {
    int worst = exit_done;
    bool first = true;
    for (const std::string& path : context.options.files) {
        if (!first && context.options.style.format == OutputFormat::table) {
            context.output.write("\n");
        }
        first = false;
        const auto status = show(context, path);
        context.output.flush();
        worst = std::max(worst, status ? *status : context.diagnostics.error(status.error()));
    }
    return worst;
}

}  // namespace strata::tools
