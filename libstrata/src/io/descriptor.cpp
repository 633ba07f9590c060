// SPDX-License-Identifier: Apache-2.0
#include "io/descriptor.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace strata {
namespace {

// False: no more are allowed.
bool raise_descriptor_limit() {
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) {
        return false;
    }
    limit.rlim_cur = std::min(limit.rlim_max, limit.rlim_cur * 2);
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace

Descriptor open_descriptor(const std::string& path, int flags) {
    constexpr mode_t permissions = 0644;
    for (;;) {
        Descriptor descriptor{
            retry_interrupted([&] { return ::open(path.c_str(), flags, permissions); })};
        if (descriptor.is_open() || errno != EMFILE || !raise_descriptor_limit()) {
            return descriptor;
        }
    }
}

}  // namespace strata
