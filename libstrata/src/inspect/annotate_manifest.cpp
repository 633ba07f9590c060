// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"
#include "base/store_id.hpp"
#include "inspect/annotate.hpp"
#include "io/file_contents.hpp"
#include "version/manifest.hpp"

#include <fmt/format.h>

namespace strata {
namespace {

constexpr std::size_t magic_size = 8;

struct Counts {
    std::uint32_t segments = 0;
    std::uint32_t tables = 0;
    std::uint32_t properties = 0;
};

std::string hexadecimal(std::uint64_t number) { return fmt::format("{:016x}", number); }

Counts annotate_header(FieldWriter& writer) {
    writer.text("magic", magic_size);
    writer.number<std::uint16_t>("version");
    writer.number<std::uint16_t>("reserved");
    writer.number<std::uint32_t>("required bits");
    writer.number<std::uint32_t>("optional bits");
    writer.number<std::uint32_t>("flags", writer.peek<std::uint32_t>() == 1 ? "repaired" : "");
    writer.opaque("store id", store_id_size);
    for (const char* name : {"manifest number", "next file number", "last sequence",
                             "time, ms since 1970", "active segment"}) {
        writer.number<std::uint64_t>(name);
    }
    writer.number<std::uint64_t>("its key", hexadecimal(writer.peek<std::uint64_t>()));
    Counts counts;
    counts.segments = writer.number<std::uint32_t>("sealed segments");
    writer.number<std::uint32_t>("runs");
    counts.tables = writer.number<std::uint32_t>("tables");
    counts.properties = writer.number<std::uint32_t>("properties");
    return counts;
}

void annotate_segment_facts(FieldWriter& writer) {
    writer.number<std::uint64_t>("number");
    writer.number<std::uint64_t>("key", hexadecimal(writer.peek<std::uint64_t>()));
    for (const char* name : {"length", "first sequence", "last sequence"}) {
        writer.number<std::uint64_t>(name);
    }
}

void annotate_table_facts(FieldWriter& writer) {
    writer.number<std::uint64_t>("number");
    writer.number<std::uint64_t>("length");
    writer.number<std::uint64_t>("footer check", hexadecimal(writer.peek<std::uint64_t>()));
    writer.number<std::uint64_t>("file check", hexadecimal(writer.peek<std::uint64_t>()));
    for (const char* name : {"least sequence", "greatest sequence", "entries", "deletes",
                             "raw bytes", "oldest tombstone", "last expiry"}) {
        writer.number<std::uint64_t>(name);
    }
    writer.number<std::uint32_t>("run");
    writer.number<std::uint32_t>("tier");
    const auto least = writer.number<std::uint32_t>("least key length");
    const auto greatest = writer.number<std::uint32_t>("greatest key length");
    writer.text("least key", least);
    writer.text("greatest key", greatest);
}

/// The parts between header and check, as long as there are bytes: counts may claim anything.
void annotate_lists(FieldWriter& writer, const Counts& counts, Bytes body) {
    const auto part = [&writer, body](const char* name, std::uint32_t i) {
        writer.begin(fmt::format("{} {}", name, i), writer.offset(),
                     body.substr(static_cast<std::size_t>(writer.offset())));
    };
    for (std::uint32_t i = 0; i < counts.segments && writer.left() != 0; ++i) {
        part("sealed segment", i);
        annotate_segment_facts(writer);
    }
    for (std::uint32_t i = 0; i < counts.tables && writer.left() != 0; ++i) {
        part("table", i);
        annotate_table_facts(writer);
    }
    for (std::uint32_t i = 0; i < counts.properties && writer.left() != 0; ++i) {
        part("property", i);
        const auto name = writer.number<std::uint16_t>("name length");
        const auto value = writer.number<std::uint32_t>("value length");
        writer.text("name", name);
        writer.text("value", value);
    }
    if (writer.left() != 0) {
        writer.begin("not explained", writer.offset(),
                     body.substr(static_cast<std::size_t>(writer.offset())));
        writer.opaque("bytes", writer.left());
    }
}

}  // namespace

Status annotate_manifest(FileSystem& files, const std::string& path, FieldWriter& writer) {
    const std::string bytes = STRATA_TRY(read_file(files, path, inspected_section_size_max));
    const Bytes all{bytes};
    if (all.size() < manifest_header_size + manifest_check_size) {
        writer.begin("manifest", 0, all);
        writer.opaque("cut short", all.size());
        writer.problem(0, fmt::format("a manifest of {} bytes; the least is {}", all.size(),
                                      manifest_header_size + manifest_check_size));
        return {};
    }
    const Bytes body = all.substr(0, all.size() - manifest_check_size);
    writer.begin("manifest header", 0, body);
    const Counts counts = annotate_header(writer);
    annotate_lists(writer, counts, body);
    writer.begin("check", body.size(), all.substr(body.size()));
    const auto found = writer.peek<std::uint64_t>();
    const std::uint64_t expected = hash64(body, 0);
    if (found != expected) {
        writer.problem(body.size(),
                       fmt::format("check {:016x} expected, {:016x} found", expected, found));
    }
    writer.number<std::uint64_t>(
        "check", found == expected ? hexadecimal(found) + ", verifies"
                                   : fmt::format("{:016x}, expected {:016x}", found, expected));
    return {};
}

}  // namespace strata
