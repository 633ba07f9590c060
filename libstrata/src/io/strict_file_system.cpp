// SPDX-License-Identifier: Apache-2.0
// StrictFileSystem: paths, handles, locks and capacity over the images that strict_content and
// strict_directory keep. One mutex guards everything; errors read like those of the operating
// system.
#include "base/error.hpp"
#include "base/mutex.hpp"
#include "io/lock_text.hpp"
#include "io/strict_content.hpp"
#include "io/strict_directory.hpp"
#include "io/system_error.hpp"

#include <strata/testing.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace strata {
namespace {

class StrictFiles;

/// A directory and a name in it, which may be free. `name` is empty for the root itself.
struct Place {
    StrictNodePtr directory;
    std::string name;
    [[nodiscard]] StrictNodePtr node() const {
        return name.empty() ? directory : directory->directory.find(name);
    }
};

/// Splits a path at '/'. "." is skipped, ".." takes the last part away; relative paths start at
/// the root.
std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (part == ".." && !parts.empty()) {
            parts.pop_back();
        } else if (!part.empty() && part != "." && part != "..") {
            parts.emplace_back(part);
        }
    }
    return parts;
}

class StrictFile final : public File {
  public:
    StrictFile(std::shared_ptr<StrictFiles> files, StrictNodePtr node, std::string path,
               bool writable)
        : files_{std::move(files)},
          node_{std::move(node)},
          path_{std::move(path)},
          writable_{writable} {}
    ~StrictFile() override;

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override;
    Status write(std::uint64_t offset, Bytes data) override;
    Status reserve(std::uint64_t size) override;
    Status sync() override;
    Status truncate(std::uint64_t size) override;
    Result<std::uint64_t> size() override;

  private:
    const std::shared_ptr<StrictFiles> files_;
    const StrictNodePtr node_;
    const std::string path_;
    const bool writable_;
};

class StrictLock final : public FileLock {
  public:
    StrictLock(std::shared_ptr<StrictFiles> files, StrictNodePtr node, std::string path)
        : files_{std::move(files)}, node_{std::move(node)}, path_{std::move(path)} {}
    ~StrictLock() override;
    Status write_text(Bytes text) override;

  private:
    const std::shared_ptr<StrictFiles> files_;
    const StrictNodePtr node_;
    const std::string path_;
};

class StrictFiles final : public StrictFileSystem,
                          public std::enable_shared_from_this<StrictFiles> {
  public:
    StrictFiles() : StrictFiles{std::make_shared<StrictNode>()} { root_->is_directory = true; }
    explicit StrictFiles(StrictNodePtr root) : root_{std::move(root)} {}

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status link(const std::string& from, const std::string& to) override;
    Status unlink(const std::string& path) override;
    Status create_directory(const std::string& path) override;
    Status remove_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& directory) override;
    Status sync_directory(const std::string& directory) override;
    Result<std::optional<FileStatus>> status(const std::string& path) override;
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

    [[nodiscard]] std::shared_ptr<StrictFileSystem> crash_clone(CrashPolicy policy,
                                                                std::uint64_t seed) const override;
    void set_capacity(std::uint64_t bytes) override;
    [[nodiscard]] std::uint64_t used_bytes() const override;

  private:
    friend class StrictFile;
    friend class StrictLock;

    /// Where a path leads; every directory on the way has to be there. `call` is for the error.
    Result<Place> find(const std::string& path, const char* call) const STRATA_REQUIRES(mutex_);
    Result<StrictNodePtr> find_directory(const std::string& path, const char* call) const
        STRATA_REQUIRES(mutex_);
    static StrictNodePtr create(const Place& place, bool is_directory);
    Status check_rename(const Place& source, const Place& target, const std::string& paths) const
        STRATA_REQUIRES(mutex_);

    /// How large a file may become.
    [[nodiscard]] std::uint64_t size_limit(const StrictNode& node) const STRATA_REQUIRES(mutex_);
    void resize(StrictNode& node, std::uint64_t size) STRATA_REQUIRES(mutex_);
    Status write(StrictNode& node, const std::string& path, std::uint64_t offset, Bytes data)
        STRATA_REQUIRES(mutex_);
    /// To be called when a file has lost a name or a handle; with the last one its bytes go.
    void released(const StrictNode& node) STRATA_REQUIRES(mutex_);
    void count_tree() STRATA_REQUIRES(mutex_);

    mutable Mutex mutex_;
    const StrictNodePtr root_;  ///< the pointer; the tree is guarded by mutex_
    std::uint64_t capacity_ STRATA_GUARDED_BY(mutex_) = 0;  ///< 0: no limit
    std::uint64_t used_ STRATA_GUARDED_BY(mutex_) = 0;
};

