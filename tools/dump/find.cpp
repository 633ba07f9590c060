// SPDX-License-Identifier: Apache-2.0
#include "inspect/find_key.hpp"

#include "base/file_name.hpp"
#include "common/byte_format.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/commands.hpp"
#include "dump/record_facts.hpp"
#include "dump/table_source.hpp"
#include "inspect/identify.hpp"
#include "inspect/store_files.hpp"
#include "io/file_contents.hpp"
#include "version/manifest_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

// A store that changes faster than this is read beside is told as it was met last.
constexpr int attempts_max = 10;

class Finder {
  public:
    Finder(const DumpContext& context, std::string key) : context_{context}, key_{std::move(key)} {}

    /// Goes on after an error, which is printed.
    void look(const std::string& path) {
        const Status looked = look_at(path);
        if (!looked) {
            status_ = std::max(status_, context_.diagnostics.error(looked.error()));
        }
    }

    int finish() {
        std::ranges::stable_sort(search_.versions, [](const auto& left, const auto& right) {
            return left.sequence > right.sequence;
        });
        print();
        for (const std::string& note : search_.notes) {
            context_.diagnostics.note(note);
        }
        const int damaged = report_findings(context_, search_.damage);
        if (search_.versions.empty() && status_ == exit_done && damaged == exit_done) {
            context_.diagnostics.absent(key_);
            return exit_negative;
        }
        return std::max(status_, damaged);
    }

  private:
    Status look_at(const std::string& path) {
        const PathKind kind = STRATA_TRY(recognize(context_.files, path));
        switch (kind) {
            case PathKind::missing:
                return fail(ErrorCode::not_found, "{}: no such file", path);
            case PathKind::directory:
                return look_into(path);
            case PathKind::segment:
                return find_in_segment(context_.files, path, key_, search_);
            case PathKind::special:
                return fail(ErrorCode::io, "{}: not a regular file, so it is not read", path);
            case PathKind::manifest:
            case PathKind::lock:
            case PathKind::leveldb_table:
            case PathKind::rocksdb_table:
            case PathKind::sqlite:
                return usage_error("{}: a {}, which holds no records of strata", path,
                                   path_kind_name(kind));
            case PathKind::table:
            case PathKind::empty:
            case PathKind::zeros:
            case PathKind::unknown:
                break;
        }
        return find_in_table(context_.files, path, key_, search_);
    }

    /// What the manifest of a directory names, or everything without one that can be read. What is
    /// missing or damaged is only so when an owner did not replace it meanwhile.
    Status look_into(const std::string& directory) {
        for (int attempt = 1;; ++attempt) {
            auto loaded = load_newest_manifest(context_.files, directory);
            std::optional<Manifest> manifest;
            if (loaded) {
                manifest = loaded.take_value();
            } else if (loaded.error().code == ErrorCode::corruption) {
                status_ = std::max(status_, context_.diagnostics.error(loaded.error()));
            } else {
                return loaded.take_error();
            }
            const KeySearch before = search_;
            std::vector<Error> errors;
            Status log = search_directory(directory, manifest ? &*manifest : nullptr, errors);
            const bool good =
                log && errors.empty() && search_.damage.size() == before.damage.size();
            if (good || attempt == attempts_max || !replaced(directory, manifest)) {
                for (const Error& error : errors) {
                    status_ = std::max(status_, context_.diagnostics.error(error));
                }
                return log;
            }
            search_ = before;
        }
    }

    Status search_directory(const std::string& directory, const Manifest* manifest,
                            std::vector<Error>& errors) {
        const std::set<std::uint64_t> live =
            manifest != nullptr ? live_numbers(*manifest) : std::set<std::uint64_t>{};
        const auto names = STRATA_TRY(context_.files.list(directory));
        std::size_t others = 0;
        for (const std::string& name : names) {
            const FileName parsed = parse_file_name(name);
            if (parsed.type != FileType::table || interrupted()) {
                continue;
            }
            if (manifest != nullptr && !live.contains(parsed.number)) {
                ++others;
                continue;
            }
            const Status found =
                find_in_table(context_.files, join_path(directory, name), key_, search_);
            if (!found) {
                errors.push_back(found.error());
            }
        }
        if (manifest != nullptr) {
            if (auto present = check_tables_present(context_.files, directory, *manifest);
                !present) {
                errors.push_back(present.take_error());
            }
        }
        if (others != 0) {
            search_.notes.push_back(
                fmt::format("{}: {} that the manifest does not name left out; name the file to "
                            "look into it",
                            directory, count_of(others, "table")));
        }
        return find_in_log(context_.files, directory, manifest, key_, search_);
    }

    /// Whether the directory has another manifest now.
    [[nodiscard]] bool replaced(const std::string& directory,
                                const std::optional<Manifest>& manifest) const {
        const auto newest = load_newest_manifest(context_.files, directory);
        return manifest && newest && *newest && (*newest)->number != manifest->number;
    }

    void print() {
        const OutputFormat format = context_.options.style.format;
        if (format == OutputFormat::raw) {
            for (const FoundVersion& version : search_.versions) {
                context_.output.write(version.value);
            }
            return;
        }
        Sheet sheet{.columns = {"seq", "type", "file", "offset", "record", "value"}};
        for (const FoundVersion& version : search_.versions) {
            sheet.rows.push_back({SequenceCell{version.sequence},
                                  std::string{record_type_name(record_type_of(version.kind))},
                                  version.file, version.offset, version.record,
                                  value_cell(version)});
        }
        print_sheet(context_.output, context_.options.style, sheet);
    }

    /// A delete has none.
    [[nodiscard]] static Cell value_cell(const FoundVersion& version) {
        if (version.kind == Kind::del) {
            return {};
        }
        return ValueCell{version.value};
    }

    const DumpContext& context_;
    std::string key_;
    KeySearch search_;
    int status_ = exit_done;
};

}  // namespace

int dump_find(const DumpContext& context) {
    auto key = parse_bytes(context.options.style.key_format, context.options.arguments.front());
    if (!key) {
        return context.diagnostics.error(at("KEY", key.take_error()));
    }
    Finder finder{context, key.take_value()};
    for (const std::string& path : context.options.files) {
        if (!interrupted()) {
            finder.look(path);
        }
    }
    const int status = finder.finish();
    return interrupted() ? interrupt_status() : status;
}

}  // namespace strata::tools
