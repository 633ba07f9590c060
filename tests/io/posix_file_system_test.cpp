// SPDX-License-Identifier: Apache-2.0
// Proves what only the operating system's files can show: locks against other processes, also
// across fork, descriptors that no child inherits, the errno that a full device gives, and that a
// FIFO in the place of a file hangs nobody.
#include <strata/file_system.hpp>

#include "support/files.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace strata {
namespace {

using test::create_file;
using test::must;
using test::must_fail;

/// Runs `body` in a child process that says one byte through a pipe when it is ready and then
/// waits to be told to end, so that nobody needs to sleep.
class Child {
  public:
    explicit Child(const std::function<bool()>& body) {
        REQUIRE(::pipe2(ready_.data(), O_CLOEXEC) == 0);
        REQUIRE(::pipe2(end_.data(), O_CLOEXEC) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::close(end_[1]);
            const char answer = body() ? 'y' : 'n';
            char ignored = 0;
            const bool said = ::write(ready_[1], &answer, 1) == 1;
            const bool told = ::read(end_[0], &ignored, 1) == 0;
            ::_exit(said && told ? 0 : 1);
        }
        ::close(ready_[1]);
        ::close(end_[0]);
        char answer = 0;
        REQUIRE(::read(ready_[0], &answer, 1) == 1);
        succeeded_ = answer == 'y';
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::close(end_[1]);
        int status = 0;
        ::waitpid(pid_, &status, 0);
        ::close(ready_[0]);
    }
    [[nodiscard]] bool succeeded() const { return succeeded_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    std::array<int, 2> ready_{};
    std::array<int, 2> end_{};
    pid_t pid_ = -1;
    bool succeeded_ = false;
};

TEST_CASE("a lock held by another process is busy until that process dies") {
    const test::TempDir directory;
    const std::string path = directory.path("LOCK");
    const auto files = posix_file_system();
    std::unique_ptr<FileLock> held;
    {
        const Child child{[&] {
            auto lock = files->lock(path);
            if (!lock || !(*lock)->write_text("pid=4711\nhost=there\n")) {
                return false;
            }
            held = std::move(*lock);
            return true;
        }};
        REQUIRE(child.succeeded());
        const Error error = must_fail(files->lock(path));
        CHECK(error.code == ErrorCode::busy);
        CHECK(error.message == path + ": locked by another process: pid=4711 host=there");
        REQUIRE(::kill(child.pid(), SIGKILL) == 0);
    }
    const auto lock = must(files->lock(path));
}

TEST_CASE("a child of fork neither keeps the lock of its parent nor takes it away") {
    const test::TempDir directory;
    const std::string path = directory.path("LOCK");
    const auto files = posix_file_system();
    auto lock = must(files->lock(path));
    const Child child{[&] {
        lock.reset();
        return true;
    }};
    const Child observer{[&] {
        // Its copy of the registry knows the lock of the parent, so it asks the kernel itself.
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        return descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0;
    }};
    CHECK(observer.succeeded());
    lock.reset();
    lock = must(files->lock(path));
}

TEST_CASE("no descriptor survives exec") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    const auto file = create_file(*files, directory.path("a"));
    const auto lock = must(files->lock(directory.path("LOCK")));
    int found = 0;
    for (int descriptor = 3; descriptor < 256; ++descriptor) {
        std::array<char, 512> target{};
        const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
        const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
        if (size > 0 && std::string{target.data(), static_cast<std::size_t>(size)}.starts_with(
                            directory.path())) {
            ++found;
            CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
        }
    }
    CHECK(found == 2);
}

TEST_CASE("a full device is no_space") {
    const auto files = posix_file_system();
    const auto full = must(files->open("/dev/full", OpenMode::write));
    const Error error = must_fail(full->write(0, "x"));
    CHECK(error.code == ErrorCode::no_space);
    CHECK(error.message == "/dev/full: pwrite: No space left on device");
}

TEST_CASE("reserve on a full file system leaves the file as it was, and reserved room stays") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    const Child child{[&] {
        // A mount of its own, gone with the process; only where that is allowed.
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", directory.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
            return true;
        }
        auto file = files->open(directory.path("a"), OpenMode::create_new);
        if (!file || !(*file)->write(0, "abc") || !(*file)->reserve(65536)) {
            return false;
        }
        const Status refused = (*file)->reserve(std::uint64_t{1} << 20U);
        auto size = (*file)->size();
        auto filler = files->open(directory.path("b"), OpenMode::create_new);
        const bool filled = filler && !(*filler)->write(0, std::string(1U << 20U, 'x'));
        return !refused && refused.error().code == ErrorCode::no_space && size && *size == 65536 &&
               filled && (*file)->write(0, std::string(32768, 'y')) &&
               (*file)->store(32768, std::string(32768, 'z'));
    }};
    CHECK(child.succeeded());
}

