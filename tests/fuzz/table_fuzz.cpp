// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table: checked and read in every way, once as they are and once with the footer
// and every check made right, since no fuzzer guesses a check. Nothing may end the process, and
// what is read must be in order and be found again.
#include "base/assert.hpp"
#include "base/coding.hpp"
#include "base/hash.hpp"
#include "table/block_cache.hpp"
#include "table/format.hpp"
#include "table/table.hpp"
#include "table/verify.hpp"

#include <strata/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace strata {
namespace {

constexpr std::size_t size_max = std::size_t{1} << 20;
const char* const path = "/t.sst";

/// Makes the check of one block right, if the block lies inside the bytes.
void repair_block(std::string& bytes, const BlockHandle& handle, std::uint64_t salt) {
    if (handle.offset > bytes.size() ||
        bytes.size() - handle.offset < handle.size + block_trailer_size) {
        return;
    }
    const Bytes checked{bytes.data() + handle.offset, handle.size + 8U};
    store(bytes.data() + handle.end() - 8, hash64(checked, salt + handle.offset));
}

/// The same bytes with a right footer, and right checks on sections and blocks where the index
/// leads to them.
std::string repaired(Bytes input) {
    std::string bytes{input};
    if (bytes.size() < table_footer_size) {
        return bytes;
    }
    bytes.resize(bytes.size() / table_section_alignment * table_section_alignment);
    char* end = bytes.data() + bytes.size() - table_footer_size;
    store(end, std::uint64_t{bytes.size()});
    store(end + 36, std::uint32_t{table_version});
    store(end + 40, std::uint32_t{0});
    store(end + 48, hash64({end, 48}, 0));
    table_magic.copy(end + 56, table_magic.size());
    const auto footer = decode_footer({end, table_footer_size}, bytes.size());
    if (!footer) {
        return bytes;
    }
    for (const BlockHandle& section : {footer->index(), footer->filter(), footer->properties()}) {
        if (section.size != 0) {
            repair_block(bytes, section, footer->salt);
        }
    }
    const BlockHandle index = footer->index();
    const auto view = BlockView::parse({bytes.data() + index.offset, index.size}, BlockKind::index);
    for (std::uint32_t i = 0; view && i < view->count(); ++i) {
        if (view->record(i).value.size() == block_handle_size) {
            const BlockHandle handle = handle_at(*view, i);
            // A block that reaches into the index would change what `view` rests on.
            if (handle.end() <= index.offset) {
                repair_block(bytes, handle, footer->salt);
            }
        }
    }
    return bytes;
}

/// Walks forwards; each entry must come after the one before and be found by its key.
std::uint64_t walk(const Table& table, Cursor& cursor) {
    std::uint64_t count = 0;
    std::string last;
    auto more = cursor.seek_first();
    for (; more && *more; more = cursor.next()) {
        const Entry& entry = cursor.entry();
        STRATA_ASSERT(Bytes{last} <= entry.key);
        last = entry.key;
        const auto found = table.find(entry.key, entry.sequence);
        STRATA_ASSERT(!found || found->has_value());
        count += 1;
    }
    return more ? count : 0;
}

std::uint64_t walk_back(Cursor& cursor) {
    std::uint64_t count = 0;
    auto more = cursor.seek_last();
    for (; more && *more; more = cursor.prev()) {
        count += 1;
    }
    return more ? count : 0;
}

void read_all(const std::string& bytes) {
    const auto files = StrictFileSystem::create();
    {
        auto file = files->open(path, OpenMode::create_new);
        STRATA_ASSERT(file && (*file)->write(0, bytes));
    }
    CheckReport report;
    STRATA_ASSERT(verify_table(*files, path, {}, CheckOptions{}, report));
    for (const Finding& finding : report.findings) {
        STRATA_ASSERT(finding.file == path && !finding.message.empty());
    }
    const auto cache = std::make_shared<BlockCache>(std::size_t{1} << 16);
    const auto table = Table::open(*files, path, {}, cache);
    if (!table) {
        STRATA_ASSERT(!report.findings.empty());
        return;
    }
    const auto fill = (*table)->cursor(CacheUse::fill);
    const auto own = (*table)->cursor(CacheUse::none);
    const std::uint64_t forward = walk(**table, *fill);
    const std::uint64_t backward = walk_back(*own);
    if (report.findings.empty()) {
        STRATA_ASSERT(forward == report.entries && backward == report.entries);
    }
}

}  // namespace
}  // namespace strata

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > strata::size_max) {
        return 0;
    }
    const strata::Bytes input{reinterpret_cast<const char*>(data), size};
    strata::read_all(std::string{input});
    strata::read_all(strata::repaired(input));
    return 0;
}
