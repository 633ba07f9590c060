// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/range.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/line_reader.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace strata::tools {
namespace {

Result<std::vector<std::string>> keys_of(const Invocation& invocation) {
    std::vector<std::string> keys;
    for (const Word& word : invocation.arguments()) {
        keys.push_back(STRATA_TRY(invocation.key(word)));
    }
    return keys;
}

// A value in any of its three forms.
Result<std::string> read_value(Session& session, const Invocation& invocation, const Word& word) {
    if (word.text == "-" && !word.quoted) {
        if (session.input_is_script()) {
            return invocation.bad("VALUE", word,
                                  usage_error("- is standard input, which holds the script; "
                                              "a value - is written \\x2d"));
        }
        return read_whole("-", value_size_max);
    }
    if (word.text.starts_with('@')) {
        auto content = read_whole(word.text.substr(1), value_size_max);
        if (!content) {
            return invocation.bad("VALUE", word, content.take_error());
        }
        return content;
    }
    return invocation.value(word);
}

void write_bare(Session& session, const Settings& settings, Bytes value) {
    Output& output = session.output();
    const bool exact = session.mode() == Mode::one_shot && !settings.format_given() &&
                       !is_terminal(output.descriptor());
    if (exact) {
        output.write(value);
        return;
    }
    append_bytes(output.buffer(), settings.value_format, value, settings.ascii);
    output.write(settings.null_ends ? Bytes{"\0", 1} : Bytes{"\n"});
}

void print_sequence(Session& session, const Settings& settings, Sequence sequence) {
    const OutputStyle style = settings.style(session.output(), false);
    const bool json = is_json(style.format);
    if (json && !settings.dry_run) {
        print_facts(session.output(), style, {{"seq", SequenceCell{sequence}}});
    } else if (settings.verbose && !settings.dry_run) {
        session.diagnostics().note(fmt::format("sequence {}", sequence));
    }
}

Result<std::vector<Condition::Test>> conditions_of(Session& session, const Invocation& invocation) {
    std::vector<Condition::Test> tests;
    if (invocation.has("if-absent")) {
        tests.emplace_back(Condition::Absent{});
    }
    const auto sequence = STRATA_TRY(invocation.number_option("if-seq"));
    if (sequence) {
        tests.emplace_back(Condition::AtSequence{*sequence});
    }
    if (const Word* word = invocation.find("if-value")) {
        std::string value = STRATA_TRY(read_value(session, invocation, *word));
        tests.emplace_back(Condition::HasValue{std::move(value)});
    }
    if (tests.size() > 1) {
        return usage_error("put: at most one of --if-absent, --if-seq, --if-value");
    }
    return tests;
}

// The store says that a condition failed; people want to know what it met.
Error explain_conflict(Session& session, const std::string& key, Error error) {
    if (error.code != ErrorCode::conflict) {
        return error;
    }
    auto current = session.store().get(key);
    std::string found = "found it absent";
    if (current && *current) {
        found = fmt::format("found it with sequence {}", (*current)->sequence());
    }
    return fail(ErrorCode::conflict,
                "put: the condition on {} does not hold: {}; nothing was written", word(key),
                found);
}

bool confirmed(Session& session, const Settings& settings, std::uint64_t count) {
    if (settings.yes) {
        return true;
    }
    if (!is_terminal(STDIN_FILENO) || session.mode() == Mode::script) {
        return false;
    }
    session.output().flush();
    Output& prompt = session.diagnostics().output();
    prompt.write(fmt::format("delete {}? [y/N] ", count_of(count, "key")));
    prompt.flush();
    char answer[16] = {};
    const ssize_t got = ::read(STDIN_FILENO, answer, sizeof answer);
    return got > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

// Deletes what a walk finds, in batches; inside a transaction, into its batch.
Result<std::uint64_t> delete_range(Session& session, const Settings& settings, const Range& range) {
    constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
    Batch own;
    Batch* batch = session.transaction() != nullptr ? session.transaction() : &own;
    std::uint64_t deleted = 0;
    Status status;
    const auto delete_one = [&](const Iterator& at) {
        status = batch->del(at.key());
        if (status && batch == &own && own.encoded().size() >= chunk_bytes) {
            auto written = session.write(settings, own);
            status = written ? Status{} : Status{written.take_error()};
            own.clear();
        }
        deleted += status ? 1U : 0U;
        return status.has_value();
    };
    STRATA_TRY(walk(session.store(), range, delete_one));
    if (!status) {
        return status.take_error();
    }
    if (!own.empty()) {
        STRATA_TRY(session.write(settings, own));
    }
    return deleted;
}

Result<int> run_del_range(Session& session, const Invocation& invocation) {
    Range range;
    range.scan.from = STRATA_TRY(invocation.key_option("from"));
    range.scan.to = STRATA_TRY(invocation.key_option("to"));
    const auto prefix = STRATA_TRY(invocation.key_option("prefix"));
    range.scan.prefix = prefix.value_or(std::string{});
    const bool all = range.scan.prefix.empty() && !range.scan.from && !range.scan.to;
    if (all || (range.scan.from.has_value() != range.scan.to.has_value() && !prefix)) {
        return usage_error("del: expected keys, --prefix KEY, or --from KEY with --to KEY");
    }
    // What is counted is what is deleted: keys that come later stay.
    const auto snapshot = STRATA_TRY(session.store().snapshot());
    range.scan.snapshot = snapshot.get();
    std::uint64_t count = 0;
    STRATA_TRY(walk(session.store(), range, [&count](const Iterator&) {
        ++count;
        return true;
    }));
    if (interrupted()) {
        return interrupt_status();
    }
    const Settings& settings = invocation.settings();
    if (count == 0 || settings.dry_run) {
        session.diagnostics().note(fmt::format("the range has {}", count_of(count, "key")));
        return exit_done;
    }
    if (!confirmed(session, settings, count)) {
        return usage_error("del: the range has {}; nothing was deleted; --yes deletes them",
                           count_of(count, "key"));
    }
    const std::uint64_t deleted = STRATA_TRY(delete_range(session, settings, range));
    session.diagnostics().note("deleted " + count_of(deleted, "key"));
    return exit_done;
}

}  // namespace

Result<int> run_get(Session& session, const Invocation& invocation) {
    const std::vector<std::string> keys = STRATA_TRY(keys_of(invocation));
    const std::vector<Bytes> wanted(keys.begin(), keys.end());
    const auto at = STRATA_TRY(invocation.number_option("at"));
    const auto values = STRATA_TRY(session.store().get_many(wanted, {.at = at}));
    const Settings& settings = invocation.settings();
    const bool meta = invocation.has("meta");
    const bool bare = keys.size() == 1 && !meta && !settings.format && !settings.json_words;
    RecordWriter writer{session.output(), settings.style(session.output(), true),
                        RecordFields{.sequence = meta}};
    int status = exit_done;
    std::vector<Bytes> absent;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!values[i]) {
            absent.push_back(keys[i]);
        } else if (bare) {
            write_bare(session, settings, values[i]->bytes());
        } else {
            writer.write(
                {.key = keys[i], .value = values[i]->bytes(), .sequence = values[i]->sequence()});
        }
    }
    if (!bare) {
        writer.finish();
    }
    session.output().flush();
    for (const Bytes key : absent) {
        session.diagnostics().absent(key);
        status = exit_negative;
    }
    return status;
}

