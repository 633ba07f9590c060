// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include "base/assert.hpp"

#include <sys/random.h>
#include <cerrno>

namespace strata {

std::uint64_t random_u64() {
    std::uint64_t value = 0;
    ssize_t got = 0;
    do {
        got = ::getrandom(&value, sizeof value, 0);
    } while (got < 0 && errno == EINTR);
    STRATA_ASSERT(got == static_cast<ssize_t>(sizeof value));
    return value;
}

}  // namespace strata
