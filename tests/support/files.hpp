// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/file_system.hpp>

#include "support/must.hpp"

#include <memory>
#include <string>

namespace strata::test {

/// A new file with this content, not synced.
inline std::unique_ptr<File> create_file(FileSystem& files, const std::string& path,
                                         Bytes content = {}) {
    auto file = must(files.open(path, OpenMode::create_new));
    must(file->write(0, content));
    return file;
}

/// All bytes of an open file.
inline std::string content_of(File& file) {
    std::string content(must(file.size()), '\0');
    CHECK(must(file.read(0, content)) == content.size());
    return content;
}

inline std::string content_of(FileSystem& files, const std::string& path) {
    return content_of(*must(files.open(path, OpenMode::read)));
}

inline bool exists(FileSystem& files, const std::string& path) {
    return must(files.status(path)).has_value();
}

}  // namespace strata::test
