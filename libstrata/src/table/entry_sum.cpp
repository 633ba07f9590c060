// SPDX-License-Identifier: Apache-2.0
#include "table/entry_sum.hpp"

#include "base/hash.hpp"
#include "entry/operation.hpp"

namespace strata {

void EntrySum::add(const Entry& entry) {
    const std::size_t size = operation_size(entry);
    if (scratch_.size() < size) {
        scratch_.resize(size);
    }
    store_operation(scratch_.data(), entry);
    sum_ += hash64(Bytes{scratch_}.substr(0, size), entry.sequence);
}

}  // namespace strata
