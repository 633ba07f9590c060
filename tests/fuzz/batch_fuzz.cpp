// SPDX-License-Identifier: Apache-2.0
// Any bytes as the operations of a batch: what is taken keeps its limits, lies inside the bytes,
// and survives being written and read once more.
#include "base/assert.hpp"
#include "entry/entry.hpp"
#include "entry/operation.hpp"

#include <strata/batch.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace strata {
namespace {

void check_limits(const Entry& entry, Bytes input) {
    STRATA_ASSERT(!entry.key.empty() && entry.key.size() <= key_size_max);
    STRATA_ASSERT(entry.value.size() <= value_size_max);
    STRATA_ASSERT(entry.kind != Kind::del || entry.value.empty());
    STRATA_ASSERT(entry.key.data() >= input.data());
    STRATA_ASSERT(entry.value.data() + entry.value.size() <= input.data() + input.size());
}

bool same(const Entry& a, const Entry& b) {
    return a.kind == b.kind && a.key == b.key && a.value == b.value && a.expiry == b.expiry;
}

void read_all(Bytes input) {
    std::vector<Entry> entries;
    std::string written;
    OperationReader reader{input};
    Entry entry;
    std::size_t last = 0;
    while (reader.next(entry)) {
        check_limits(entry, input);
        STRATA_ASSERT(reader.offset() > last);
        last = reader.offset();
        const std::size_t before = written.size();
        append_operation(written, entry);
        STRATA_ASSERT(written.size() - before == operation_size(entry));
        entries.push_back(entry);
        entry = {};
    }
    STRATA_ASSERT(reader.failed() || reader.offset() == input.size());
    OperationReader again{written};
    for (const Entry& expected : entries) {
        Entry found;
        STRATA_ASSERT(again.next(found) && same(expected, found));
    }
    STRATA_ASSERT(!again.next(entry) && !again.failed());
}

}  // namespace
}  // namespace strata

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    strata::read_all({reinterpret_cast<const char*>(data), size});
    return 0;
}
