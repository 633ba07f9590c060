// SPDX-License-Identifier: Apache-2.0
#include "version/manifest.hpp"

#include "base/assert.hpp"
#include "base/coding.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace strata {
namespace {

constexpr std::string_view magic{"STRATMAN"};
constexpr std::size_t version_at = 8;
constexpr std::size_t flags_at = 20;
constexpr std::uint32_t flag_repaired = 1;
constexpr std::string_view history_floor_name{"history.floor"};

std::optional<std::string> problem_of_segments(const Manifest& manifest) {
    const SegmentFacts* previous = nullptr;
    for (const SegmentFacts& segment : manifest.sealed) {
        // Unsigned arithmetic: a first sequence of 0 is refused by the first comparison.
        if (segment.first_sequence == 0 || segment.last_sequence < segment.first_sequence - 1 ||
            segment.last_sequence > sequence_max) {
            return fmt::format("segment {} has sequences {} to {}", segment.number,
                               segment.first_sequence, segment.last_sequence);
        }
        if (previous != nullptr && (segment.number <= previous->number ||
                                    segment.first_sequence <= previous->last_sequence)) {
            return fmt::format("segment {} does not follow segment {}", segment.number,
                               previous->number);
        }
        previous = &segment;
    }
    if (manifest.active != 0 && previous != nullptr && manifest.active <= previous->number) {
        return fmt::format("active segment {} does not follow segment {}", manifest.active,
                           previous->number);
    }
    return {};
}

std::optional<std::string> problem_of_numbers(const Manifest& manifest) {
    std::vector<std::uint64_t> numbers{manifest.number};
    if (manifest.active != 0) {
        numbers.push_back(manifest.active);
    }
    for (const SegmentFacts& segment : manifest.sealed) {
        numbers.push_back(segment.number);
    }
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& table : run.tables) {
            numbers.push_back(table.number);
        }
    }
    std::ranges::sort(numbers);
    if (numbers.front() == 0 || numbers.back() >= manifest.next_number) {
        return fmt::format("file numbers {} to {} are not above 0 and below the next one, {}",
                           numbers.front(), numbers.back(), manifest.next_number);
    }
    const auto twin = std::ranges::adjacent_find(numbers);
    if (twin != numbers.end()) {
        return fmt::format("two files have number {}", *twin);
    }
    return {};
}

std::optional<std::string> problem_of_properties(const Manifest& manifest) {
    std::vector<std::string_view> names;
    for (const auto& property : manifest.properties) {
        if (property.first.empty() ||
            property.first.size() > std::numeric_limits<std::uint16_t>::max() ||
            property.second.size() > std::numeric_limits<std::uint32_t>::max()) {
            return fmt::format("a property has a name of {} bytes and a value of {}",
                               property.first.size(), property.second.size());
        }
        names.push_back(property.first);
    }
    std::ranges::sort(names);
    const auto twin = std::ranges::adjacent_find(names);
    return twin == names.end() ? std::optional<std::string>{}
                               : fmt::format("property {} is given twice", *twin);
}

std::optional<std::string> problem_of_sequences(const Manifest& manifest) {
    if (manifest.last_sequence > sequence_max) {
        return fmt::format("last sequence {} is beyond {}", manifest.last_sequence, sequence_max);
    }
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& table : run.tables) {
            if (table.sequence_max > manifest.last_sequence) {
                return fmt::format("table {} has sequence {}, beyond the last in tables, {}",
                                   table.number, table.sequence_max, manifest.last_sequence);
            }
        }
    }
    return {};
}

void append_count(std::string& to, std::size_t count) {
    STRATA_ASSERT(count <= std::numeric_limits<std::uint32_t>::max());
    append(to, static_cast<std::uint32_t>(count));
}

void append_header(std::string& to, const Manifest& manifest) {
    to += magic;
    append(to, manifest_version);
    append<std::uint16_t>(to, 0);
    append<std::uint32_t>(to, 0);
    append<std::uint32_t>(to, 0);
    append<std::uint32_t>(to, manifest.repaired ? flag_repaired : 0);
    to += manifest.store.view();
    for (const std::uint64_t field : {manifest.number, manifest.next_number, manifest.last_sequence,
                                      manifest.time_ms, manifest.active, manifest.active_key}) {
        append(to, field);
    }
    std::size_t tables = 0;
    for (const RunFacts& run : manifest.runs) {
        tables += run.tables.size();
    }
    for (const std::size_t count :
         {manifest.sealed.size(), manifest.runs.size(), tables, manifest.properties.size()}) {
        append_count(to, count);
    }
}

