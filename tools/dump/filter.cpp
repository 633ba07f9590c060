// SPDX-License-Identifier: Apache-2.0
#include "inspect/filter_facts.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "dump/table_source.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::size_t random_key_size = 16;

/// Rates span many orders of magnitude: "0.83%" for people, a fraction elsewhere.
std::string rate_text(const DumpContext& context, double rate) {
    return context.options.style.format == OutputFormat::table ? fmt::format("{:.4g}%", rate * 100)
                                                               : fmt::format("{:.6g}", rate);
}

/// Whether the table has a version of the key; empty when a damaged block hides the answer.
std::optional<bool> contains(const TableParts& table, Bytes key) {
    if (!table.has_index()) {
        return std::nullopt;
    }
    const std::uint32_t position = table.index().lower_bound(key).index;
    if (position == table.blocks()) {
        return false;
    }
    if (!table.handle(position)) {
        return std::nullopt;
    }
    const auto block = table.read_block(position);
    if (!block) {
        return std::nullopt;
    }
    const BlockView::Position found = block->view.lower_bound(key);
    return found.index < block->view.count() && found.key_equal;
}

/// Pseudo-random keys, the same in every run, so that two measurements agree.
std::string random_key(std::uint64_t number) {
    std::string key;
    append(key, hash64("absent key", number));
    append(key, hash64("absent key, second half", number));
    static_assert(random_key_size == 2 * sizeof(std::uint64_t));
    return key;
}

void add_measurement(Facts& facts, const DumpContext& context, const TableParts& table,
                     const FilterView& filter) {
    std::uint64_t asked = 0;
    std::uint64_t wrong = 0;
    for (; asked < context.options.measure && !interrupted(); ++asked) {
        const std::string key = random_key(asked);
        if (filter.may_contain(hash64(key, 0)) && contains(table, key) != true) {
            wrong += 1;
        }
    }
    facts.push_back({"measured.keys", asked});
    facts.push_back({"measured.false.positives", wrong});
    facts.push_back(
        {"rate.measured",
         rate_text(context,
                   asked == 0 ? 0 : static_cast<double>(wrong) / static_cast<double>(asked))});
}

std::string bits_text(const FilterProbe& probe) {
    std::string text;
    for (const FilterProbe::Bit& bit : probe.bits) {
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", bit.number, bit.set ? "+" : "-");
    }
    return text;
}

Facts test_facts(const TableParts& table, const FilterProbe& probe, const std::string& key) {
    Facts facts{{"file", table.path()},
                {"key", KeyCell{key}},
                {"hash", fmt::format("{:016x}", probe.hash)},
                {"line", probe.line},
                {"bits", bits_text(probe)}};
    if (!probe.maybe) {
        facts.push_back({"answer", "definitely absent"});
        return facts;
    }
    const auto found = contains(table, key);
    facts.push_back({"answer", "maybe"});
    facts.push_back({"table", !found   ? "cannot tell, the block is damaged"
                              : *found ? "has the key"
                                       : "does not have the key: a false positive"});
    return facts;
}

Facts filter_facts(const DumpContext& context, const TableParts& table, Bytes block,
                   const FilterView& filter) {
    const FilterFill fill = fill_of_filter(block);
    const std::uint64_t bits = std::uint64_t{filter.lines()} * filter_line_size * 8;
    const double keys = static_cast<double>(std::max<std::uint64_t>(filter.keys(), 1));
    Facts facts{
        {"file", table.path()},
        {"offset", table.footer()->filter().offset},
        {"size", Size{table.footer()->filter_size}},
        {"lines", std::uint64_t{filter.lines()}},
        {"probes", std::uint64_t{filter.probes()}},
        {"keys", filter.keys()},
        {"bits.per.key", fmt::format("{:.2f}", static_cast<double>(bits) / keys)},
        {"bits.set",
         rate_text(context, static_cast<double>(fill.bits_set) / static_cast<double>(bits))},
        {"line.fullest", std::uint64_t{fill.fullest}},
        {"line.emptiest", std::uint64_t{fill.emptiest}},
        {"rate.theoretical", rate_text(context, theoretical_rate(filter))},
        {"rate.of.these.bits", rate_text(context, fill.false_positives)},
    };
    if (context.options.measure != 0) {
        add_measurement(facts, context, table, filter);
    }
    return facts;
}

Result<int> show_filter(const DumpContext& context, const TableParts& table) {
    if (!table.footer()) {
        return exit_done;
    }
    if (table.footer()->filter_size == 0) {
        print_facts(context.output, context.options.style,
                    {{"file", table.path()}, {"size", Size{0}}});
        return exit_done;
    }
    const BlockHandle handle = table.footer()->filter();
    const std::string block = STRATA_TRY(table.read_section(handle, BlockKind::filter));
    const auto filter = FilterView::parse(block);
    if (!filter) {
        return corruption_at(table.path(), handle.offset, "{}", filter.error().message);
    }
    const auto& key = context.options.test;
    if (!key) {
        print_facts(context.output, context.options.style,
                    filter_facts(context, table, block, *filter));
        return exit_done;
    }
    const FilterProbe probe = probe_filter(block, *key);
    print_facts(context.output, context.options.style, test_facts(table, probe, *key));
    return probe.maybe ? exit_done : exit_negative;
}

}  // namespace

int dump_filter(const DumpContext& context) {
    return for_each_table(
        context, [&context](const TableParts& table) { return show_filter(context, table); });
}

}  // namespace strata::tools
