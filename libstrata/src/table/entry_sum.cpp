// SPDX-License-Identifier: Apache-2.0
#include "table/entry_sum.hpp"

#include "base/hash.hpp"
#include "entry/operation.hpp"

namespace strata {

void EntrySum::add(const Entry& entry) {
    scratch_.clear();
    append_operation(scratch_, entry);
    sum_ += hash64(scratch_, entry.sequence);
}

}  // namespace strata
