// SPDX-License-Identifier: Apache-2.0
#include "stress/work_directory.hpp"

#include "common/error.hpp"
#include "common/terminal.hpp"

#include <stdlib.h>

#include <filesystem>
#include <system_error>

namespace strata::tools {

Result<std::unique_ptr<WorkDirectory>> WorkDirectory::create(const std::string& what,
                                                             const std::string& parent) {
    std::string pattern = parent;
    if (parent.empty()) {
        pattern = environment("TMPDIR");
        pattern = pattern.empty() ? "/tmp" : pattern;
    } else {
        std::error_code cause;
        std::filesystem::create_directories(parent, cause);
        if (cause) {
            return fail(ErrorCode::io, "{}: create directory: {}", parent, cause.message());
        }
    }
    pattern += "/strata-" + what + "-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        return system_error(pattern, "mkdtemp");
    }
    return std::unique_ptr<WorkDirectory>{new WorkDirectory{pattern}};
}

WorkDirectory::~WorkDirectory() {
    if (!kept_) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

Status remove_directory(const std::string& path) {
    std::error_code cause;
    std::filesystem::remove_all(path, cause);
    if (cause) {
        return fail(ErrorCode::io, "{}: remove: {}", path, cause.message());
    }
    return {};
}

bool is_free(const std::string& path) {
    std::error_code ignored;
    return !std::filesystem::exists(path, ignored) ||
           (std::filesystem::is_directory(path, ignored) &&
            std::filesystem::is_empty(path, ignored));
}

Status expect_new_store(const std::string& path) {
    if (is_free(path)) {
        return {};
    }
    return usage_error("{}: expected a new store, found a name that is taken; it would be removed",
                       path);
}

}  // namespace strata::tools