TEST_CASE("a killed process loses nothing of what it stored") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    std::string expected;
    for (int i = 0; i < 40'000; ++i) {
        expected += std::to_string(i) + ' ';
    }
    {
        auto file = create_file(*files, directory.path("a"));
        must(file->reserve(std::uint64_t{1} << 20U));
        const Child child{[&] {
            for (std::size_t at = 0; at < expected.size(); at += 100) {
                if (!file->store(at, Bytes{expected}.substr(at, 100))) {
                    return false;
                }
            }
            return true;
        }};
        CHECK(child.succeeded());
        REQUIRE(::kill(child.pid(), SIGKILL) == 0);
    }
    const std::string content = test::content_of(*files, directory.path("a"));
    REQUIRE(content.size() == std::size_t{1} << 20U);
    CHECK(content.compare(0, expected.size(), expected) == 0);
}

TEST_CASE("a file beyond the limit of the process fails without growing") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    const auto file = create_file(*files, directory.path("a"), "abc");
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before;
    limit.rlim_cur = 8192;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const Status reserved = file->reserve(16384);
    const Status written = file->write(8000, std::string(400, 'x'));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
    REQUIRE_FALSE(reserved);
    CHECK(reserved.error().code == ErrorCode::io);
    REQUIRE_FALSE(written);
    CHECK(written.error().message.ends_with("a: pwrite: File too large"));
    CHECK(must(file->size()) == 8192);  // the short write before the error
}

TEST_CASE("the soft limit of descriptors is raised as far as the hard one") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    create_file(*files, directory.path("a"), "abc");
    const Child child{[&] {
        // In a process of its own, since a hard limit does not come back.
        const rlimit limit{32, 100};
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            return false;
        }
        std::vector<std::unique_ptr<File>> open;
        while (open.size() < 200) {
            auto file = files->open(directory.path("a"), OpenMode::read);
            if (!file) {
                return open.size() > 64 &&
                       file.error().message.ends_with("open: Too many open files");
            }
            open.push_back(file.take_value());
        }
        return false;
    }};
    CHECK(child.succeeded());
}

TEST_CASE("offsets that the kernel cannot name are refused") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    const auto file = create_file(*files, directory.path("a"), "abc");
    constexpr std::uint64_t huge = std::uint64_t{1} << 63U;
    std::string out(3, '.');
    CHECK(must_fail(file->read(huge, out)).code == ErrorCode::io);
    CHECK(must_fail(file->read(huge - 1, out)).code == ErrorCode::io);
    CHECK(must_fail(file->write(huge, "x")).code == ErrorCode::io);
    CHECK(must_fail(file->truncate(huge)).code == ErrorCode::io);
    CHECK(must_fail(file->reserve(huge)).code == ErrorCode::io);
    file->start_writeback(huge, huge);
    CHECK(must(file->size()) == 3);
}

TEST_CASE("a FIFO in the place of a file hangs nobody") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    REQUIRE(::mkfifo(directory.path("pipe").c_str(), 0600) == 0);
    const auto file = must(files->open(directory.path("pipe"), OpenMode::read));
    std::string out(3, '.');
    CHECK(must_fail(file->read(0, out)).message.ends_with("pipe: pread: Illegal seek"));
    const auto status = must(files->status(directory.path("pipe")));
    REQUIRE(status);
    CHECK(status->kind == FileKind::other);
}

TEST_CASE("hard links are counted") {
    const test::TempDir directory;
    const auto files = posix_file_system();
    create_file(*files, directory.path("a"), "abc");
    REQUIRE(::link(directory.path("a").c_str(), directory.path("b").c_str()) == 0);
    CHECK(must(files->status(directory.path("b")))->links == 2);
}

}  // namespace
}  // namespace strata
