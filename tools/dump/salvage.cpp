// SPDX-License-Identifier: Apache-2.0
#include "inspect/salvage.hpp"

#include "base/clock.hpp"
#include "base/file_name.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/ledger.hpp"
#include "common/new_file.hpp"
#include "common/record_output.hpp"
#include "common/units.hpp"
#include "common/wrap.hpp"
#include "dump/commands.hpp"
#include "dump/record_facts.hpp"
#include "io/file_contents.hpp"
#include "table/builder.hpp"
#include "table/verify.hpp"

#include <fmt/format.h>
#include <strata/store.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

/// Where the records go. Nothing that is there already is written over.
class Target {
  public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;
    virtual Status take(const Entry& entry) = 0;
    /// Makes it whole; bytes written.
    virtual Result<std::uint64_t> finish() = 0;
};

class TableTarget final : public Target {
  public:
    TableTarget(const DumpContext& context, const TableSurvey& survey)
        : context_{context}, path_{*context.options.output} {
        if (const auto& properties = survey.properties()) {
            options_.store_id = properties->store_id;
            options_.codec = static_cast<Compression>(properties->codec);
            options_.block_size =
                std::clamp(static_cast<std::size_t>(properties->block_size), block_min, block_max);
            options_.tombstone_oldest_ms = properties->tombstone_oldest_ms;
        }
        const FileName name = parse_file_name(base_name(path_));
        options_.number = name.type == FileType::table ? name.number : survey.footer().number;
        options_.writer = fmt::format("strata-dump {} salvage", version());
        options_.created_ms = now_ms();
    }
    /// What is not whole is taken away again.
    ~TableTarget() override {
        if (builder_ != nullptr) {
            builder_.reset();
            static_cast<void>(context_.files.unlink(path_));
        }
    }

    /// The file appears with the first record, so that a table without any leaves none.
    Status take(const Entry& entry) override {
        if (builder_ == nullptr) {
            builder_ = STRATA_TRY(TableBuilder::create_file(context_.files, path_, options_));
        }
        return builder_->add(entry);
    }

    Result<std::uint64_t> finish() override {
        if (builder_ == nullptr) {
            return fail(ErrorCode::corruption, "no record can be read; {} was not written", path_);
        }
        const TableFacts facts = STRATA_TRY(builder_->finish());
        STRATA_TRY(read_back(context_.files, path_, facts, builder_->entry_sum()));
        builder_.reset();
        return facts.length;
    }

  private:
    static constexpr std::size_t block_min = 256;
    static constexpr std::size_t block_max = std::size_t{1} << 20;

    const DumpContext& context_;
    std::string path_;
    TableBuilderOptions options_{};
    std::unique_ptr<TableBuilder> builder_{};
};

/// Record objects, one per line, in a file or on standard output.
class LineTarget final : public Target {
  public:
    LineTarget(const DumpContext& context, std::unique_ptr<NewFile> file)
        : file_{std::move(file)},
          writer_{file_ != nullptr ? file_->output() : context.output, context.options.style,
                  RecordFields{.value = true, .sequence = true, .type = true}} {}

    Status take(const Entry& entry) override {
        Record record{
            .key = entry.key, .sequence = entry.sequence, .type = record_type_of(entry.kind)};
        if (entry.kind != Kind::del) {
            record.value = entry.value;
        }
        bytes_ += entry.key.size() + entry.value.size();
        writer_.write(record);
        return {};
    }
    Result<std::uint64_t> finish() override {
        writer_.finish();
        if (file_ != nullptr) {
            STRATA_TRY(file_->close());
        }
        return bytes_;
    }

  private:
    std::unique_ptr<NewFile> file_;
    RecordWriter writer_;
    std::uint64_t bytes_ = 0;
};

Result<std::unique_ptr<Target>> open_target(const DumpContext& context, const TableSurvey& survey) {
    const std::string& path = *context.options.output;
    const bool lines = context.options.style.format == OutputFormat::ndjson;
    const bool asked = context.options.format || context.options.json;
    if (asked && !lines) {
        return usage_error("salvage writes a table, or lines with -f ndjson");
    }
    if (path == "-") {
        if (!lines) {
            return usage_error("-o -: a table is not written to standard output; -f ndjson is");
        }
        return std::unique_ptr<Target>{std::make_unique<LineTarget>(context, nullptr)};
    }
    const auto there = STRATA_TRY(context.files.status(path));
    if (there) {
        return usage_error("{}: is there already; nothing is overwritten, name a new file", path);
    }
    if (!lines) {
        return std::unique_ptr<Target>{std::make_unique<TableTarget>(context, survey)};
    }
    auto file = STRATA_TRY(NewFile::create(path));
    return std::unique_ptr<Target>{std::make_unique<LineTarget>(context, std::move(file))};
}

Status write_ledger(const DumpContext& context, const SalvageReport& report, NewFile& file) {
    LedgerWriter ledger{file.output(), context.options.style.json, false};
    for (std::size_t i = 0; i < report.losses.size(); ++i) {
        ledger.loss(i, report.losses[i]);
    }
    for (const Finding& finding : report.damage) {
        ledger.damage(finding);
    }
    ledger.verdict(report.verdict, report.complete(), [&report](JsonObject& object) {
        object.number("blocks", report.blocks);
        object.number("records", report.records);
        object.number("losses", report.losses.size());
        if (report.lost_max) {
            object.number("records_max", *report.lost_max);
        }
    });
    return file.close();
}

/// Goes where the records do not: to standard output when they are in a file.
void tell(const DumpContext& context, const SalvageReport& report) {
    std::string text;
    for (const RepairLoss& loss : report.losses) {
        text += loss_text(loss, context.options.style.ascii);
    }
    for (const Finding& finding : report.damage) {
        text += fmt::format("{} at {}: {}\n    no record is lost by it\n", finding.file,
                            finding.offset, finding.message);
    }
    text += fmt::format("saved {} of {}\nverdict: {}\n", count_of(report.records, "record"),
                        count_of(report.blocks, "block"), report.verdict);
    Output& output = *context.options.output == "-" ? context.diagnostics.output() : context.output;
    output.write(for_terminal(output, text));
    output.flush();
}

Result<int> salvage(const DumpContext& context) {
    const std::string& path = context.options.files.front();
    const FileName name = parse_file_name(base_name(path));
    SurveyHints hints;
    if (name.type == FileType::table) {
        hints.number = name.number;
    }
    const auto survey = STRATA_TRY(TableSurvey::open(context.files, path, hints));
    std::unique_ptr<NewFile> ledger;
    const auto target = STRATA_TRY(open_target(context, *survey));
    if (context.options.ledger) {
        ledger = STRATA_TRY(NewFile::create(*context.options.ledger));
    }
    const SalvageReport report = STRATA_TRY(
        salvage_table(*survey, [&target](const Entry& entry) { return target->take(entry); }));
    if (ledger != nullptr) {
        STRATA_TRY(write_ledger(context, report, *ledger));
    }
    const auto finished = target->finish();
    tell(context, report);
    if (!finished) {
        return Error{finished.error()};
    }
    return report.complete() ? exit_done : exit_partial;
}

}  // namespace

int dump_salvage(const DumpContext& context) {
    if (!context.options.output) {
        return context.diagnostics.error(
            usage_error("salvage: -o FILE says where the readable records go"));
    }
    const auto status = salvage(context);
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
