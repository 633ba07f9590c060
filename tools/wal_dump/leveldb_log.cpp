// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/leveldb_log.hpp"

#include "common/error.hpp"
#include "common/interrupt.hpp"
#include "common/units.hpp"
#include "io/file_contents.hpp"
#include "leveldb/log_reader.hpp"
#include "leveldb/manifest.hpp"
#include "leveldb/owner.hpp"
#include "leveldb/write_batch.hpp"
#include "wal_dump/leveldb_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace strata::tools {
namespace {

using level::LogEvent;
using level::LogReader;
using level::PathKind;

struct LevelLog {
    std::string path{};
    bool manifest = false;
};

Status check_options(const WalDumpOptions& options) {
    if (options.follow) {
        return usage_error("--follow: not for logs of LevelDB");
    }
    if (options.since_ms) {
        return usage_error("--since: a log of LevelDB holds no times");
    }
    if (options.durable_only) {
        return usage_error("--durable-only: a log of LevelDB does not say what was durable");
    }
    return {};
}

class LevelLogDump {
  public:
    LevelLogDump(const ViewContext& context, LevelLogView& view, Verdicts& verdicts)
        : context_{context}, view_{view}, verdicts_{verdicts} {}

    /// The files that a path stands for.
    void add(const std::string& path) {
        const auto kind = level::recognize(context_.files, path);
        if (!kind) {
            verdicts_.problem(path, kind.error());
        } else if (*kind == PathKind::database) {
            add_directory(path);
        } else if (*kind == PathKind::table) {
            verdicts_.problem(path,
                              usage_error("{}: a LevelDB table, which strata-dump reads", path));
        } else {
            logs_.push_back({path, *kind == PathKind::manifest});
        }
    }

    Status run() {
        if (context_.options.tail != 0) {
            STRATA_TRY(count());
        }
        for (const LevelLog& log : logs_) {
            const bool damaged =
                verdicts_.found_damage() && context_.options.on_error == OnError::stop;
            if (damaged || stopped()) {
                break;
            }
            const Status read = dump(log);
            if (!read) {
                verdicts_.problem(log.path, read.error());
            }
        }
        return view_.finish();
    }

  private:
    [[nodiscard]] bool stopped() const { return context_.output.failed() || interrupted(); }

    void add_directory(const std::string& directory) {
        const auto names = context_.files.list(directory);
        if (!names) {
            verdicts_.problem(directory, names.error());
            return;
        }
        std::vector<std::pair<std::uint64_t, std::string>> found;
        for (const std::string& name : *names) {
            const level::FileName parsed = level::parse_file_name(name);
            if (parsed.type == level::FileType::log) {
                found.emplace_back(parsed.number, join_path(directory, name));
            }
        }
        std::ranges::sort(found);
        for (auto& [number, path] : found) {
            logs_.push_back({std::move(path), false});
        }
    }

    Result<std::unique_ptr<LogReader>> open(const std::string& path) const {
        auto reader = STRATA_TRY(LogReader::open(context_.files, path));
        reader->set_resync(context_.options.on_error == OnError::skip);
        return reader;
    }

    /// For --tail: what matches in all files.
    Status count() {
        for (const LevelLog& log : logs_) {
            const auto reader = open(log.path);
            if (!reader) {
                continue;
            }
            while (true) {
                const LogEvent event = STRATA_TRY((*reader)->next());
                if (event == LogEvent::end) {
                    break;
                }
                if (event == LogEvent::record) {
                    count_record(log, (*reader)->record());
                }
            }
        }
        context_.selector.rewind();
        return {};
    }

    void count_record(const LevelLog& log, Bytes record) {
        const bool whole = context_.options.mode == WalDumpMode::batches;
        if (log.manifest) {
            context_.selector.count_one();
            return;
        }
        auto batch = level::BatchReader::create(record);
        bool any = false;
        while (batch) {
            const auto more = batch->next();
            if (!more || !*more) {
                break;
            }
            const bool matches =
                context_.selector.matches(entry_of(batch->key(), batch->value()), batch->count());
            if (matches && !(whole && std::exchange(any, true))) {
                context_.selector.count_one();
            }
        }
    }

