// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/leveldb_view.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "entry/operation.hpp"
#include "io/file_contents.hpp"
#include "leveldb/identify.hpp"
#include "leveldb/manifest.hpp"
#include "wal_dump/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>

namespace strata::tools {
namespace {

/// Calls `take` for each operation of a verified batch.
Status each_operation(Bytes record, const std::function<void(const Entry&)>& take) {
    auto batch = STRATA_TRY(level::BatchReader::create(record));
    while (true) {
        const bool more = STRATA_TRY(batch.next());
        if (!more) {
            return {};
        }
        take(entry_of(batch.key(), batch.value()));
    }
}

std::uint32_t operations_of(Bytes record) {
    const auto batch = level::BatchReader::create(record);
    return batch ? batch->count() : 0;
}

std::uint64_t number_of(const level::LogReader& record) {
    return level::parse_file_name(base_name(record.path())).number;
}

std::string shown_user_key(const std::string& internal_key) {
    const auto key = level::parse_internal_key(internal_key);
    return key ? word(key->user_key) : std::string{};
}

/// "comparator=... log=8 next=9 sequence=82 -0:5 +0:7 (708 bytes, a..b)".
std::string edit_text(const level::Edit& edit) {
    std::string text;
    const auto number = [&text](const char* name, const std::optional<std::uint64_t>& value) {
        text += value ? fmt::format("{}={} ", name, *value) : std::string{};
    };
    text += edit.comparator ? fmt::format("comparator={} ", escaped(*edit.comparator)) : "";
    number("log", edit.log_number);
    number("previous", edit.previous_log_number);
    number("next", edit.next_file);
    number("sequence", edit.last_sequence);
    for (const auto& [level, file] : edit.removed) {
        text += fmt::format("-{}:{} ", level, file);
    }
    for (const auto& [level, table] : edit.added) {
        text +=
            fmt::format("+{}:{} ({}, {}..{}) ", level, table.number, count_of(table.size, "byte"),
                        shown_user_key(table.smallest), shown_user_key(table.largest));
    }
    for (const auto& [level, key] : edit.compact_pointers) {
        text += fmt::format("compacted={}:{} ", level, shown_user_key(key));
    }
    return text.substr(0, text.empty() ? 0 : text.size() - 1);
}

/// Rows of batches and edits.
class BatchRows {
  public:
    explicit BatchRows(const ViewContext& context)
        : rows_{context.output,
                context.options.style,
                {{.name = "file", .right = true},
                 {.name = "offset", .right = true},
                 {.name = "kind"},
                 {.name = "fragments", .right = true},
                 {.name = "bytes", .right = true},
                 {.name = "ops", .right = true, .text_only = true},
                 {.name = "operations", .data_only = true},
                 {.name = "seq", .data_only = true},
                 {.name = "detail"}}} {}

    void batch(const level::LogReader& record, Sequence first, std::uint32_t operations) {
        const std::string detail =
            operations == 0 ? "" : fmt::format("seq={}..{}", first, first + operations - 1);
        add(record, "batch", operations, RowWriter::Big{first}, detail);
    }
    void edit(const level::LogReader& record, const level::Edit& edit) {
        add(record, "edit", edit.added.size() + edit.removed.size(), {}, edit_text(edit));
    }
    void finish() { rows_.finish(); }

  private:
    void add(const level::LogReader& record, const char* kind, std::uint64_t operations,
             const RowWriter::Value& sequence, const std::string& detail) {
        rows_.row({number_of(record), record.offset(), std::string{kind},
                   std::uint64_t{record.fragments()}, std::uint64_t{record.record().size()},
                   operations, operations, sequence, detail});
    }

    RowWriter rows_;
};

/// Records of logs, or edits of manifests; only what comes has a header.
class RecordsView final : public LevelLogView {
  public:
    explicit RecordsView(const ViewContext& context)
        : selector_{context.selector},
          offsets_{context.options.offsets},
          records_{context.output, context.options.style,
                   RecordFields{.sequence = true,
                                .type = true,
                                .file = context.options.offsets,
                                .offset = context.options.offsets}},
          edits_{context} {}