void append_table(std::string& to, const TableFacts& table, std::size_t run, std::uint32_t tier) {
    for (const std::uint64_t field :
         {table.number, table.length, table.footer_check, table.file_check, table.sequence_min,
          table.sequence_max, table.entries, table.deletes, table.raw_bytes,
          table.tombstone_oldest_ms, table.expiry_last}) {
        append(to, field);
    }
    append_count(to, run);
    append(to, tier);
    append_count(to, table.key_min.size());
    append_count(to, table.key_max.size());
    to += table.key_min;
    to += table.key_max;
}

/// Counts as the header gives them, each already compared with the bytes that follow it.
struct Counts {
    std::uint32_t sealed;
    std::uint32_t runs;
    std::uint32_t tables;
    std::uint32_t properties;
};

/// Reads the fields behind the feature bits. False: the counts cannot be true.
bool read_header(FieldReader& in, Manifest& manifest, Counts& counts) {
    manifest.repaired = (in.fixed<std::uint32_t>() & flag_repaired) != 0;
    const Bytes id = in.take(store_id_size);
    std::ranges::copy(id, manifest.store.bytes.begin());
    for (std::uint64_t* field : {&manifest.number, &manifest.next_number, &manifest.last_sequence,
                                 &manifest.time_ms, &manifest.active, &manifest.active_key}) {
        *field = in.fixed<std::uint64_t>();
    }
    for (std::uint32_t* count :
         {&counts.sealed, &counts.runs, &counts.tables, &counts.properties}) {
        *count = in.fixed<std::uint32_t>();
    }
    const std::uint64_t least = std::uint64_t{counts.sealed} * manifest_segment_size +
                                std::uint64_t{counts.tables} * manifest_table_size +
                                std::uint64_t{counts.properties} * manifest_property_size;
    return least <= in.rest().size() && counts.runs <= counts.tables;
}

SegmentFacts read_segment(FieldReader& in) {
    SegmentFacts segment;
    for (std::uint64_t* field : {&segment.number, &segment.key, &segment.length,
                                 &segment.first_sequence, &segment.last_sequence}) {
        *field = in.fixed<std::uint64_t>();
    }
    return segment;
}

/// A table with the place it has in the list of runs.
struct PlacedTable {
    TableFacts facts;
    std::uint32_t run;
    std::uint32_t tier;
};

PlacedTable read_table(FieldReader& in) {
    PlacedTable table{};
    TableFacts& facts = table.facts;
    for (std::uint64_t* field :
         {&facts.number, &facts.length, &facts.footer_check, &facts.file_check, &facts.sequence_min,
          &facts.sequence_max, &facts.entries, &facts.deletes, &facts.raw_bytes,
          &facts.tombstone_oldest_ms, &facts.expiry_last}) {
        *field = in.fixed<std::uint64_t>();
    }
    table.run = in.fixed<std::uint32_t>();
    table.tier = in.fixed<std::uint32_t>();
    const auto key_min_size = in.fixed<std::uint32_t>();
    const auto key_max_size = in.fixed<std::uint32_t>();
    if (key_min_size > key_size_max || key_max_size > key_size_max) {
        in.fail();
    }
    facts.key_min = in.take(key_min_size);
    facts.key_max = in.take(key_max_size);
    return table;
}

/// Adds a table to the run it names: the last one or a new one behind it. False: neither.
bool place_table(std::vector<RunFacts>& runs, PlacedTable table) {
    if (table.run == runs.size()) {
        runs.push_back(RunFacts{.tier = table.tier});
    }
    if (std::size_t{table.run} + 1 != runs.size() || runs.back().tier != table.tier) {
        return false;
    }
    runs.back().tables.push_back(std::move(table.facts));
    return true;
}

