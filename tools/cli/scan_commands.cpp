// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/range.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "common/progress.hpp"
#include "common/units.hpp"
#include "http/http_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace strata::tools {
namespace {

// The command that goes on where this one stopped.
std::string continuation(const Invocation& invocation, Bytes last_key) {
    std::string text{invocation.command().name};
    for (const Word& argument : invocation.arguments()) {
        text += ' ';
        text += argument.quoted ? "\"" + argument.text + "\"" : argument.text;
    }
    for (const OptionSpec* option : options_of(invocation.command())) {
        const Word* given = invocation.find(option->name);
        if (given == nullptr || option->name == "after" || option->name == "limit") {
            continue;
        }
        text += " --";
        text += option->name;
        if (option->takes != Takes::nothing) {
            text += ' ';
            text += given->quoted ? "\"" + given->text + "\"" : given->text;
        }
    }
    text += " --after ";
    if (invocation.settings().key_format == ByteFormat::esc) {
        append_word(text, last_key, invocation.settings().ascii);
    } else {
        append_bytes(text, invocation.settings().key_format, last_key);
    }
    return text;
}

// A file that appears under its name when it is complete.
class NewFile {
  public:
    explicit NewFile(std::string path)
        : path_{std::move(path)}, temporary_{fmt::format("{}.part-{}", path_, ::getpid())} {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
            ::unlink(temporary_.c_str());
        }
    }

    Result<int> open() {
        constexpr mode_t permissions = 0666;
        descriptor_ =
            ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
        if (descriptor_ < 0) {
            return system_error(temporary_, "open");
        }
        return descriptor_;
    }

    Status complete(Output& output) {
        output.flush();
        if (output.failed()) {
            errno = output.failure();
            return system_error(temporary_, "write");
        }
        if (::fsync(descriptor_) != 0) {
            return system_error(temporary_, "fsync");
        }
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
            return system_error(path_, "rename");
        }
        ::close(descriptor_);
        descriptor_ = -1;
        return sync_directory();
    }

  private:
    [[nodiscard]] Status sync_directory() const {
        const std::size_t slash = path_.rfind('/');
        const std::string directory =
            slash == std::string::npos ? "." : path_.substr(0, slash == 0 ? 1 : slash);
        const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
        Status status = synced ? Status{} : Status{system_error(directory, "fsync")};
        if (descriptor >= 0) {
            ::close(descriptor);
        }
        return status;
    }

    std::string path_;
    std::string temporary_;
    int descriptor_ = -1;
};

Status export_records(Session& session, const Invocation& invocation, Output& output) {
    const Range range = STRATA_TRY(parse_range(invocation, 0));
    OutputStyle style = invocation.settings().style(output, true);
    style.format = invocation.settings().format.value_or(OutputFormat::ndjson);
    const bool meta = invocation.has("meta");
    RecordWriter writer{output, style, RecordFields{.sequence = meta}};
    const bool shown = !invocation.settings().quiet && !is_terminal(output.descriptor());
    Progress progress{session.diagnostics().output(), "export", shown};
    std::uint64_t bytes = 0;
    STRATA_TRY(walk(session.store(), range, [&](const Iterator& at) {
        writer.write({.key = at.key(), .value = at.value(), .sequence = at.sequence()});
        bytes += at.key().size() + at.value().size();
        progress.update(writer.written(), bytes);
        return !output.failed();
    }));
    writer.finish();
    progress.clear();
    if (!invocation.settings().quiet && invocation.has("output") && !interrupted()) {
        session.print_after("exported " + count_of(writer.written(), "record"));
    }
    return {};
}

// A default limit stops between two keys, so that --after goes on without a gap.
Result<int> scan_versions(Session& session, const Invocation& invocation) {
    Range range = STRATA_TRY(parse_range(invocation, 0));
    range.scan.all_versions = true;
    const std::uint64_t pause_at = invocation.has("limit") ? 0 : invocation.settings().scan_limit;
    Output& output = session.output();
    const RecordFields fields{.value = !invocation.has("keys"), .sequence = true, .type = true};
    RecordWriter writer{output, invocation.settings().style(output, true), fields};
    std::string last;
    bool more = false;
    STRATA_TRY(walk(session.store(), range, [&](const Iterator& at) {
        more = pause_at != 0 && writer.written() >= pause_at && at.key() != last;
        if (more || output.failed()) {
            return false;
        }
        Record record{.key = at.key(), .sequence = at.sequence(), .type = RecordType::del};
        if (!at.deleted()) {
            record.type = RecordType::put;
            record.value = at.value();
        }
        writer.write(record);
        last = at.key();
        return true;
    }));
    writer.finish();
    if (more) {
        session.print_after("more: " + continuation(invocation, last));
    }
    return exit_done;
}

}  // namespace

Result<int> run_scan(Session& session, const Invocation& invocation) {
    if (invocation.has("all-versions")) {
        return scan_versions(session, invocation);
    }
    const Range range = STRATA_TRY(parse_range(invocation, invocation.settings().scan_limit));
    Output& output = session.output();
    const RecordFields fields{.value = !invocation.has("keys"), .sequence = invocation.has("meta")};
    RecordWriter writer{output, invocation.settings().style(output, true), fields};
    std::string last;
    const bool more = STRATA_TRY(walk(session.store(), range, [&](const Iterator& at) {
        writer.write({.key = at.key(), .value = at.value(), .sequence = at.sequence()});
        if (writer.written() == range.limit) {
            last = at.key();
        }
        return !output.failed();
    }));
    writer.finish();
    const bool by_default = !invocation.has("limit");
    if (more && by_default) {
        session.print_after("more: " + continuation(invocation, last));
    }
    return exit_done;
}

Result<int> run_count(Session& session, const Invocation& invocation) {
    const Range range = STRATA_TRY(parse_range(invocation, 0));
    const bool approximate = invocation.has("approx");
    std::uint64_t count = 0;
    if (approximate) {
        if (range.glob || range.limit != 0) {
            return usage_error("count: --approx knows whole ranges only, not --match or --limit");
        }
        if (range.scan.at) {
            return usage_error("count: --approx knows the present only, not --at");
        }
        const RangeEstimate estimate = STRATA_TRY(session.store().estimate(range.scan));
        count = estimate.entries;
    } else if (auto* remote = dynamic_cast<HttpStore*>(&session.store());
               remote != nullptr && !range.glob && range.limit == 0) {
        // The server counts, so that no record travels.
        count = STRATA_TRY(remote->count(range.scan));
    } else {
        STRATA_TRY(walk(session.store(), range, [&count](const Iterator&) {
            ++count;
            return true;
        }));
    }
    if (interrupted()) {
        return interrupt_status();
    }
    const OutputStyle style = invocation.settings().style(session.output(), false);
    if (is_json(style.format)) {
        {
            JsonObject object{session.output().buffer(), style.json};
            object.number("count", count);
            if (approximate) {
                object.boolean("approx", true);
            }
        }
        session.output().write("\n");
    } else {
        session.output().write(fmt::format("{}\n", count));
    }
    return exit_done;
}

Result<int> run_export(Session& session, const Invocation& invocation) {
    const auto path = invocation.text("output");
    if (!path || *path == "-") {
        STRATA_TRY(export_records(session, invocation, session.output()));
        return exit_done;
    }
    NewFile file{*path};
    const int descriptor = STRATA_TRY(file.open());
    Output output{descriptor};
    STRATA_TRY(export_records(session, invocation, output));
    if (interrupted()) {
        return interrupt_status();
    }
    STRATA_TRY(file.complete(output));
    return exit_done;
}

}  // namespace strata::tools
