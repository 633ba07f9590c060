// SPDX-License-Identifier: Apache-2.0
#include "common/new_file.hpp"

#include "common/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace strata::tools {

Result<std::unique_ptr<NewFile>> NewFile::create(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) {
        return usage_error("{}: is there already; nothing is overwritten, name a new file", path);
    }
    if (descriptor < 0) {
        return system_error(path, "open");
    }
    return std::unique_ptr<NewFile>{new NewFile{descriptor, path}};
}

NewFile::~NewFile() {
    output_.flush();
    ::close(descriptor_);
}

Status NewFile::close() {
    output_.flush();
    if (output_.failed()) {
        errno = output_.failure();
        return system_error(path_, "write");
    }
    return {};
}

}  // namespace strata::tools
