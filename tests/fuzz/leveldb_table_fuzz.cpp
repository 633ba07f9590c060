// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table of LevelDB: checked and read in every way, once as they are and once with
// the footer's magic and every check made right, since no fuzzer guesses a check. Nothing may end
// the process, and where the check finds nothing, everything is in order and is found again.
#include "base/assert.hpp"
#include "base/coding.hpp"
#include "leveldb/block.hpp"
#include "leveldb/crc32c.hpp"
#include "leveldb/filter.hpp"
#include "leveldb/table.hpp"
#include "leveldb/verify.hpp"

#include <strata/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace strata::level {
namespace {

constexpr std::size_t size_max = std::size_t{1} << 18;
const char* const path = "/t.ldb";

std::shared_ptr<StrictFileSystem> with_file(const std::string& bytes) {
    auto files = StrictFileSystem::create();
    auto file = files->open(path, OpenMode::create_new);
    STRATA_ASSERT(file && (*file)->write(0, bytes));
    return files;
}

/// Makes the check behind a block right, and its codec one that is known. False: it does not lie
/// before `end`.
bool repair_block(std::string& bytes, const BlockHandle& handle, std::size_t end) {
    if (handle.offset > end || handle.size > end ||
        handle.offset + handle.size + block_trailer_size > end) {
        return false;
    }
    const auto offset = static_cast<std::size_t>(handle.offset);
    const auto size = static_cast<std::size_t>(handle.size);
    bytes[offset + size] = static_cast<char>(static_cast<unsigned char>(bytes[offset + size]) % 3);
    const std::uint32_t check = masked(crc32c(Bytes{bytes}.substr(offset, size + 1)));
    store(bytes.data() + offset + size + 1, check);
    return true;
}

/// The blocks that the values of a block lead to.
std::vector<BlockHandle> handles_in(const std::string& bytes, const BlockHandle& handle) {
    std::vector<BlockHandle> handles;
    const auto files = with_file(bytes);
    const auto table = Table::open(*files, path);
    if (!table) {
        return handles;
    }
    auto block = (*table)->walk(handle);
    while (block) {
        const auto more = block->next();
        if (!more || !*more) {
            break;
        }
        Bytes value = block->value();
        if (const auto found = take_handle(value)) {
            handles.push_back(*found);
        }
    }
    return handles;
}

std::string repaired(Bytes input) {
    std::string bytes{input};
    if (bytes.size() < footer_size) {
        return bytes;
    }
    store(bytes.data() + bytes.size() - sizeof table_magic, table_magic);
    Bytes footer = Bytes{bytes}.substr(bytes.size() - footer_size);
    const auto metaindex = take_handle(footer);
    const auto index = metaindex ? take_handle(footer) : std::nullopt;
    if (!index) {
        return bytes;
    }
    const std::size_t end = bytes.size() - footer_size;
    for (const BlockHandle& handle : {*metaindex, *index}) {
        if (!repair_block(bytes, handle, end)) {
            continue;
        }
        for (const BlockHandle& block : handles_in(bytes, handle)) {
            // What reaches into the block that names it would change what it rests on.
            repair_block(bytes, block, static_cast<std::size_t>(handle.offset));
        }
    }
    return bytes;
}

/// Each entry must be found by its key, and behind the one before when `ascending`.
std::uint64_t walk(const Table& table, bool ascending) {
    auto cursor = TableCursor::create(table);
    std::uint64_t count = 0;
    std::string last;
    while (cursor) {
        const auto more = cursor->next();
        if (!more && cursor->lost_index()) {
            break;
        }
        if (!more) {
            continue;
        }
        if (!*more) {
            break;
        }
        const std::string key{cursor->key().user_key};
        count += 1;
        if (!ascending) {
            continue;
        }
        STRATA_ASSERT(last <= key);
        last = key;
        if (count % 16 == 1) {
            auto seek = TableCursor::create(table);
            STRATA_ASSERT(seek.has_value());
            seek->seek(key);
            const auto found = seek->next();
            STRATA_ASSERT(found && *found && seek->key().user_key == key);
        }
    }
    return count;
}

void read_all(const std::string& bytes) {
    const auto files = with_file(bytes);
    CheckReport report;
    const auto counts = check_table(*files, path, KeyOrder::bytewise, report);
    STRATA_ASSERT(counts.has_value());
    for (const Finding& finding : report.findings) {
        STRATA_ASSERT(finding.file == path && !finding.message.empty());
    }
    const auto table = Table::open(*files, path);
    if (!table) {
        STRATA_ASSERT(!report.findings.empty());
        return;
    }
    CheckReport parts_report;
    std::uint64_t end = 0;
    for (const Part& part : parts_of(**table, parts_report)) {
        STRATA_ASSERT(part.offset == end && part.size > 0);
        end += part.size;
    }
    STRATA_ASSERT(end == bytes.size());
    const std::uint64_t count = walk(**table, report.findings.empty());
    STRATA_ASSERT(count == counts->entries);
    static_cast<void>(Filter::read(**table));
}

}  // namespace
}  // namespace strata::level

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes{data, data + std::min(size, strata::level::size_max)};
    strata::level::read_all(bytes);
    strata::level::read_all(strata::level::repaired(bytes));
    return 0;
}
