// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// All file access of the library goes through these two classes, so that tests can cut power,
/// fail calls and count bytes. Paths are UTF-8 strings with '/'; errors name the call, the path
/// and the cause. ENOSPC and EDQUOT are no_space, a missing file is not_found, all else is io.
namespace strata {

/// One open file. Reads at different offsets may run at once; writes are serialized by the
/// caller. Closed by the destructor, which never loses an error: whoever wrote must have synced.
class File {
  public:
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    virtual ~File() = default;

    /// Reads at `offset` until `out` is full or the file ends; returns the bytes read. Short only
    /// at the end of the file.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> out) = 0;

    /// Writes all of `data` at `offset`, growing the file as needed. After an error any part of it
    /// may have been written.
    virtual Status write(std::uint64_t offset, Bytes data) = 0;

    /// Like write(), for many small pieces that are appended and that no sync follows at once:
    /// below what reserve() has made room for, a file system may copy them into a map of the file,
    /// which needs no call of the kernel. Nothing but zeros may stand at `offset` and behind it. A
    /// killed process loses nothing of what it stored. What a map cannot report, a medium that
    /// fails under it or somebody else who cuts the file short, ends the process (SIGBUS).
    virtual Status store(std::uint64_t offset, Bytes data) { return write(offset, data); }

    /// Makes sure that writes below `size` will not run out of space; the file is at least `size`
    /// long afterwards, zeros where nothing was written. no_space leaves the file as it was.
    /// A file system that cannot reserve answers unsupported.
    virtual Status reserve(std::uint64_t size) = 0;

    /// fdatasync: everything written before the call, and the size, survive a power cut. After an
    /// error nothing is known of the bytes since the last success, and a second call proves
    /// nothing.
    virtual Status sync() = 0;

    virtual Status truncate(std::uint64_t size) = 0;
    virtual Result<std::uint64_t> size() = 0;

    /// All bytes of a file that does not change any more, in a map that lives as long as the File;
    /// empty when the file system makes none. A byte that the medium cannot give back, or that
    /// somebody cut off, ends the process that looks at it (SIGBUS). Called once, by whoever
    /// opened the file.
    virtual Bytes map() noexcept { return {}; }

    /// Forgets clean cached pages, so that the next read comes from the medium. Advice only.
    virtual void drop_cache() noexcept {}
    /// Asks for [offset, offset + size) to be written back, after a wait for what was asked for
    /// before: so little is under way at once that a sync of another file does not queue behind a
    /// table. Advice only. Of whoever writes the file.
    virtual void start_writeback(std::uint64_t offset, std::uint64_t size) noexcept {
        static_cast<void>(offset);
        static_cast<void>(size);
    }
};

/// An exclusive lock on a file, held until destroyed.
class FileLock {
  public:
    FileLock() = default;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    virtual ~FileLock() = default;
    /// Replaces the text of the lock file; for people, neither synced nor trusted.
    virtual Status write_text(Bytes text) = 0;
};

enum class FileKind : std::uint8_t { regular, directory, other };

struct FileStatus {
    FileKind kind = FileKind::regular;
    std::uint64_t size = 0;
    std::uint64_t links = 1;
};

enum class OpenMode : std::uint8_t {
    read,        ///< an existing file, for reading
    write,       ///< an existing file, for reading and writing
    create_new,  ///< a new file (O_EXCL), for reading and writing
};

/// Thread-safe.
class FileSystem {
  public:
    FileSystem() = default;
    FileSystem(const FileSystem&) = delete;
    FileSystem& operator=(const FileSystem&) = delete;
    virtual ~FileSystem() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

    /// Atomically gives `from` the name `to`, replacing what had it. Durable after
    /// sync_directory of the directory.
    virtual Status rename(const std::string& from, const std::string& to) = 0;
    /// Gives a file a second name, which must be free. Durable after sync_directory. unsupported
    /// when the file system, or this pair of directories, has no second names: copy then.
    virtual Status link(const std::string& from, const std::string& to) {
        return Error{ErrorCode::unsupported,
                     from + " to " + to + ": link: this file system has no second names"};
    }
    virtual Status unlink(const std::string& path) = 0;
    /// Creates one directory; one that is already there is no error.
    virtual Status create_directory(const std::string& path) = 0;
    /// Removes one empty directory; one that holds something is io and stays. unsupported where a
    /// file system keeps its directories.
    virtual Status remove_directory(const std::string& path) {
        return Error{ErrorCode::unsupported, path + ": rmdir: this file system keeps directories"};
    }
    /// Names in a directory, sorted, without "." and "..".
    virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
    /// fsync of a directory: the names in it survive a power cut.
    virtual Status sync_directory(const std::string& directory) = 0;
    /// Empty when nothing has that name.
    virtual Result<std::optional<FileStatus>> status(const std::string& path) = 0;

    /// Locks a file, creating it when missing, against every other lock of it, in this process
    /// too. busy when it is held.
    virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

/// The operating system's files. One object for the whole process, never destroyed.
[[nodiscard]] std::shared_ptr<FileSystem> posix_file_system();

}  // namespace strata
