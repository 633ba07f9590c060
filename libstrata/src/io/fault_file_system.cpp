// SPDX-License-Identifier: Apache-2.0
// FaultFileSystem: counts calls, asks what to do with each, and wraps the files and locks that the
// file system below hands out. The mutex is held while the function decides, not during the call.
#include "base/error.hpp"
#include "base/mutex.hpp"
#include "io/system_error.hpp"

#include <strata/testing.hpp>

#include <cerrno>
#include <utility>

namespace strata {
namespace {

/// Counts calls and decides which of them fail. Shared by the file system with its files and
/// locks, which may outlive it. Thread-safe.
class FaultPlan {
  public:
    void set_decide(FaultFileSystem::Decide decide) {
        const MutexLock lock{mutex_};
        decide_ = std::move(decide);
    }

    Fault decide(const char* name, const std::string& path) {
        const MutexLock lock{mutex_};
        ++calls_;
        Fault fault = Fault::dead;
        if (!dead_) {
            fault = decide_ ? decide_({.index = calls_, .name = name, .path = path}) : Fault::none;
        }
        dead_ = fault == Fault::dead;
        faults_ += fault == Fault::none ? 0 : 1;
        return fault;
    }

    std::uint64_t calls() const {
        const MutexLock lock{mutex_};
        return calls_;
    }
    std::uint64_t faults() const {
        const MutexLock lock{mutex_};
        return faults_;
    }

  private:
    mutable Mutex mutex_;
    FaultFileSystem::Decide decide_ STRATA_GUARDED_BY(mutex_);
    std::uint64_t calls_ STRATA_GUARDED_BY(mutex_) = 0;
    std::uint64_t faults_ STRATA_GUARDED_BY(mutex_) = 0;
    bool dead_ STRATA_GUARDED_BY(mutex_) = false;
};

Error injected(const std::string& path, const char* name, int number) {
    Error error = system_error(path, name, number);
    error.message += " (injected)";
    return error;
}

/// Makes a call, or not, as the plan says. `call` returns a Result; a call that takes effect and
/// then fails drops what it returned.
template <typename Call>
auto planned(FaultPlan& plan, const char* name, const std::string& path, Call call)
    -> decltype(call()) {
    switch (plan.decide(name, path)) {
        case Fault::none:
            return call();
        case Fault::fail_after:
            static_cast<void>(call());
            break;
        case Fault::no_space:
            return injected(path, name, ENOSPC);
        case Fault::fail_before:
        case Fault::short_write:
        case Fault::dead:
            break;
    }
    return injected(path, name, EIO);
}

class FaultFile final : public File {
  public:
    FaultFile(std::shared_ptr<FaultPlan> plan, std::string path, std::unique_ptr<File> base)
        : plan_{std::move(plan)}, path_{std::move(path)}, base_{std::move(base)} {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        return planned(*plan_, "read", path_, [&] { return base_->read(offset, out); });
    }

    Status write(std::uint64_t offset, Bytes data) override {
        switch (plan_->decide("write", path_)) {
            case Fault::none:
                return base_->write(offset, data);
            case Fault::fail_after:
                static_cast<void>(base_->write(offset, data));
                break;
            case Fault::short_write:
                static_cast<void>(base_->write(offset, data.substr(0, data.size() / 2)));
                break;
            case Fault::no_space:
                return injected(path_, "write", ENOSPC);
            case Fault::fail_before:
            case Fault::dead:
                break;
        }
        return injected(path_, "write", EIO);
    }

    Status reserve(std::uint64_t size) override {
        return planned(*plan_, "reserve", path_, [&] { return base_->reserve(size); });
    }
    Status sync() override {
        return planned(*plan_, "sync", path_, [&] { return base_->sync(); });
    }
    Status truncate(std::uint64_t size) override {
        return planned(*plan_, "truncate", path_, [&] { return base_->truncate(size); });
    }
    Result<std::uint64_t> size() override {
        return planned(*plan_, "size", path_, [&] { return base_->size(); });
    }
    void drop_cache() noexcept override { base_->drop_cache(); }
    void start_writeback(std::uint64_t offset, std::uint64_t size) noexcept override {
        base_->start_writeback(offset, size);
    }

  private:
    const std::shared_ptr<FaultPlan> plan_;
    const std::string path_;
    const std::unique_ptr<File> base_;
};

class FaultLock final : public FileLock {
  public:
    FaultLock(std::shared_ptr<FaultPlan> plan, std::string path, std::unique_ptr<FileLock> base)
        : plan_{std::move(plan)}, path_{std::move(path)}, base_{std::move(base)} {}

    Status write_text(Bytes text) override {
        return planned(*plan_, "write_text", path_, [&] { return base_->write_text(text); });
    }

  private:
    const std::shared_ptr<FaultPlan> plan_;
    const std::string path_;
    const std::unique_ptr<FileLock> base_;
};

class FaultFiles final : public FaultFileSystem {
  public:
    explicit FaultFiles(std::shared_ptr<FileSystem> base) : base_{std::move(base)} {}

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        auto file =
            STRATA_TRY(planned(*plan_, "open", path, [&] { return base_->open(path, mode); }));
        return std::unique_ptr<File>{std::make_unique<FaultFile>(plan_, path, std::move(file))};
    }
    Status rename(const std::string& from, const std::string& to) override {
        return planned(*plan_, "rename", from, [&] { return base_->rename(from, to); });
    }
    Status link(const std::string& from, const std::string& to) override {
        return planned(*plan_, "link", from, [&] { return base_->link(from, to); });
    }
    Status unlink(const std::string& path) override {
        return planned(*plan_, "unlink", path, [&] { return base_->unlink(path); });
    }
    Status create_directory(const std::string& path) override {
        return planned(*plan_, "create_directory", path,
                       [&] { return base_->create_directory(path); });
    }
    Status remove_directory(const std::string& path) override {
        return planned(*plan_, "remove_directory", path,
                       [&] { return base_->remove_directory(path); });
    }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        return planned(*plan_, "list", directory, [&] { return base_->list(directory); });
    }
    Status sync_directory(const std::string& directory) override {
        return planned(*plan_, "sync_directory", directory,
                       [&] { return base_->sync_directory(directory); });
    }
    Result<std::optional<FileStatus>> status(const std::string& path) override {
        return planned(*plan_, "status", path, [&] { return base_->status(path); });
    }
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        auto held = STRATA_TRY(planned(*plan_, "lock", path, [&] { return base_->lock(path); }));
        return std::unique_ptr<FileLock>{std::make_unique<FaultLock>(plan_, path, std::move(held))};
    }

    void set_decide(Decide decide) override { plan_->set_decide(std::move(decide)); }
    [[nodiscard]] std::uint64_t calls() const override { return plan_->calls(); }
    [[nodiscard]] std::uint64_t faults() const override { return plan_->faults(); }

  private:
    const std::shared_ptr<FileSystem> base_;
    const std::shared_ptr<FaultPlan> plan_ = std::make_shared<FaultPlan>();
};

}  // namespace

std::shared_ptr<FaultFileSystem> FaultFileSystem::create(std::shared_ptr<FileSystem> base) {
    return std::make_shared<FaultFiles>(std::move(base));
}

void FaultFileSystem::fail_nth(std::uint64_t n, Fault fault) {
    set_decide([left = n, fault](const FileCall&) mutable {
        if (left == 0) {
            return Fault::none;
        }
        --left;
        return left == 0 ? fault : Fault::none;
    });
}

}  // namespace strata