    Status batch(const level::LogReader& record) override {
        shown_records_ = true;
        const std::uint32_t operations = operations_of(record.record());
        return each_operation(record.record(), [&](const Entry& entry) {
            if (selector_.take(entry, operations)) {
                write(record, entry);
            }
        });
    }
    Status edit(const level::LogReader& record) override {
        shown_edits_ = true;
        const auto decoded = STRATA_TRY(level::decode_edit(record.record()));
        if (selector_.take_one()) {
            edits_.edit(record, decoded);
        }
        return {};
    }
    Status finish() override {
        if (shown_records_ || !shown_edits_) {
            records_.finish();
        }
        if (shown_edits_) {
            edits_.finish();
        }
        return {};
    }

  private:
    void write(const level::LogReader& from, const Entry& entry) {
        const bool put = entry.kind == Kind::put;
        Record record{.key = entry.key,
                      .sequence = entry.sequence,
                      .type = put ? RecordType::put : RecordType::del};
        if (put) {
            record.value = entry.value;
        }
        if (offsets_) {
            record.file = number_of(from);
            record.offset = from.offset();
        }
        records_.write(record);
    }

    Selector& selector_;
    bool offsets_;
    RecordWriter records_;
    BatchRows edits_;
    bool shown_records_ = false;
    bool shown_edits_ = false;
};

class BatchesView final : public LevelLogView {
  public:
    explicit BatchesView(const ViewContext& context)
        : options_{context.options}, selector_{context.selector}, rows_{context} {}

    Status batch(const level::LogReader& record) override {
        const auto batch = STRATA_TRY(level::BatchReader::create(record.record()));
        bool wanted = batch.count() == 0 && !options_.filters_records();
        STRATA_TRY(each_operation(record.record(), [&](const Entry& entry) {
            wanted = wanted || selector_.matches(entry, batch.count());
        }));
        if (wanted && selector_.take_one()) {
            rows_.batch(record, batch.first_sequence(), batch.count());
        }
        return {};
    }
    Status edit(const level::LogReader& record) override {
        const auto decoded = STRATA_TRY(level::decode_edit(record.record()));
        if (selector_.take_one()) {
            rows_.edit(record, decoded);
        }
        return {};
    }
    Status finish() override {
        rows_.finish();
        return {};
    }

  private:
    const WalDumpOptions& options_;
    Selector& selector_;
    BatchRows rows_;
};

/// Commands that give a store of ours the same records, by the view that writes those of our logs.
class CommandsView final : public LevelLogView {
  public:
    explicit CommandsView(const ViewContext& context)
        : diagnostics_{context.diagnostics}, script_{make_script_view(context)} {}

    Status batch(const level::LogReader& record) override {
        const auto batch = STRATA_TRY(level::BatchReader::create(record.record()));
        FrameView frame{.segment = number_of(record),
                        .offset = record.offset(),
                        .end = record.end(),
                        .kind = FrameKind::ops,
                        .operations = batch.count(),
                        .first_sequence = batch.first_sequence()};
        std::string operations;
        STRATA_TRY(each_operation(record.record(), [&](const Entry& entry) {
            if (entry.key.empty() || entry.key.size() > key_size_max ||
                entry.value.size() > value_size_max) {
                diagnostics_.note(fmt::format(
                    "{}: at {}: left out: no store holds an empty key, or one of {}, or a value of "
                    "{}",
                    record.path(), record.offset(), count_of(entry.key.size(), "byte"),
                    count_of(entry.value.size(), "byte")));
                return;
            }
            append_operation(operations, entry);
        }));
        frame.payload = operations;
        return script_->frame(frame);
    }
    Status edit(const level::LogReader& record) override {
        return usage_error("{}: a manifest, which holds no records for --script", record.path());
    }
    Status finish() override { return script_->finish(); }

  private:
    Diagnostics& diagnostics_;
    std::unique_ptr<LogView> script_;
};

class CountsView final : public LevelLogView {
  public:
    explicit CountsView(const ViewContext& context) : context_{context} {}

