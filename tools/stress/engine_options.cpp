// SPDX-License-Identifier: Apache-2.0
#include "stress/engine_options.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"
#include "stress/parse.hpp"

#include <algorithm>
#include <array>

namespace strata::tools {
namespace {

constexpr std::array<std::string_view, 3> compressions = {"none", "lz4", "zstd"};

Status set_memory(Options& options, std::string_view value) {
    options.memory = STRATA_TRY(parse_size(value));
    return {};
}

Status set_memtable_size(Options& options, std::string_view value) {
    options.memtable_size = STRATA_TRY(parse_size(value));
    return {};
}

Status set_block_size(Options& options, std::string_view value) {
    options.block_size = STRATA_TRY(parse_size(value));
    return {};
}

Status set_compression(Options& options, std::string_view value) {
    const auto* name = std::ranges::find(compressions, value);
    if (name == compressions.end()) {
        return usage_error("expected none, lz4 or zstd, found \"{}\"", escaped(value));
    }
    options.compression = static_cast<Compression>(name - compressions.begin());
    return {};
}

template <unsigned Options::*member, unsigned most>
Status set_count(Options& options, std::string_view value) {
    const auto number = parse_number(value, most);
    if (!number) {
        return usage_error("expected a number from 0 to {}, found \"{}\"", most, escaped(value));
    }
    options.*member = static_cast<unsigned>(*number);
    return {};
}

Status set_space_amp(Options& options, std::string_view value) {
    const auto number = parse_real(value);
    if (!number) {
        return usage_error("expected a number such as 1.25, found \"{}\"", escaped(value));
    }
    options.space_amp = *number;
    return {};
}

Status set_mapped_tables(Options& options, std::string_view value) {
    if (value != "yes" && value != "no") {
        return usage_error("expected yes or no, found \"{}\"", escaped(value));
    }
    options.mapped_tables = value == "yes";
    return {};
}

struct Row {
    std::string_view name;
    Status (*apply)(Options& options, std::string_view value);
    void (*copy)(const Options& from, Options& to);
};

template <auto Member>
void copy(const Options& from, Options& to) {
    to.*Member = from.*Member;
}

constexpr unsigned filter_bits_max = 32;
constexpr unsigned workers_max = 64;
constexpr Row rows[] = {
    {"memory", set_memory, copy<&Options::memory>},
    {"memtable_size", set_memtable_size, copy<&Options::memtable_size>},
    {"block_size", set_block_size, copy<&Options::block_size>},
    {"compression", set_compression, copy<&Options::compression>},
    {"filter_bits", set_count<&Options::filter_bits, filter_bits_max>, copy<&Options::filter_bits>},
    {"space_amp", set_space_amp, copy<&Options::space_amp>},
    {"mapped_tables", set_mapped_tables, copy<&Options::mapped_tables>},
    {"workers", set_count<&Options::workers, workers_max>, copy<&Options::workers>},
};

std::string row_names() {
    std::string text;
    for (const Row& row : rows) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", row.name);
    }
    return text;
}

const Row* row_of(std::string_view name) {
    const auto* row = std::find_if(std::begin(rows), std::end(rows),
                                   [name](const Row& known) { return known.name == name; });
    return row == std::end(rows) ? nullptr : row;
}

}  // namespace

std::string_view compression_name(Compression compression) noexcept {
    return compressions[static_cast<std::size_t>(compression)];
}

Result<std::string> apply_engine_option(Options& options, std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const Row* row = row_of(name);
    if (equals == std::string_view::npos || row == nullptr) {
        return usage_error("expected NAME=VALUE with a name out of {}; found \"{}\"", row_names(),
                           escaped(text));
    }
    auto applied = row->apply(options, text.substr(equals + 1));
    if (!applied) {
        return at(std::string{name}, applied.take_error());
    }
    return std::string{name};
}

void copy_engine_option(std::string_view name, const Options& from, Options& to) {
    if (const Row* row = row_of(name)) {
        row->copy(from, to);
    }
}

std::string engine_options_text(const Options& options) {
    std::string text = fmt::format("memory={}", options.memory);
    if (options.memtable_size) {
        text += fmt::format(" memtable_size={}", *options.memtable_size);
    }
    text += fmt::format(
        " block_size={} compression={} filter_bits={} space_amp={} mapped_tables={} workers={}",
        options.block_size, compression_name(options.compression), options.filter_bits,
        options.space_amp, options.mapped_tables ? "yes" : "no", options.workers);
    return text;
}

}  // namespace strata::tools
