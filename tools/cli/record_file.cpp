// SPDX-License-Identifier: Apache-2.0
#include "cli/record_file.hpp"

#include "common/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata::tools {

Result<std::unique_ptr<RecordFile>> RecordFile::open(const std::string& path) {
    const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return system_error(path, "open");
    }
    return std::unique_ptr<RecordFile>{new RecordFile{descriptor, path}};
}

RecordFile::RecordFile(int descriptor, const std::string& path)
    : descriptor_{descriptor},
      lines_{descriptor, path == "-" ? std::string{"standard input"} : path, record_line_max} {
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
}

RecordFile::~RecordFile() {
    if (descriptor_ != STDIN_FILENO) {
        ::close(descriptor_);
    }
}

Error RecordFile::too_long() {
    return usage_error("the line is longer than {} bytes", record_line_max);
}

}  // namespace strata::tools