    Status batch(const level::LogReader& record) override {
        const std::uint32_t operations = operations_of(record.record());
        std::uint64_t taken = 0;
        STRATA_TRY(each_operation(record.record(), [&](const Entry& entry) {
            if (context_.selector.take(entry, operations)) {
                ++taken;
                add(entry);
            }
        }));
        if (taken != 0) {
            ++batches_;
            batch_bytes_ += record.record().size();
            fragments_ += record.fragments();
            batch_greatest_ = std::max(batch_greatest_, taken);
        }
        return {};
    }
    Status edit(const level::LogReader&) override {
        ++edits_;
        return {};
    }
    Status finish() override {
        Facts facts{{"records", puts_ + deletes_}, {"puts", puts_}, {"deletes", deletes_}};
        if (last_ != 0) {
            facts.emplace_back("seq.first", SequenceCell{first_});
            facts.emplace_back("seq.last", SequenceCell{last_});
        }
        facts.emplace_back("key.bytes", Size{key_bytes_});
        facts.emplace_back("key.greatest", Size{key_greatest_});
        facts.emplace_back("value.bytes", Size{value_bytes_});
        facts.emplace_back("value.greatest", Size{value_greatest_});
        facts.emplace_back("batches", batches_);
        facts.emplace_back("batch.bytes", Size{batch_bytes_});
        facts.emplace_back("batch.records.greatest", batch_greatest_);
        facts.emplace_back("fragments", fragments_);
        facts.emplace_back("edits", edits_);
        print_facts(context_.output, context_.options.style, facts);
        return {};
    }

  private:
    void add(const Entry& entry) {
        ++(entry.kind == Kind::put ? puts_ : deletes_);
        key_bytes_ += entry.key.size();
        value_bytes_ += entry.value.size();
        key_greatest_ = std::max<std::uint64_t>(key_greatest_, entry.key.size());
        value_greatest_ = std::max<std::uint64_t>(value_greatest_, entry.value.size());
        first_ = last_ == 0 ? entry.sequence : std::min(first_, entry.sequence);
        last_ = std::max(last_, entry.sequence);
    }

    ViewContext context_;
    std::uint64_t puts_ = 0;
    std::uint64_t deletes_ = 0;
    std::uint64_t key_bytes_ = 0;
    std::uint64_t key_greatest_ = 0;
    std::uint64_t value_bytes_ = 0;
    std::uint64_t value_greatest_ = 0;
    std::uint64_t batches_ = 0;
    std::uint64_t batch_bytes_ = 0;
    std::uint64_t batch_greatest_ = 0;
    std::uint64_t fragments_ = 0;
    std::uint64_t edits_ = 0;
    Sequence first_ = 0;
    Sequence last_ = 0;
};

class NothingView final : public LevelLogView {
  public:
    Status batch(const level::LogReader&) override { return {}; }
    Status edit(const level::LogReader&) override { return {}; }
};

}  // namespace

Entry entry_of(const level::InternalKey& key, Bytes value) noexcept {
    return {.key = key.user_key,
            .sequence = key.sequence,
            .kind = key.kind == level::Kind::put ? Kind::put : Kind::del,
            .value = value};
}

Result<std::unique_ptr<LevelLogView>> make_leveldb_view(const ViewContext& context) {
    using View = std::unique_ptr<LevelLogView>;
    switch (context.options.mode) {
        case WalDumpMode::records:
            return View{std::make_unique<RecordsView>(context)};
        case WalDumpMode::batches:
            return View{std::make_unique<BatchesView>(context)};
        case WalDumpMode::script:
            return View{std::make_unique<CommandsView>(context)};
        case WalDumpMode::stats:
            return View{std::make_unique<CountsView>(context)};
        case WalDumpMode::check:
            return View{std::make_unique<NothingView>()};
        case WalDumpMode::hex:
        case WalDumpMode::gaps:
        case WalDumpMode::extract:
            break;
    }
    return usage_error("--{}: not for logs of LevelDB", context.options.modes.front());
}

}  // namespace strata::tools
