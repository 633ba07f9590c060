// SPDX-License-Identifier: Apache-2.0
// Any bytes as a log of LevelDB, and each record as a batch and as an edit of a manifest: once as
// they are and once with every check made right, since no fuzzer guesses a check. Records and gaps
// follow one another through the file, and a batch gives as many operations as it claims.
#include "base/assert.hpp"
#include "base/coding.hpp"
#include "leveldb/crc32c.hpp"
#include "leveldb/log_reader.hpp"
#include "leveldb/manifest.hpp"
#include "leveldb/write_batch.hpp"

#include <strata/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace strata::level {
namespace {

constexpr std::size_t size_max = std::size_t{1} << 18;

/// The check of every fragment made right, where the fragments before lead. A type with its highest
/// bit set keeps its damage.
std::string repaired(std::string bytes) {
    std::size_t at = 0;
    while (at + log_header_size <= bytes.size()) {
        const std::size_t in_block = log_block_size - at % log_block_size;
        if (in_block < log_header_size) {
            at += in_block;
            continue;
        }
        const std::size_t size = load<std::uint16_t>(bytes.data() + at + 4);
        const std::size_t room = std::min(in_block, bytes.size() - at) - log_header_size;
        if (size > room) {
            at += in_block;
            continue;
        }
        auto type = static_cast<unsigned char>(bytes[at + 6]);
        if (type < 0x80) {
            type = type >= 1 && type <= 4 ? type : static_cast<unsigned char>(1 + type % 4);
            bytes[at + 6] = static_cast<char>(type);
            store(bytes.data() + at, masked(crc32c(Bytes{bytes}.substr(at + 6, size + 1))));
        }
        at += log_header_size + size;
    }
    return bytes;
}

void read_record(Bytes record) {
    static_cast<void>(decode_edit(record));
    auto batch = BatchReader::create(record);
    std::uint64_t operations = 0;
    while (batch) {
        const auto more = batch->next();
        if (!more) {
            return;
        }
        if (!*more) {
            STRATA_ASSERT(operations == batch->count());
            return;
        }
        STRATA_ASSERT(batch->key().sequence == batch->first_sequence() + operations);
        operations += 1;
    }
}

void read_all(const std::string& bytes) {
    const auto files = StrictFileSystem::create();
    {
        auto file = files->open("/l", OpenMode::create_new);
        STRATA_ASSERT(file && (*file)->write(0, bytes));
    }
    const auto reader = LogReader::open(*files, "/l");
    STRATA_ASSERT(reader.has_value());
    std::uint64_t end = 0;
    bool torn = false;
    while (true) {
        const auto event = (*reader)->next();
        STRATA_ASSERT(event.has_value());
        if (*event == LogEvent::end) {
            break;
        }
        STRATA_ASSERT(!torn);
        if (*event == LogEvent::record) {
            STRATA_ASSERT((*reader)->offset() >= end && (*reader)->end() > (*reader)->offset());
            end = (*reader)->end();
            read_record((*reader)->record());
            continue;
        }
        const LogGap& gap = (*reader)->gap();
        STRATA_ASSERT(gap.offset >= end && gap.size > 0 && !gap.reason.empty());
        end = gap.offset + gap.size;
        torn = *event == LogEvent::torn;
    }
    STRATA_ASSERT(end <= bytes.size());
    // What no event named is the zeros that fill a block.
    STRATA_ASSERT(bytes.size() - end < log_header_size);
    static_cast<void>(read_manifest(*files, "/l"));
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