StrictFile::~StrictFile() {
    const MutexLock lock{files_->mutex_};
    --node_->opens;
    files_->released(*node_);
}

Result<std::size_t> StrictFile::read(std::uint64_t offset, std::span<char> out) {
    const MutexLock lock{files_->mutex_};
    if (node_->is_directory) {
        return system_error(path_, "pread", EISDIR);
    }
    return node_->content.read(offset, out);
}

Status StrictFile::write(std::uint64_t offset, Bytes data) {
    const MutexLock lock{files_->mutex_};
    if (!writable_) {
        return system_error(path_, "pwrite", EBADF);
    }
    return files_->write(*node_, path_, offset, data);
}

Status StrictFile::reserve(std::uint64_t size) {
    const MutexLock lock{files_->mutex_};
    if (!writable_) {
        return system_error(path_, "fallocate", EBADF);
    }
    if (size > StrictContent::size_max) {
        return system_error(path_, "fallocate", EFBIG);
    }
    if (size <= node_->content.size()) {
        return {};
    }
    if (size > files_->size_limit(*node_)) {
        return system_error(path_, "fallocate", ENOSPC);
    }
    files_->resize(*node_, size);
    return {};
}

Status StrictFile::sync() {
    const MutexLock lock{files_->mutex_};
    node_->content.sync();
    return {};
}

Status StrictFile::truncate(std::uint64_t size) {
    const MutexLock lock{files_->mutex_};
    if (!writable_) {
        return system_error(path_, "ftruncate", EBADF);
    }
    if (size > StrictContent::size_max) {
        return system_error(path_, "ftruncate", EFBIG);
    }
    if (size > node_->content.size() && size > files_->size_limit(*node_)) {
        return system_error(path_, "ftruncate", ENOSPC);
    }
    files_->resize(*node_, size);
    return {};
}

Result<std::uint64_t> StrictFile::size() {
    const MutexLock lock{files_->mutex_};
    return node_->content.size();
}

StrictLock::~StrictLock() {
    const MutexLock lock{files_->mutex_};
    node_->locked = false;
    --node_->opens;
    files_->released(*node_);
}

Status StrictLock::write_text(Bytes text) {
    const MutexLock lock{files_->mutex_};
    files_->resize(*node_, 0);
    return files_->write(*node_, path_, 0, text);
}

Result<Place> StrictFiles::find(const std::string& path, const char* call) const {
    const std::vector<std::string> parts = split(path);
    Place place{root_, {}};
    for (const std::string& part : parts) {
        place.directory = place.node();
        if (place.directory == nullptr) {
            return system_error(path, call, ENOENT);
        }
        if (!place.directory->is_directory) {
            return system_error(path, call, ENOTDIR);
        }
        place.name = part;
    }
    return place;
}

Result<StrictNodePtr> StrictFiles::find_directory(const std::string& path, const char* call) const {
    const Place place = STRATA_TRY(find(path, call));
    StrictNodePtr node = place.node();
    if (node == nullptr) {
        return system_error(path, call, ENOENT);
    }
    if (!node->is_directory) {
        return system_error(path, call, ENOTDIR);
    }
    return node;
}

StrictNodePtr StrictFiles::create(const Place& place, bool is_directory) {
    auto node = std::make_shared<StrictNode>();
    node->is_directory = is_directory;
    place.directory->directory.set(place.name, node);
    return node;
}

Result<std::unique_ptr<File>> StrictFiles::open(const std::string& path, OpenMode mode) {
    const MutexLock lock{mutex_};
    const Place place = STRATA_TRY(find(path, "open"));
    StrictNodePtr node = place.node();
    if (mode == OpenMode::create_new) {
        if (node != nullptr) {
            return system_error(path, "open", EEXIST);
        }
        node = create(place, false);
    }
    if (node == nullptr) {
        return system_error(path, "open", ENOENT);
    }
    if (node->is_directory && mode != OpenMode::read) {
        return system_error(path, "open", EISDIR);
    }
    ++node->opens;
    return std::unique_ptr<File>{std::make_unique<StrictFile>(shared_from_this(), std::move(node),
                                                              path, mode != OpenMode::read)};
}

