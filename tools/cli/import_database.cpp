// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/import_parts.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "common/progress.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "leveldb/database.hpp"
#include "leveldb/owner.hpp"
#include "leveldb/records.hpp"

#include <fmt/format.h>
#include <strata/file_system.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace strata::tools {
namespace {

// Longest key that a message shows, in bytes.
constexpr std::size_t shown_key_max = 40;

std::string shown_key(Bytes key) {
    return fmt::format("key \"{}{}\"", escaped(key.substr(0, shown_key_max)),
                       key.size() > shown_key_max ? "..." : "");
}

/// What is wrong, for a line that names the place itself.
std::string_view without_place(const level::Damage& damage) {
    std::string_view text = damage.message;
    for (const std::string& place : {damage.path + ": ", fmt::format("at {}: ", damage.offset)}) {
        text.remove_prefix(text.starts_with(place) ? place.size() : 0);
    }
    return text;
}

/// "leveldb:DIR".
Result<std::string> directory_in(const std::string& source) {
    constexpr std::string_view kind = "leveldb:";
    if (!source.starts_with(kind) || source.size() == kind.size()) {
        return usage_error("import: --from: expected leveldb:DIR, found \"{}\"", escaped(source));
    }
    return source.substr(kind.size());
}

/// Reads a LevelDB database and writes its records, chunk by chunk. Where it is counts the
/// operations of the walk, whether they were written or rejected, so the same database gives the
/// same place.
class DatabaseImport {
  public:
    DatabaseImport(Session& session, const Invocation& invocation)
        : session_{session},
          invocation_{invocation},
          settings_{invocation.settings()},
          atomic_{invocation.has("atomic")},
          progress_{session.diagnostics().output(), "import", !settings_.quiet} {}

    Result<int> run() {
        STRATA_TRY(open());
        auto finished = read_all();
        progress_.clear();
        if (finished && interrupted()) {
            finished = fail(ErrorCode::io, "interrupted");
        }
        if (!finished) {
            return stopped(finished.take_error());
        }
        report();
        return rejected_ != 0 ? exit_partial : exit_done;
    }

  private:
    Status open() {
        directory_ = STRATA_TRY(directory_in(invocation_.text("from").value_or("")));
        const auto resume = STRATA_TRY(invocation_.number_option("resume"));
        resume_ = resume.value_or(0);
        durable_ = resume_;
        auto database = level::open_database(*posix_file_system(), directory_);
        if (!database && database.error().code == ErrorCode::not_found) {
            return fail(ErrorCode::not_found, "{}: no LevelDB database: it has no file CURRENT",
                        directory_);
        }
        if (!database) {
            return database.take_error();
        }
        database_ = database.take_value();
        if (const auto rejects = invocation_.text("rejects")) {
            STRATA_TRY(rejects_.open(*rejects));
        }
        tell_about_database();
        return {};
    }

    void tell_about_database() {
        Diagnostics& diagnostics = session_.diagnostics();
        if (const auto owner = level::database_owner(directory_)) {
            diagnostics.note(
                fmt::format("{}: process {} has it open; what it writes from now on is "
                            "not imported",
                            directory_, *owner));
        }
        if (!database_.bytewise()) {
            diagnostics.note(
                fmt::format("{}: ordered by the comparator \"{}\"; the store orders "
                            "keys by their bytes",
                            directory_, escaped(database_.manifest.comparator)));
        }
        if (const auto& torn = database_.manifest.torn) {
            diagnostics.note(fmt::format("{}: torn tail: {} at {}: {}", database_.manifest_path,
                                         count_of(torn->size, "byte"), torn->offset, torn->reason));
        }
    }

    Status read_all() {
        const level::DamageHandler damaged = [this](const level::Damage& damage) {
            return take_damage(damage);
        };
        const auto walk = STRATA_TRY(level::walk_records(database_, damaged));
        while (!interrupted()) {
            const bool more = STRATA_TRY(walk->next());
            if (!more) {
                break;
            }
            if (++position_ > resume_) {
                STRATA_TRY(take(walk->key(), walk->value()));
            }
            progress_.update(position_, walk->bytes_read(), database_.bytes);
        }
        if (interrupted() && atomic_) {
            return {};
        }
        if (position_ < resume_ && !interrupted()) {
            resume_missed_ = true;
            return usage_error("--resume {}: {} holds {} only", resume_, directory_,
                               count_of(position_, "record"));
        }
        return write_chunk(position_);
    }

    Status take(const level::InternalKey& key, Bytes value) {
        Status added = add(key, value);
        if (!added) {
            if (!rejects_.is_open()) {
                if (!atomic_) {
                    STRATA_TRY(write_chunk(position_ - 1));
                }
                return at(fmt::format("{}: {}", directory_, shown_key(key.user_key)),
                          added.take_error());
            }
            return reject(key.user_key, value, added.error());
        }
        const bool full = batch_.encoded().size() >= import_chunk_bytes ||
                          batch_.operations() >= import_chunk_operations;
        return full && !atomic_ ? write_chunk(position_) : Status{};
    }