    Status dump(const LevelLog& log) {
        const auto reader = STRATA_TRY(open(log.path));
        Verdicts::Verdict verdict{.path = log.path};
        while (!stopped()) {
            const LogEvent event = STRATA_TRY(reader->next());
            if (event == LogEvent::end) {
                break;
            }
            if (event == LogEvent::torn) {
                torn(*reader, verdict);
            } else if (event == LogEvent::damage) {
                damage(verdict, reader->gap().offset, reader->gap().size, reader->gap().reason);
            } else {
                STRATA_TRY(record(log, *reader, verdict));
            }
            if (verdict.damaged != 0 && context_.options.on_error == OnError::stop) {
                verdict.word = "damaged";
                break;
            }
        }
        verdict.good = reader->size() - verdict.torn - verdict.damaged;
        verdicts_.add_foreign(std::move(verdict));
        return {};
    }

    Status record(const LevelLog& log, const LogReader& reader, Verdicts::Verdict& verdict) {
        const Status good = log.manifest ? verify_edit(reader) : verify_batch(reader, verdict);
        if (!good) {
            damage(verdict, reader.offset(), reader.end() - reader.offset(), good.error().message);
            return {};
        }
        ++verdict.batches;
        return log.manifest ? view_.edit(reader) : view_.batch(reader);
    }

    static Status verify_edit(const LogReader& reader) {
        auto edit = level::decode_edit(reader.record());
        return edit ? Status{} : Status{edit.take_error()};
    }

    static Status verify_batch(const LogReader& reader, Verdicts::Verdict& verdict) {
        auto batch = STRATA_TRY(level::BatchReader::create(reader.record()));
        while (true) {
            const bool more = STRATA_TRY(batch.next());
            if (!more) {
                break;
            }
        }
        if (batch.count() != 0) {
            verdict.first = verdict.last == 0 ? batch.first_sequence()
                                              : std::min(verdict.first, batch.first_sequence());
            verdict.last = std::max(verdict.last, batch.first_sequence() + batch.count() - 1);
        }
        verdict.records += batch.count();
        return {};
    }

    void damage(Verdicts::Verdict& verdict, std::uint64_t offset, std::uint64_t size,
                const std::string& reason) {
        if (verdict.damaged == 0) {
            verdict.word = "damaged";
            verdict.at = offset;
        }
        verdict.damaged += size;
        verdicts_.damage(Error{ErrorCode::corruption,
                               fmt::format("{}: at {}: {}; {} are lost{}", verdict.path, offset,
                                           reason, count_of(size, "byte"), hint(size))});
    }

    /// What LevelDB drops behind a fragment is a whole block, most of it perhaps good.
    [[nodiscard]] const char* hint(std::uint64_t size) const {
        const bool skips = context_.options.on_error == OnError::skip;
        return skips || size <= level::log_header_size
                   ? ""
                   : "; --on-error skip looks for records in them";
    }

    /// Nothing valid stands behind it, which is the evidence.
    void torn(const LogReader& reader, Verdicts::Verdict& verdict) {
        const level::LogGap& gap = reader.gap();
        verdict.torn = gap.size;
        const auto owner = level::database_owner(parent_directory(verdict.path));
        if (verdict.damaged == 0) {
            verdict.word = owner ? "live" : "torn-tail";
            verdict.at = gap.offset;
        }
        if (owner) {
            context_.diagnostics.note(fmt::format(
                "{}: at {}: the last record is not complete yet: process {} holds the database",
                verdict.path, gap.offset, *owner));
            return;
        }
        verdicts_.oddity(fmt::format(
            "{}: torn tail at {}: {}; no valid record stands behind it, and LevelDB drops its {}",
            verdict.path, gap.offset, gap.reason, count_of(gap.size, "byte")));
    }

    const ViewContext& context_;
    LevelLogView& view_;
    Verdicts& verdicts_;
    std::vector<LevelLog> logs_;
};

}  // namespace

Status dump_leveldb_logs(const ViewContext& context, const std::vector<std::string>& paths,
                         Verdicts& verdicts) {
    STRATA_TRY(check_options(context.options));
    const auto view = STRATA_TRY(make_leveldb_view(context));
    LevelLogDump dump{context, *view, verdicts};
    for (const std::string& path : paths) {
        dump.add(path);
    }
    return dump.run();
}

}  // namespace strata::tools
