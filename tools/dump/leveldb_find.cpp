// SPDX-License-Identifier: Apache-2.0
#include "common/byte_format.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "dump/leveldb.hpp"
#include "leveldb/log_walk.hpp"
#include "leveldb/records.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

/// A version of the key, and where it stands.
struct FoundOperation {
    Sequence sequence = 0;
    level::Kind kind = level::Kind::put;
    std::string file{};
    std::uint64_t offset = 0;  ///< of the block, or of the first fragment of the batch
    std::uint64_t record = 0;  ///< byte of the unfolded block, or of the batch
    std::string value{};
};

class LevelFinder {
  public:
    LevelFinder(const DumpContext& context, std::string key)
        : context_{context}, key_{std::move(key)} {}

    void look(const LevelPath& path) {
        const Status looked = look_at(path);
        if (!looked) {
            tell(looked.error());
        }
    }

    int finish() {
        std::ranges::stable_sort(found_, std::ranges::greater{}, &FoundOperation::sequence);
        print();
        context_.output.flush();
        for (const Error& error : errors_) {
            status_ = std::max(status_, context_.diagnostics.error(error));
        }
        if (found_.empty() && status_ == exit_done) {
            context_.diagnostics.absent(key_);
            return exit_negative;
        }
        return status_;
    }

  private:
    /// What was found stands in front of what is wrong.
    void tell(const Error& error) { errors_.push_back(error); }

    Status look_at(const LevelPath& path) {
        switch (path.kind) {
            case level::PathKind::table:
                return look_in_table(path.path);
            case level::PathKind::log:
                return look_in_log(path.path);
            case level::PathKind::database:
                return look_in_database(path.path);
            case level::PathKind::manifest:
            case level::PathKind::other:
                break;
        }
        return usage_error("{}: a {}, which holds no records", path.path,
                           level::path_kind_name(path.kind));
    }

    /// Every entry is looked at: the order of keys may be any.
    Status look_in_table(const std::string& path) {
        const auto table = STRATA_TRY(level::Table::open(context_.files, path));
        auto cursor = STRATA_TRY(level::TableCursor::create(*table));
        while (!interrupted()) {
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
            add(cursor.key(), cursor.value(), path,
                {cursor.handle().offset, cursor.entry_offset()});
        }
        return {};
    }

    Status look_in_log(const std::string& path) {
        auto reader = STRATA_TRY(level::LogReader::open(context_.files, path));
        std::vector<level::LiveLog> logs;
        logs.push_back({path, std::move(reader), std::nullopt});
        return look_in_logs(logs);
    }

    Status look_in_logs(std::vector<level::LiveLog>& logs) {
        const level::DamageHandler damaged = [this](const level::Damage& damage) -> Status {
            tell(Error{damage.code, damage.message});
            return {};
        };
        level::LogWalk walk{logs, damaged};
        while (!interrupted()) {
            const bool more = STRATA_TRY(walk.next());
            if (!more) {
                break;
            }
            add(walk.key(), walk.value(), walk.log_path(),
                {walk.batch_offset(), walk.operation_offset()});
        }
        return {};
    }

    Status look_in_database(const std::string& path) {
        auto opened = level::open_database(context_.files, path);
        if (!opened) {
            return opened.take_error();
        }
        level::Database database = opened.take_value();
        for (const level::LiveTable& live : database.tables) {
            const Status looked =
                live.problem ? Status{Error{*live.problem}} : look_in_table(live.path);
            if (!looked) {
                tell(looked.error());
            }
        }
        return look_in_logs(database.logs);
    }

    struct Place {
        std::uint64_t offset = 0;
        std::uint64_t record = 0;
    };

    void add(const level::InternalKey& key, Bytes value, const std::string& file,
             const Place& place) {
        if (key.user_key == key_) {
            found_.push_back({.sequence = key.sequence,
                              .kind = key.kind,
                              .file = file,
                              .offset = place.offset,
                              .record = place.record,
                              .value = std::string{value}});
        }
    }

    void print() {
        if (context_.options.style.format == OutputFormat::raw) {
            for (const FoundOperation& found : found_) {
                context_.output.write(found.value);
            }
            return;
        }
        Sheet sheet{.columns = {"seq", "type", "file", "offset", "record", "value"}};
        for (const FoundOperation& found : found_) {
            const bool put = found.kind == level::Kind::put;
            const RecordType type = put ? RecordType::put : RecordType::del;
            sheet.rows.push_back({SequenceCell{found.sequence}, std::string{record_type_name(type)},
                                  found.file, found.offset, found.record,
                                  put ? Cell{ValueCell{found.value}} : Cell{}});
        }
        print_sheet(context_.output, context_.options.style, sheet);
    }

    const DumpContext& context_;
    std::string key_;
    std::vector<FoundOperation> found_;
    std::vector<Error> errors_;
    int status_ = exit_done;
};

}  // namespace

int dump_leveldb_find(const DumpContext& context) {
    auto key = parse_bytes(context.options.style.key_format, context.options.arguments.front());
    if (!key) {
        return context.diagnostics.error(at("KEY", key.take_error()));
    }
    LevelFinder finder{context, key.take_value()};
    for (const LevelPath& path : level_paths(context)) {
        if (!interrupted()) {
            finder.look(path);
        }
    }
    const int status = finder.finish();
    return interrupted() ? interrupt_status() : status;
}

}  // namespace strata::tools