Result<int> run_put(Session& session, const Invocation& invocation) {
    const std::string key = STRATA_TRY(invocation.key(invocation.arguments()[0]));
    std::vector<Condition::Test> conditions = STRATA_TRY(conditions_of(session, invocation));
    const std::string value =
        STRATA_TRY(read_value(session, invocation, invocation.arguments()[1]));
    const bool gathering = session.transaction() != nullptr;
    Batch own;
    Batch& batch = gathering ? *session.transaction() : own;
    auto added = batch.put(key, value);
    if (!added) {
        return at("put", added.take_error());
    }
    for (Condition::Test& test : conditions) {
        STRATA_TRY(batch.require(key, std::move(test)));
    }
    if (gathering) {
        return exit_done;
    }
    auto written = session.write(invocation.settings(), batch);
    if (!written) {
        return explain_conflict(session, key, written.take_error());
    }
    print_sequence(session, invocation.settings(), *written);
    return exit_done;
}

Result<int> run_del(Session& session, const Invocation& invocation) {
    const bool range = invocation.has("prefix") || invocation.has("from") || invocation.has("to");
    if (range != invocation.arguments().empty()) {
        return usage_error("del: expected either keys, or --prefix KEY, or --from KEY --to KEY");
    }
    if (range) {
        return run_del_range(session, invocation);
    }
    const std::vector<std::string> keys = STRATA_TRY(keys_of(invocation));
    const bool gathering = session.transaction() != nullptr;
    Batch own;
    for (const std::string& key : keys) {
        auto added = own.del(key);
        if (!added) {
            return at("del", added.take_error());
        }
    }
    if (gathering) {
        for (const std::string& key : keys) {
            STRATA_TRY(session.transaction()->del(key));
        }
        return exit_done;
    }
    const Sequence sequence = STRATA_TRY(session.write(invocation.settings(), own));
    print_sequence(session, invocation.settings(), sequence);
    return exit_done;
}

}  // namespace strata::tools