Status StrictFiles::check_rename(const Place& source, const Place& target,
                                 const std::string& paths) const {
    const StrictNodePtr node = source.node();
    const StrictNodePtr replaced = target.node();
    if (node == nullptr) {
        return system_error(paths, "rename", ENOENT);
    }
    if (node == root_ || replaced == root_) {
        return system_error(paths, "rename", EBUSY);
    }
    if (node->is_directory && source.directory != target.directory) {
        // Nothing here needs it, and it could make a directory its own parent.
        return make_error(ErrorCode::unsupported,
                          "{}: rename: a directory keeps its parent in this file system", paths);
    }
    if (replaced == nullptr || replaced == node) {
        return {};
    }
    if (node->is_directory != replaced->is_directory) {
        return system_error(paths, "rename", replaced->is_directory ? EISDIR : ENOTDIR);
    }
    if (!replaced->directory.names().empty()) {
        return system_error(paths, "rename", ENOTEMPTY);
    }
    return {};
}

Status StrictFiles::rename(const std::string& from, const std::string& to) {
    const MutexLock lock{mutex_};
    const std::string paths = from + " to " + to;
    const Place source = STRATA_TRY(find(from, "rename"));
    const Place target = STRATA_TRY(find(to, "rename"));
    STRATA_TRY(check_rename(source, target, paths));
    const StrictNodePtr node = source.node();
    const StrictNodePtr replaced = target.node();
    if (node == replaced) {
        return {};  // as rename(2): two names of one file both stay
    }
    target.directory->directory.set(target.name, node);
    source.directory->directory.set(source.name, nullptr);
    if (replaced != nullptr) {
        released(*replaced);
    }
    return {};
}

Status StrictFiles::link(const std::string& from, const std::string& to) {
    const MutexLock lock{mutex_};
    const std::string paths = from + " to " + to;
    const Place source = STRATA_TRY(find(from, "link"));
    const Place target = STRATA_TRY(find(to, "link"));
    const StrictNodePtr node = source.node();
    if (node == nullptr) {
        return system_error(paths, "link", ENOENT);
    }
    if (node->is_directory) {
        return system_error(paths, "link", EPERM);
    }
    if (target.node() != nullptr) {
        return system_error(paths, "link", EEXIST);
    }
    target.directory->directory.set(target.name, node);
    return {};
}

Status StrictFiles::unlink(const std::string& path) {
    const MutexLock lock{mutex_};
    const Place place = STRATA_TRY(find(path, "unlink"));
    const StrictNodePtr node = place.node();
    if (node == nullptr) {
        return system_error(path, "unlink", ENOENT);
    }
    if (node->is_directory) {
        return system_error(path, "unlink", EISDIR);
    }
    place.directory->directory.set(place.name, nullptr);
    released(*node);
    return {};
}

Status StrictFiles::create_directory(const std::string& path) {
    const MutexLock lock{mutex_};
    const Place place = STRATA_TRY(find(path, "mkdir"));
    const StrictNodePtr node = place.node();
    if (node == nullptr) {
        static_cast<void>(create(place, true));
    } else if (!node->is_directory) {
        return system_error(path, "mkdir", EEXIST);
    }
    return {};
}

Status StrictFiles::remove_directory(const std::string& path) {
    const MutexLock lock{mutex_};
    const Place place = STRATA_TRY(find(path, "rmdir"));
    const StrictNodePtr node = place.node();
    if (node == nullptr) {
        return system_error(path, "rmdir", ENOENT);
    }
    if (!node->is_directory) {
        return system_error(path, "rmdir", ENOTDIR);
    }
    if (node == root_) {
        return system_error(path, "rmdir", EBUSY);
    }
    if (!node->directory.names().empty()) {
        return system_error(path, "rmdir", ENOTEMPTY);
    }
    place.directory->directory.set(place.name, nullptr);
    return {};
}

Result<std::vector<std::string>> StrictFiles::list(const std::string& directory) {
    const MutexLock lock{mutex_};
    const StrictNodePtr node = STRATA_TRY(find_directory(directory, "opendir"));
    std::vector<std::string> names;
    for (const auto& [name, child] : node->directory.names()) {
        names.push_back(name);
    }
    return names;
}

