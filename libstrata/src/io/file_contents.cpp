// SPDX-License-Identifier: Apache-2.0
#include "io/file_contents.hpp"

#include "base/error.hpp"

namespace strata {
namespace {

Status write_synced(FileSystem& files, const std::string& path, Bytes content) {
    const auto file = STRATA_TRY(files.open(path, OpenMode::create_new));
    STRATA_TRY(file->write(0, content));
    return file->sync();
}

}  // namespace

std::string join_path(const std::string& directory, const std::string& name) {
    return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

std::string parent_directory(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    const std::size_t slash = end == std::string::npos ? end : path.rfind('/', end);
    if (slash == std::string::npos) {
        return end == std::string::npos && !path.empty() ? "/" : ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Result<std::string> read_file(FileSystem& files, const std::string& path, std::uint64_t size_max) {
    const auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const std::uint64_t size = STRATA_TRY(file->size());
    if (size > size_max) {
        return make_error(ErrorCode::corruption, "{}: expected at most {} bytes, found {}", path,
                          size_max, size);
    }
    std::string content(static_cast<std::size_t>(size), '\0');
    // Shorter than its size only when somebody cuts it while it is read.
    const std::size_t count = STRATA_TRY(file->read(0, content));
    content.resize(count);
    return content;
}

Status replace_file(FileSystem& files, const std::string& directory, const std::string& name,
                    Bytes content) {
    const std::string path = join_path(directory, name);
    const std::string temporary = path + ".tmp";
    const Status removed = files.unlink(temporary);
    if (!removed && removed.error().code != ErrorCode::not_found) {
        return copy_status(removed);
    }
    Status done = write_synced(files, temporary, content);
    if (done) {
        done = files.rename(temporary, path);
    }
    if (!done) {
        if (done.error().code == ErrorCode::no_space) {
            // What a failed unlink leaves behind is removed by the next replacement.
            static_cast<void>(files.unlink(temporary));
        }
        return done;
    }
    Status synced = files.sync_directory(directory);
    if (!synced && synced.error().code == ErrorCode::no_space) {
        // The new file is in place, so this must not read as "nothing happened".
        return Error{ErrorCode::io, synced.error().message};
    }
    return synced;
}

}  // namespace strata
