// SPDX-License-Identifier: Apache-2.0
#include "cli/import_parts.hpp"

#include "common/error.hpp"
#include "common/output.hpp"
#include "common/sync_mode.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace strata::tools {

std::string shell_word(const std::string& text) {
    constexpr std::string_view safe =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
    if (!text.empty() && text.find_first_not_of(safe) == std::string::npos) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return quoted + "'";
}

RejectsFile::~RejectsFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Status RejectsFile::open(const std::string& path) {
    constexpr mode_t permissions = 0666;
    path_ = path;
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
    if (descriptor_ < 0) {
        return system_error(path, "open");
    }
    return {};
}

Status RejectsFile::write(Bytes text) {
    if (const int error = write_all(descriptor_, text); error != 0) {
        errno = error;
        return system_error(path_, "write");
    }
    return {};
}

std::string import_options_text(const Settings& settings, const RejectsFile& rejects) {
    std::string text;
    if (settings.format) {
        text += fmt::format(" -f {}", output_format_name(*settings.format));
    }
    if (settings.sync) {
        text += " --sync " + sync_mode_text(*settings.sync);
    }
    if (rejects.is_open()) {
        text += " --rejects " + shell_word(rejects.path());
    }
    return text;
}

}  // namespace strata::tools
