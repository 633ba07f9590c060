// SPDX-License-Identifier: Apache-2.0
#include "log/log_model.hpp"

#include <utility>

namespace strata::test {
namespace {

using Before = std::function<void()>;

class TellingFile final : public File {
  public:
    TellingFile(std::unique_ptr<File> base, Before before, bool skip_sync)
        : base_{std::move(base)}, before_{std::move(before)}, skip_sync_{skip_sync} {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        return base_->read(offset, out);
    }
    Status write(std::uint64_t offset, Bytes data) override {
        before_();
        return base_->write(offset, data);
    }
    Status reserve(std::uint64_t size) override {
        before_();
        return base_->reserve(size);
    }
    Status sync() override {
        before_();
        if (std::exchange(skip_sync_, false)) {
            return {};
        }
        return base_->sync();
    }
    Status truncate(std::uint64_t size) override {
        before_();
        return base_->truncate(size);
    }
    Result<std::uint64_t> size() override { return base_->size(); }

  private:
    std::unique_ptr<File> base_;
    Before before_;
    bool skip_sync_;
};

class TellingFileSystem final : public FileSystem {
  public:
    TellingFileSystem(std::shared_ptr<FileSystem> base, Before before, Broken broken)
        : base_{std::move(base)}, before_{std::move(before)}, broken_{broken} {}

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        const bool creates = mode == OpenMode::create_new;
        if (creates) {
            before_();
        }
        auto file = STRATA_TRY(base_->open(path, mode));
        const bool skip_sync = creates && broken_ == Broken::prepare_sync;
        return std::unique_ptr<File>{
            std::make_unique<TellingFile>(std::move(file), before_, skip_sync)};
    }
    Status rename(const std::string& from, const std::string& to) override {
        before_();
        return base_->rename(from, to);
    }
    Status unlink(const std::string& path) override {
        before_();
        return base_->unlink(path);
    }
    Status create_directory(const std::string& path) override {
        before_();
        return base_->create_directory(path);
    }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        return base_->list(directory);
    }
    Status sync_directory(const std::string& directory) override {
        before_();
        return broken_ == Broken::directory_sync ? Status{} : base_->sync_directory(directory);
    }
    Result<std::optional<FileStatus>> status(const std::string& path) override {
        return base_->status(path);
    }
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        return base_->lock(path);
    }

  private:
    std::shared_ptr<FileSystem> base_;
    Before before_;
    Broken broken_;
};

}  // namespace

std::shared_ptr<FileSystem> telling_file_system(std::shared_ptr<FileSystem> base, Before before,
                                                Broken broken) {
    return std::make_shared<TellingFileSystem>(std::move(base), std::move(before), broken);
}

}  // namespace strata::test
