// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/range.hpp"
#include "cli/session.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "common/sheet.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace strata::tools {
namespace {

// The records of a range, one at a time.
class RecordWalk {
  public:
    static Result<RecordWalk> start(Store& store, const Range& range) {
        auto iterator = STRATA_TRY(store.scan(range.scan));
        return RecordWalk{std::move(iterator), range.glob ? &*range.glob : nullptr};
    }

    // False at the end of the range, and for ever after.
    Result<bool> next() {
        while (!ended_) {
            const bool more = STRATA_TRY(iterator_->next());
            ended_ = !more;
            if (more && (glob_ == nullptr || glob_->matches(iterator_->key()))) {
                break;
            }
        }
        return !ended_;
    }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] const Iterator& at() const noexcept { return *iterator_; }

  private:
    RecordWalk(std::unique_ptr<Iterator> iterator, const Glob* glob)
        : iterator_{std::move(iterator)}, glob_{glob} {}

    std::unique_ptr<Iterator> iterator_;
    const Glob* glob_;
    bool ended_ = false;
};

struct DiffCounts {
    std::uint64_t only_a = 0;
    std::uint64_t only_b = 0;
    std::uint64_t differ = 0;
    std::uint64_t same = 0;

    [[nodiscard]] bool equal() const noexcept { return only_a + only_b + differ == 0; }
};

enum class DiffForm : std::uint8_t { lines, patch, summary };

// Writes what is in one store and not in the other: "-" in A, "+" in B.
class DiffWriter {
  public:
    DiffWriter(Output& output, const OutputStyle& style, DiffForm form)
        : output_{output}, style_{style}, form_{form} {}

    void only_in_a(const Iterator& at) {
        if (form_ == DiffForm::patch) {
            patch({.key = at.key(), .type = RecordType::del});
        } else {
            line('-', at);
        }
    }
    void only_in_b(const Iterator& at) {
        if (form_ == DiffForm::patch) {
            patch({.key = at.key(), .value = at.value()});
        } else {
            line('+', at);
        }
    }
    void differ(const Iterator& a, const Iterator& b) {
        if (form_ == DiffForm::lines) {
            line('-', a);
        }
        only_in_b(b);
    }
    void finish() {
        if (form_ == DiffForm::lines && style_.format == OutputFormat::json) {
            output_.write(first_ ? "[]\n" : "\n]\n");
        }
    }

  private:
    void patch(const Record& record) {
        append_json_record(output_.buffer(), record, style_.json);
        end_line();
    }

    void line(char mark, const Iterator& at) {
        if (form_ != DiffForm::lines) {
            return;
        }
        std::string& out = output_.buffer();
        const bool document = style_.format == OutputFormat::json;
        if (document || style_.format == OutputFormat::ndjson) {
            if (document) {
                out += first_ ? "[\n" : ",\n";
            }
            {
                JsonObject object{out, style_.json};
                object.text("diff", std::string_view{&mark, 1});
                object.bytes("key", at.key());
                object.bytes("value", at.value());
                object.big_number("seq", at.sequence());
            }
            first_ = false;
            document ? output_.flush_if_full() : end_line();
            return;
        }
        const std::size_t begin = out.size();
        out += mark;
        out += style_.format == OutputFormat::table ? ' ' : '\t';
        append_bytes(out, style_.key_format, at.key(), style_.ascii);
        out += style_.format == OutputFormat::table ? "  " : "\t";
        append_bytes(out, style_.value_format, at.value(), style_.ascii);
        cut(out, begin, mark);
        end_line();
    }

    // On a terminal a line is one line of the screen, red or green.
    void cut(std::string& out, std::size_t begin, char mark) const {
        if (style_.format != OutputFormat::table) {
            return;
        }
        const std::string_view shown{out.data() + begin, out.size() - begin};
        if (style_.columns != 0 && display_width(shown) > style_.columns) {
            out.resize(begin + fit_width(shown, style_.columns - 1));
            out += "\xe2\x80\xa6";
        }
        if (style_.color) {
            out.insert(begin, mark == '-' ? "\x1b[31m" : "\x1b[32m");
            out += "\x1b[0m";
        }
    }

    void end_line() {
        output_.buffer() += style_.null_ends ? '\0' : '\n';
        output_.flush_if_full();
    }

    Output& output_;
    OutputStyle style_;
    DiffForm form_;
    bool first_ = true;
};