    Status add(const level::InternalKey& key, Bytes value) {
        if (key.kind == level::Kind::del) {
            // A key that the store could not take is not there.
            const bool possible = !key.user_key.empty() && key.user_key.size() <= key_size_max;
            return possible ? batch_.del(key.user_key) : Status{};
        }
        const std::size_t size = key.user_key.size() + value.size() + import_record_overhead_max;
        if (!atomic_ && batch_.encoded().size() + size > batch_size_max) {
            STRATA_TRY(write_chunk(position_ - 1));
        }
        return batch_.put(key.user_key, value);
    }

    /// A record that no store can hold.
    Status reject(Bytes key, Bytes value, const Error& reason) {
        tell_rejected(fmt::format("{}: {}", directory_, shown_key(key)), reason.message);
        std::string line;
        {
            JsonObject object{line, settings_.json};
            object.bytes("key", key);
            object.bytes("value", value);
            object.text("reason", reason.message);
        }
        STRATA_TRY(rejects_.write(line));
        return rejects_.end_line();
    }

    Status take_damage(const level::Damage& damage) {
        if (!rejects_.is_open()) {
            if (!atomic_) {
                STRATA_TRY(write_chunk(position_));
            }
            return fail(damage.code, "{}", damage.message);
        }
        damaged_ = true;
        tell_rejected({}, damage.message);
        std::string line;
        {
            JsonObject object{line, settings_.json};
            object.text("file", damage.path);
            object.number("offset", damage.offset);
            object.number("size", damage.size);
            object.text("reason", without_place(damage));
            if (!damage.after.empty()) {
                object.bytes("after", damage.after);
            }
            if (!damage.up_to.empty()) {
                object.bytes("up_to", damage.up_to);
            }
        }
        STRATA_TRY(rejects_.write(line));
        return rejects_.end_line();
    }

    void tell_rejected(const std::string& place, const std::string& reason) {
        if (rejected_++ < import_reasons_shown) {
            progress_.clear();
            session_.diagnostics().note((place.empty() ? place : place + ": ") +
                                        "rejected: " + reason);
        }
    }

    /// The first `position` operations are in the store afterwards, or rejected.
    Status write_chunk(std::uint64_t position) {
        if (!batch_.empty()) {
            STRATA_TRY(session_.write(settings_, batch_));
            imported_ += batch_.operations();
            batch_.clear();
        }
        durable_ = std::max(durable_, position);
        return {};
    }

    /// Says how far it came and how to go on.
    [[nodiscard]] Error stopped(Error error) const {
        if (resume_missed_) {
            return error;
        }
        if (atomic_) {
            error.message += "; nothing was imported";
            return error;
        }
        const bool passes = error.code != ErrorCode::corruption || rejects_.is_open();
        error.message += fmt::format(
            "; {} imported; to continue{}: strata-cli {} import --from {}{}{} --resume {}",
            count_of(imported_, "record"), passes ? "" : " without what is damaged",
            shell_word(session_.store_name()), shell_word("leveldb:" + directory_),
            import_options_text(settings_, rejects_), passes ? "" : " --rejects FILE", durable_);
        return error;
    }

    void report() {
        const OutputStyle style = settings_.style(session_.output(), false);
        if (style.format == OutputFormat::json || settings_.json_words) {
            print_facts(session_.output(), style,
                        {{"imported", imported_},
                         {"rejected", rejected_},
                         {"tables", std::uint64_t{database_.tables.size()}},
                         {"logs", std::uint64_t{database_.logs.size()}},
                         {"bytes", database_.bytes},
                         {"seq", SequenceCell{session_.store().last_sequence()}}});
            return;
        }
        Diagnostics& diagnostics = session_.diagnostics();
        for (const level::LiveLog& log : database_.logs) {
            if (log.torn) {
                diagnostics.note(fmt::format("{}: torn tail: {} at {}: {}", log.path,
                                             count_of(log.torn->size, "byte"), log.torn->offset,
                                             log.torn->reason));
            }
        }
        std::string text =
            fmt::format("{} {} from {} and {}, {}", settings_.dry_run ? "checked" : "imported",
                        count_of(imported_, database_.bytewise() ? "record" : "operation"),
                        count_of(database_.tables.size(), "table"),
                        count_of(database_.logs.size(), "log"), count_of(database_.bytes, "byte"));
        if (rejected_ != 0) {
            text += fmt::format("; {} rejected, see {}", count_text(rejected_), rejects_.path());
        }
        diagnostics.note(text);
        if (damaged_) {
            diagnostics.note(
                "what is damaged may have held newer versions or deletes of imported "
                "keys");
        }
    }

    Session& session_;
    const Invocation& invocation_;
    const Settings& settings_;
    bool atomic_;
    Progress progress_;
    std::string directory_;
    level::Database database_;
    RejectsFile rejects_;
    Batch batch_;
    std::uint64_t position_ = 0;  // operations of the walk
    std::uint64_t resume_ = 0;
    bool resume_missed_ = false;
    std::uint64_t durable_ = 0;  // operations that need not be read again
    std::uint64_t imported_ = 0;
    std::uint64_t rejected_ = 0;
    bool damaged_ = false;
};

}  // namespace

Result<int> run_import_database(Session& session, const Invocation& invocation) {
    DatabaseImport import{session, invocation};
    return import.run();
}

}  // namespace strata::tools
