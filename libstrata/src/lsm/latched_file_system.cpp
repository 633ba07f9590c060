// SPDX-License-Identifier: Apache-2.0
#include "lsm/latched_file_system.hpp"

#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

class LatchedFile final : public File {
  public:
    LatchedFile(std::unique_ptr<File> base, Failure& failure)
        : base_{std::move(base)}, failure_{failure} {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        return base_->read(offset, out);
    }
    Status write(std::uint64_t offset, Bytes data) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->write(offset, data);
    }
    Status store(std::uint64_t offset, Bytes data) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->store(offset, data);
    }
    Status reserve(std::uint64_t size) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->reserve(size);
    }
    Status sync() override {
        if (failure_.failed()) {
            return failure_.refused();
        }
        Status synced = base_->sync();
        if (!synced && synced.error().code != ErrorCode::no_space) {
            failure_.set(synced.error());
        }
        return synced;
    }
    Status truncate(std::uint64_t size) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->truncate(size);
    }
    Result<std::uint64_t> size() override { return base_->size(); }
    void drop_cache() noexcept override { base_->drop_cache(); }
    void start_writeback(std::uint64_t offset, std::uint64_t size) noexcept override {
        base_->start_writeback(offset, size);
    }

  private:
    const std::unique_ptr<File> base_;
    Failure& failure_;
};

class LatchedFileSystem final : public FileSystem {
  public:
    LatchedFileSystem(std::shared_ptr<FileSystem> base, Failure& failure)
        : base_{std::move(base)}, failure_{failure} {}

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        if (mode == OpenMode::read) {
            return base_->open(path, mode);
        }
        if (failure_.failed()) {
            return failure_.refused();
        }
        auto file = STRATA_TRY(base_->open(path, mode));
        return std::unique_ptr<File>{std::make_unique<LatchedFile>(std::move(file), failure_)};
    }
    Status rename(const std::string& from, const std::string& to) override {
        if (failure_.failed()) {
            return failure_.refused();
        }
        Status renamed = base_->rename(from, to);
        if (!renamed && renamed.error().code != ErrorCode::no_space) {
            failure_.set(renamed.error());
        }
        return renamed;
    }
    Status link(const std::string& from, const std::string& to) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->link(from, to);
    }
    Status unlink(const std::string& path) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->unlink(path);
    }
    Status create_directory(const std::string& path) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->create_directory(path);
    }
    Status remove_directory(const std::string& path) override {
        return failure_.failed() ? Status{failure_.refused()} : base_->remove_directory(path);
    }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        return base_->list(directory);
    }
    Status sync_directory(const std::string& directory) override {
        if (failure_.failed()) {
            return failure_.refused();
        }
        Status synced = base_->sync_directory(directory);
        if (!synced) {
            // Out of space too: names of several files may be lost, and nobody would try again.
            failure_.set(synced.error());
        }
        return synced;
    }
    Result<std::optional<FileStatus>> status(const std::string& path) override {
        return base_->status(path);
    }
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        return base_->lock(path);
    }

  private:
    const std::shared_ptr<FileSystem> base_;
    Failure& failure_;
};

}  // namespace

std::shared_ptr<FileSystem> latched_file_system(std::shared_ptr<FileSystem> base,
                                                Failure& failure) {
    return std::make_shared<LatchedFileSystem>(std::move(base), failure);
}

}  // namespace strata