// Walks both in key order, side by side.
Result<DiffCounts> compare(RecordWalk a, RecordWalk b, DiffWriter& writer, const Output& output) {
    DiffCounts counts;
    STRATA_TRY(a.next());
    STRATA_TRY(b.next());
    while (!(a.ended() && b.ended()) && !interrupted() && !output.failed()) {
        const bool first_only = b.ended() || (!a.ended() && a.at().key() < b.at().key());
        if (first_only) {
            writer.only_in_a(a.at());
            ++counts.only_a;
            STRATA_TRY(a.next());
            continue;
        }
        if (a.ended() || b.at().key() < a.at().key()) {
            writer.only_in_b(b.at());
            ++counts.only_b;
            STRATA_TRY(b.next());
            continue;
        }
        if (a.at().value() == b.at().value()) {
            ++counts.same;
        } else {
            writer.differ(a.at(), b.at());
            ++counts.differ;
        }
        STRATA_TRY(a.next());
        STRATA_TRY(b.next());
    }
    return counts;
}

Result<Sheet> digests_by_prefix(Store& store, const Range& range, std::size_t prefix_size) {
    Sheet sheet{.columns = {"prefix", "digest", "keys", "bytes"}};
    std::optional<std::string> prefix;
    Digest digest;
    const auto finish = [&] {
        std::vector<Cell> row{KeyCell{*prefix}};
        for (auto& [name, cell] : digest.facts()) {
            row.push_back(std::move(cell));
        }
        sheet.rows.push_back(std::move(row));
        digest = Digest{};
    };
    STRATA_TRY(walk(store, range, [&](const Iterator& at) {
        const Bytes own = at.key().substr(0, prefix_size);
        if (!prefix || *prefix != own) {
            if (prefix) {
                finish();
            }
            prefix = own;
        }
        digest.add(at);
        return true;
    }));
    if (prefix) {
        finish();
    }
    return sheet;
}

}  // namespace

Result<int> run_diff(Session& session, const Invocation& invocation) {
    if (invocation.has("summary") && invocation.has("patch")) {
        return usage_error("diff: --summary and --patch exclude each other");
    }
    const std::vector<Word>& names = invocation.arguments();
    if (names.size() > 2) {
        return usage_error("diff: two stores are compared, {} are given", names.size());
    }
    std::unique_ptr<Store> first;
    if (names.size() == 2) {
        first = STRATA_TRY(session.open_other(names[0].text));
    } else if (!session.is_open()) {
        if (session.store_name().empty()) {
            return usage_error("diff: one store is missing: \"strata-cli A diff B\"");
        }
        STRATA_TRY(session.open_store(Access::read));
    }
    const auto second = STRATA_TRY(session.open_other(names.back().text));
    const Range range = STRATA_TRY(parse_range_of(invocation, nullptr, 0));
    if (range.limit != 0 || range.scan.reverse) {
        return usage_error("diff: --limit and --reverse have no meaning here");
    }
    const DiffForm form = invocation.has("summary") ? DiffForm::summary
                          : invocation.has("patch") ? DiffForm::patch
                                                    : DiffForm::lines;
    Output& output = session.output();
    const OutputStyle style = invocation.settings().style(output, true);
    DiffWriter writer{output, style, form};
    Store& a = first ? *first : session.store();
    auto walk_a = STRATA_TRY(RecordWalk::start(a, range));
    auto walk_b = STRATA_TRY(RecordWalk::start(*second, range));
    const DiffCounts counts =
        STRATA_TRY(compare(std::move(walk_a), std::move(walk_b), writer, output));
    writer.finish();
    if (interrupted()) {
        return interrupt_status();
    }
    if (form == DiffForm::summary) {
        print_facts(output, invocation.settings().style(output, false),
                    {{"only_in_a", counts.only_a},
                     {"only_in_b", counts.only_b},
                     {"differ", counts.differ},
                     {"same", counts.same}});
    } else if (!invocation.settings().quiet) {
        session.print_after(fmt::format("{} only in A, {} only in B, {} differ, {} the same",
                                        counts.only_a, counts.only_b, counts.differ, counts.same));
    }
    return counts.equal() ? exit_done : exit_negative;
}

Result<int> run_digest(Session& session, const Invocation& invocation) {
    const Range range = STRATA_TRY(parse_range(invocation, 0));
    const auto prefix_size = STRATA_TRY(invocation.number_option("by-prefix"));
    if (range.scan.reverse) {
        return usage_error("digest: the order is part of it; --reverse has no meaning here");
    }
    Output& output = session.output();
    const OutputStyle style = invocation.settings().style(output, prefix_size.has_value());
    if (prefix_size) {
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(*prefix_size, key_size_max));
        const Sheet sheet = STRATA_TRY(digests_by_prefix(session.store(), range, size));
        if (!interrupted()) {
            print_sheet(output, style, sheet);
        }
    } else {
        Digest digest;
        STRATA_TRY(walk(session.store(), range, [&digest](const Iterator& at) {
            digest.add(at);
            return true;
        }));
        if (!interrupted()) {
            print_facts(output, style, digest.facts());
        }
    }
    return interrupted() ? interrupt_status() : exit_done;
}

}  // namespace strata::tools
