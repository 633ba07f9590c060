// SPDX-License-Identifier: Apache-2.0
#include "io/posix_lock.hpp"

#include "base/error.hpp"
#include "io/descriptor.hpp"
#include "io/lock_text.hpp"
#include "io/posix_file.hpp"
#include "io/system_error.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {
namespace {

/// An entry in the registry, taken back when dropped.
class Registration {
  public:
    Registration(std::shared_ptr<LockRegistry> registry, LockRegistry::Identity identity)
        : registry_{std::move(registry)}, identity_{identity} {}
    Registration(Registration&&) noexcept = default;
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() {
        if (registry_ != nullptr) {
            registry_->erase(identity_);
        }
    }

  private:
    std::shared_ptr<LockRegistry> registry_;
    LockRegistry::Identity identity_;
};

class PosixLock final : public FileLock {
  public:
    PosixLock(std::string path, Registration registration, Descriptor descriptor)
        : path_{std::move(path)},
          registration_{std::move(registration)},
          descriptor_{std::move(descriptor)} {}

    ~PosixLock() override {
        // Closing alone would leave the lock to a child that another thread has just forked and
        // that has not yet called exec. A child that runs this destructor itself must not take
        // the lock away from its parent.
        if (::getpid() == owner_) {
            static_cast<void>(::flock(descriptor_.number(), LOCK_UN));
        }
    }

    Status write_text(Bytes text) override {
        STRATA_TRY(truncate_descriptor(path_, descriptor_.number(), 0));
        return write_descriptor(path_, descriptor_.number(), 0, text);
    }

  private:
    const std::string path_;
    const pid_t owner_ = ::getpid();
    // Order: the descriptor is closed before the registration is taken back.
    const Registration registration_;
    const Descriptor descriptor_;
};

Error busy(const std::string& path, int descriptor, const char* holder) {
    std::array<char, lock_text_size_max> text{};
    const auto size = read_descriptor(path, descriptor, 0, text);
    return lock_busy(path, holder, size ? Bytes{text.data(), *size} : Bytes{});
}

}  // namespace

bool LockRegistry::insert(Identity identity) {
    const MutexLock lock{mutex_};
    return held_.insert(identity).second;
}

void LockRegistry::erase(Identity identity) {
    const MutexLock lock{mutex_};
    held_.erase(identity);
}

Result<std::unique_ptr<FileLock>> lock_posix_file(const std::string& path,
                                                  std::shared_ptr<LockRegistry> registry) {
    Descriptor descriptor = open_descriptor(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY);
    if (!descriptor.is_open()) {
        return system_error(path, "open", errno);
    }
    struct stat opened {};
    if (::fstat(descriptor.number(), &opened) != 0) {
        return system_error(path, "fstat", errno);
    }
    const LockRegistry::Identity identity{opened.st_dev, opened.st_ino};
    if (!registry->insert(identity)) {
        return busy(path, descriptor.number(), "this process");
    }
    Registration registration{std::move(registry), identity};
    const int result =
        retry_interrupted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); });
    if (result != 0) {
        if (errno == EWOULDBLOCK) {
            return busy(path, descriptor.number(), "another process");
        }
        return system_error(path, "flock", errno);
    }
    // Whoever removed the file in between made a lock that excludes nobody.
    struct stat named {};
    if (::stat(path.c_str(), &named) != 0 || named.st_dev != opened.st_dev ||
        named.st_ino != opened.st_ino) {
        return make_error(ErrorCode::busy, "{}: the lock file was replaced while it was locked",
                          path);
    }
    return std::unique_ptr<FileLock>{
        std::make_unique<PosixLock>(path, std::move(registration), std::move(descriptor))};
}

}  // namespace strata
