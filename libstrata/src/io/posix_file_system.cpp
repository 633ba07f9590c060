// SPDX-License-Identifier: Apache-2.0
// The operating system's files: the only place of the library, with posix_file and posix_lock,
// that makes system calls on files.
#include "base/error.hpp"
#include "io/descriptor.hpp"
#include "io/posix_file.hpp"
#include "io/posix_lock.hpp"
#include "io/system_error.hpp"

#include <strata/file_system.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {
namespace {

int open_flags(OpenMode mode) {
    // Without O_NONBLOCK a FIFO that took the name of a file would hang the open; it changes
    // nothing for regular files.
    constexpr int common = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    switch (mode) {
        case OpenMode::read:
            return common | O_RDONLY;
        case OpenMode::write:
            return common | O_RDWR;
        case OpenMode::create_new:
            return common | O_RDWR | O_CREAT | O_EXCL;
    }
    return common | O_RDONLY;
}

FileKind kind_of(mode_t mode) {
    if (S_ISREG(mode)) {
        return FileKind::regular;
    }
    return S_ISDIR(mode) ? FileKind::directory : FileKind::other;
}

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

class PosixFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        Descriptor descriptor = open_descriptor(path, open_flags(mode));
        if (!descriptor.is_open()) {
            return system_error(path, "open", errno);
        }
        return make_posix_file(path, std::move(descriptor));
    }

    Status rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) {
            const int number = errno;
            return system_error(from + " to " + to, "rename", number);
        }
        return {};
    }

    Status link(const std::string& from, const std::string& to) override {
        if (::link(from.c_str(), to.c_str()) == 0) {
            return {};
        }
        const int number = errno;
        Error error = system_error(from + " to " + to, "link", number);
        // Another device, a file system without links, a file of somebody else that the kernel
        // protects, or too many links: the bytes can still be copied.
        if (number == EXDEV || number == EPERM || number == EOPNOTSUPP || number == ENOSYS ||
            number == EMLINK) {
            error.code = ErrorCode::unsupported;
        }
        return error;
    }

    Status unlink(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) {
            return system_error(path, "unlink", errno);
        }
        return {};
    }

    Status create_directory(const std::string& path) override {
        if (::mkdir(path.c_str(), 0755) == 0) {
            return {};
        }
        const int number = errno;
        struct stat found {};
        if (number == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) {
            return {};
        }
        return system_error(path, "mkdir", number);
    }

    Status remove_directory(const std::string& path) override {
        if (::rmdir(path.c_str()) != 0) {
            return system_error(path, "rmdir", errno);
        }
        return {};
    }

    Result<std::vector<std::string>> list(const std::string& directory) override {
        Descriptor descriptor = open_descriptor(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const std::unique_ptr<DIR, CloseDirectory> stream{
            descriptor.is_open() ? ::fdopendir(descriptor.number()) : nullptr};
        if (stream == nullptr) {
            return system_error(directory, "opendir", errno);
        }
        descriptor.release();  // the stream's now
        std::vector<std::string> names;
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(stream.get());  // NOLINT: one stream, one thread
            if (entry == nullptr) {
                break;
            }
            const std::string_view name{static_cast<const char*>(entry->d_name)};
            if (name != "." && name != "..") {
                names.emplace_back(name);
            }
        }
        if (errno != 0) {
            return system_error(directory, "readdir", errno);
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    Status sync_directory(const std::string& directory) override {
        const Descriptor descriptor =
            open_descriptor(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (!descriptor.is_open()) {
            return system_error(directory, "open", errno);
        }
        if (::fsync(descriptor.number()) != 0) {
            return system_error(directory, "fsync", errno);
        }
        return {};
    }

    Result<std::optional<FileStatus>> status(const std::string& path) override {
        struct stat found {};
        if (::stat(path.c_str(), &found) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) {
                return std::optional<FileStatus>{};
            }
            return system_error(path, "stat", errno);
        }
        return std::optional<FileStatus>{FileStatus{
            .kind = kind_of(found.st_mode),
            .size = static_cast<std::uint64_t>(found.st_size),
            .links = static_cast<std::uint64_t>(found.st_nlink),
        }};
    }

    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        return lock_posix_file(path, registry_);
    }

  private:
    const std::shared_ptr<LockRegistry> registry_ = std::make_shared<LockRegistry>();
};

}  // namespace

std::shared_ptr<FileSystem> posix_file_system() {
    // Leaked on purpose: files and locks held by static objects of a program may outlive any
    // order of destruction.
    static const auto* const instance =
        new std::shared_ptr<FileSystem>{std::make_shared<PosixFileSystem>()};
    return *instance;
}

}  // namespace strata