/// What stands between the feature bits and the check.
Result<Manifest> decode_body(FieldReader in, const std::string& path) {
    const std::size_t end = flags_at + in.rest().size();
    const auto damaged = [&](std::string_view what) {
        return corruption_at(path, end - in.rest().size(), "{}", what);
    };
    Manifest manifest;
    Counts counts{};
    if (!read_header(in, manifest, counts)) {
        return damaged("the counts of segments, runs, tables or properties exceed what follows");
    }
    manifest.sealed.reserve(counts.sealed);
    for (std::uint32_t i = 0; i < counts.sealed; ++i) {
        manifest.sealed.push_back(read_segment(in));
    }
    for (std::uint32_t i = 0; i < counts.tables; ++i) {
        PlacedTable table = read_table(in);
        if (!in.ok() || !place_table(manifest.runs, std::move(table))) {
            return damaged(
                "a table has a key beyond the end or a limit, or names another run "
                "than the one before it or the next");
        }
    }
    for (std::uint32_t i = 0; i < counts.properties; ++i) {
        const auto name_size = in.fixed<std::uint16_t>();
        const auto value_size = in.fixed<std::uint32_t>();
        const Bytes name = in.take(name_size);
        const Bytes value = in.take(value_size);
        manifest.properties.emplace_back(name, value);
    }
    if (!in.ok() || !in.at_end() || manifest.runs.size() != counts.runs) {
        return damaged(
            "lists do not end where the check begins, or the runs are not as many as "
            "the header says");
    }
    if (const auto problem = find_broken_invariant(manifest)) {
        return damaged(*problem);
    }
    return manifest;
}

}  // namespace

Sequence Manifest::history_floor() const noexcept {
    for (const auto& property : properties) {
        if (property.first == history_floor_name && property.second.size() == sizeof(Sequence)) {
            return load<Sequence>(property.second.data());
        }
    }
    return 0;
}

void Manifest::set_history_floor(Sequence floor) {
    std::string value;
    append(value, floor);
    for (auto& property : properties) {
        if (property.first == history_floor_name) {
            property.second = std::move(value);
            return;
        }
    }
    properties.emplace_back(history_floor_name, std::move(value));
}

std::optional<std::string> find_broken_invariant(const Manifest& manifest) {
    for (const auto problem_of :
         {problem_of_segments, problem_of_numbers, problem_of_properties, problem_of_sequences}) {
        if (auto problem = problem_of(manifest)) {
            return problem;
        }
    }
    return find_broken_invariant(manifest.runs);
}

std::string encode_manifest(const Manifest& manifest) {
    STRATA_ASSERT(!find_broken_invariant(manifest));
    std::string bytes;
    append_header(bytes, manifest);
    STRATA_ASSERT(bytes.size() == manifest_header_size);
    for (const SegmentFacts& segment : manifest.sealed) {
        for (const std::uint64_t field : {segment.number, segment.key, segment.length,
                                          segment.first_sequence, segment.last_sequence}) {
            append(bytes, field);
        }
    }
    for (std::size_t run = 0; run < manifest.runs.size(); ++run) {
        for (const TableFacts& table : manifest.runs[run].tables) {
            append_table(bytes, table, run, manifest.runs[run].tier);
        }
    }
    for (const auto& property : manifest.properties) {
        append(bytes, static_cast<std::uint16_t>(property.first.size()));
        append(bytes, static_cast<std::uint32_t>(property.second.size()));
        bytes += property.first;
        bytes += property.second;
    }
    append(bytes, hash64(bytes, 0));
    return bytes;
}

Result<Manifest> decode_manifest(Bytes bytes, const std::string& path) {
    if (bytes.size() < manifest_header_size + manifest_check_size) {
        return corruption_at(path, 0, "a manifest of {} bytes; the least is {}", bytes.size(),
                             manifest_header_size + manifest_check_size);
    }
    if (!bytes.starts_with(magic)) {
        return corruption_at(path, 0, "no magic {}: not a manifest", magic);
    }
    const auto version = load<std::uint16_t>(bytes.data() + version_at);
    const std::size_t check_at = bytes.size() - manifest_check_size;
    const auto check = load<std::uint64_t>(bytes.data() + check_at);
    const std::uint64_t expected = hash64(bytes.substr(0, check_at), 0);
    if (check != expected) {
        return corruption_at(path, check_at,
                             "check {:016x} expected, {:016x} found (format version {} of {})",
                             expected, check, version, manifest_version);
    }
    if (version != manifest_version) {
        return make_error(ErrorCode::unsupported, "{}: manifest version {}, this program reads {}",
                          path, version, manifest_version);
    }
    FieldReader in{bytes.substr(0, check_at)};
    static_cast<void>(in.take(version_at + 4));
    const auto required = in.fixed<std::uint32_t>();
    static_cast<void>(in.fixed<std::uint32_t>());  // optional bits
    if (required != 0) {
        return make_error(ErrorCode::unsupported,
                          "{}: manifest requires features {:#x}, this program knows none", path,
                          required);
    }
    return decode_body(in, path);
}

}  // namespace strata