Status StrictFiles::sync_directory(const std::string& directory) {
    const MutexLock lock{mutex_};
    const StrictNodePtr node = STRATA_TRY(find_directory(directory, "open"));
    node->directory.sync();
    return {};
}

Result<std::optional<FileStatus>> StrictFiles::status(const std::string& path) {
    const MutexLock lock{mutex_};
    const Result<Place> place = find(path, "stat");
    const StrictNodePtr node = place ? place->node() : nullptr;
    if (node == nullptr) {
        return std::optional<FileStatus>{};
    }
    return std::optional<FileStatus>{FileStatus{
        .kind = node->is_directory ? FileKind::directory : FileKind::regular,
        .size = node->content.size(),
        .links = node->links,
    }};
}

Result<std::unique_ptr<FileLock>> StrictFiles::lock(const std::string& path) {
    const MutexLock guard{mutex_};
    const Place place = STRATA_TRY(find(path, "open"));
    StrictNodePtr node = place.node();
    if (node == nullptr) {
        node = create(place, false);
    }
    if (node->is_directory) {
        return system_error(path, "open", EISDIR);
    }
    if (node->locked) {
        std::array<char, lock_text_size_max> text{};
        const std::size_t size = node->content.read(0, text);
        return lock_busy(path, "this process", Bytes{text.data(), size});
    }
    node->locked = true;
    ++node->opens;
    return std::unique_ptr<FileLock>{
        std::make_unique<StrictLock>(shared_from_this(), std::move(node), path)};
}

std::shared_ptr<StrictFileSystem> StrictFiles::crash_clone(CrashPolicy policy,
                                                           std::uint64_t seed) const {
    const MutexLock lock{mutex_};
    CrashChoice choice{policy, seed};
    auto clone = std::make_shared<StrictFiles>(tree_after_crash(*root_, choice));
    const MutexLock clone_lock{clone->mutex_};
    clone->capacity_ = capacity_;
    clone->count_tree();
    return clone;
}

void StrictFiles::set_capacity(std::uint64_t bytes) {
    const MutexLock lock{mutex_};
    capacity_ = bytes;
}

std::uint64_t StrictFiles::used_bytes() const {
    const MutexLock lock{mutex_};
    return used_;
}

std::uint64_t StrictFiles::size_limit(const StrictNode& node) const {
    if (capacity_ == 0) {
        return StrictContent::size_max;
    }
    // After a lowered capacity there is no room, but what is there stays.
    const std::uint64_t room = capacity_ > used_ ? capacity_ - used_ : 0;
    return std::min(StrictContent::size_max, node.content.size() + room);
}

void StrictFiles::resize(StrictNode& node, std::uint64_t size) {
    used_ -= node.content.size();
    node.content.resize(size);
    used_ += size;
}

Status StrictFiles::write(StrictNode& node, const std::string& path, std::uint64_t offset,
                          Bytes data) {
    if (offset > StrictContent::size_max || data.size() > StrictContent::size_max - offset) {
        return system_error(path, "pwrite", EFBIG);
    }
    // Like the kernel, writes what there is room for before it fails.
    const std::uint64_t limit = std::max(size_limit(node), node.content.size());
    const std::uint64_t room = limit > offset ? limit - offset : 0;
    const Bytes fitting = data.substr(0, static_cast<std::size_t>(room));
    used_ -= node.content.size();
    node.content.write(offset, fitting);
    used_ += node.content.size();
    if (fitting.size() < data.size()) {
        return system_error(path, "pwrite", ENOSPC);
    }
    return {};
}

void StrictFiles::released(const StrictNode& node) {
    if (node.links == 0 && node.opens == 0) {
        used_ -= node.content.size();
    }
}

void StrictFiles::count_tree() {
    std::vector<StrictNodePtr> found{root_};
    std::map<const StrictNode*, bool> counted;
    for (std::size_t next = 0; next < found.size(); ++next) {
        const StrictNodePtr node = found[next];
        used_ += node->content.size();
        for (const auto& [name, child] : node->directory.names()) {
            if (counted.try_emplace(child.get(), true).second) {
                found.push_back(child);
            }
        }
    }
}

}  // namespace

std::shared_ptr<StrictFileSystem> StrictFileSystem::create() {
    return std::make_shared<StrictFiles>();
}

}  // namespace strata
