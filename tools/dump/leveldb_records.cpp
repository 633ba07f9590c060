// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "dump/leveldb.hpp"
#include "dump/record_facts.hpp"
#include "entry/bounds.hpp"
#include "io/file_contents.hpp"
#include "leveldb/log_walk.hpp"
#include "leveldb/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace strata::tools {
namespace {

/// Writes the records of tables and databases, up to the limit of all.
class LevelRecordDump {
  public:
    /// `many`: more than one file, so that each record names its own.
    LevelRecordDump(const DumpContext& context, bool many)
        : context_{context},
          bounds_{visible_bounds(context.options.range)},
          versions_{wants_versions(context.options)},
          many_{many},
          filter_{context.options},
          writer_{context.output, context.options.style, fields(context.options, many_)} {}

    int dump(const LevelPath& path) {
        const Status status = path.kind == level::PathKind::database ? dump_database(path.path)
                                                                     : dump_table(path.path);
        if (!status) {
            tell(status.error());
        }
        return status_;
    }

    void finish() {
        writer_.finish();
        const ScanOptions& range = context_.options.range;
        const bool whole =
            !range.from && !range.to && !range.after && range.prefix.empty() && filter_.empty();
        if (whole && !done() && hidden_ != 0) {
            context_.diagnostics.note(fmt::format(
                "{} older versions and deletes are not shown; --all-versions does", hidden_));
        }
    }

  private:
    static RecordFields fields(const DumpOptions& options, bool many) {
        const bool json = is_json(options.style.format);
        return {.value = true,
                .sequence = options.internal || json,
                .type = options.internal || json,
                .file = many,
                .offset = options.internal};
    }

    /// What stands before the damage is shown before the message.
    void tell(const Error& error) {
        context_.output.flush();
        status_ = std::max(status_, context_.diagnostics.error(error));
    }

    [[nodiscard]] bool done() const {
        const std::uint64_t limit = context_.options.limit;
        return (limit != 0 && writer_.written() >= limit) || interrupted() ||
               context_.output.failed();
    }

    /// Where a record stands; nothing is known of the content of a whole database.
    struct Place {
        std::uint64_t file = 0;
        std::optional<std::uint64_t> offset{};
    };

    void write(const level::InternalKey& key, Bytes value, const Place& place) {
        const bool put = key.kind == level::Kind::put;
        if (key.user_key < bounds_.lower || (bounds_.upper && key.user_key >= *bounds_.upper)) {
            return;
        }
        if (!filter_.wants(key.user_key, !put)) {
            return;
        }
        Record record{.key = key.user_key,
                      .sequence = key.sequence,
                      .type = put ? RecordType::put : RecordType::del};
        if (many_ && place.file != 0) {
            record.file = place.file;
        }
        if (context_.options.internal) {
            record.offset = place.offset;
        }
        if (put) {
            record.value = value;
        }
        writer_.write(record);
    }

    /// The newest version of a key comes first in a table, whatever the order of keys is.
    Status dump_table(const std::string& path) {
        const auto table = STRATA_TRY(level::Table::open(context_.files, path));
        auto cursor = STRATA_TRY(level::TableCursor::create(*table));
        const std::uint64_t number = level::parse_file_name(base_name(path)).number;
        std::optional<std::string> before;
        while (!done()) {
            const auto more = cursor.next();
            if (!more) {
                tell(more.error());
                if (cursor.lost_index()) {
                    break;
                }
                continue;
            }
            if (!*more) {
                break;
            }
            const level::InternalKey& key = cursor.key();
            const bool shown =
                versions_ || (key.kind == level::Kind::put && before != key.user_key);
            before = key.user_key;
            if (shown) {
                write(key, cursor.value(), {number, cursor.handle().offset});
            } else {
                ++hidden_;
            }
        }
        return {};
    }

    /// The content of the database; or, with all versions, its tables and then its logs.
    Status dump_database(const std::string& path) {
        auto opened = level::open_database(context_.files, path);
        if (!opened) {
            return opened.take_error();
        }
        level::Database database = opened.take_value();
        const level::DamageHandler damaged = [this](const level::Damage& damage) -> Status {
            tell(Error{damage.code, damage.message});
            return {};
        };
        if (!database.bytewise()) {
            context_.diagnostics.note(fmt::format(
                "{}: ordered by the comparator \"{}\"; shown is every version, table by table, the "
                "oldest first",
                path, database.manifest.comparator));
        }
        if (!versions_ || !database.bytewise()) {
            auto walk = level::walk_records(database, damaged);
            return walk ? dump_walk(**walk) : Status{walk.take_error()};
        }
        for (const level::LiveTable& live : database.tables) {
            if (live.problem) {
                tell(*live.problem);
                continue;
            }
            STRATA_TRY(dump_table(live.path));
        }
        return dump_logs(database, damaged);
    }

    Status dump_walk(level::RecordWalk& walk) {
        while (!done()) {
            const bool more = STRATA_TRY(walk.next());
            if (!more) {
                break;
            }
            write(walk.key(), walk.value(), {});
        }
        return {};
    }

    Status dump_logs(level::Database& database, const level::DamageHandler& damaged) {
        level::LogWalk walk{database.logs, damaged};
        while (!done()) {
            const bool more = STRATA_TRY(walk.next());
            if (!more) {
                break;
            }
            write(walk.key(), walk.value(), {walk.log_number(), walk.batch_offset()});
        }
        return {};
    }

    const DumpContext& context_;
    VisibleBounds bounds_;
    bool versions_;
    bool many_;
    RecordFilter filter_;
    RecordWriter writer_;
    std::uint64_t hidden_ = 0;
    int status_ = exit_done;
};

}  // namespace

int dump_leveldb_records(const DumpContext& context) {
    if (context.options.range.reverse) {
        return context.diagnostics.error(
            usage_error("--reverse: files of LevelDB are shown forwards only"));
    }
    std::vector<LevelPath> paths;
    int worst = exit_done;
    for (const LevelPath& path : level_paths(context)) {
        if (path.kind == level::PathKind::database) {
            paths.push_back(path);
            continue;
        }
        DumpOptions one = context.options;
        one.files = {path.path};
        const auto tables = level_tables({one, context.files, context.output, context.diagnostics});
        worst = std::max(worst, tables.status);
        for (const std::string& table : tables.paths) {
            paths.push_back({table, level::PathKind::table});
        }
    }
    // Every version of a database stands in some file of it.
    const bool databases = std::ranges::any_of(
        paths, [](const LevelPath& path) { return path.kind == level::PathKind::database; });
    const bool versions = wants_versions(context.options);
    LevelRecordDump dump{context, paths.size() > 1 || (databases && versions)};
    for (const LevelPath& path : paths) {
        worst = std::max(worst, dump.dump(path));
    }
    dump.finish();
    return interrupted() ? interrupt_status() : worst;
}

}  // namespace strata::tools
