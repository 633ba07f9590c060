// SPDX-License-Identifier: Apache-2.0
#include "stress/crash_child.hpp"

#include "common/error.hpp"
#include "stress/oracle.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

// A write of a pipe is one piece up to PIPE_BUF, which is at least 512.
static_assert(sizeof(ChildMessage) <= 512);

void tell(int pipe, const ChildMessage& message) {
    while (::write(pipe, &message, sizeof message) < 0 && errno == EINTR) {
    }
}

void tell_failure(int pipe, const std::string& text) {
    ChildMessage message{.kind = ChildMessage::Kind::failed};
    text.copy(message.text.data(), message.text.size() - 1);
    tell(pipe, message);
}

/// One thread of the child, whose batches go on from one life of the store to the next.
class ChildWriter {
  public:
    ChildWriter(const ChildSpec& spec, std::size_t writer, int pipe)
        : spec_{spec},
          writer_{writer},
          pipe_{pipe},
          script_{spec.seed, writer, spec.keys},
          dice_{part_seed(spec.seed, spec.writers + writer)} {}

    /// False when a write failed.
    bool live(Store& store) {
        for (std::uint64_t i = 0; spec_.batches_per_life == 0 || i < spec_.batches_per_life; ++i) {
            const auto written = write(store);
            if (!written) {
                tell_failure(pipe_, written.error().message);
                return false;
            }
            tell(pipe_, {.kind = ChildMessage::Kind::acknowledged,
                         .writer = static_cast<std::uint32_t>(writer_),
                         .batch = batch_++,
                         .sequence = *written});
            constexpr std::uint64_t rare = 400;
            if (dice_.one_in(rare)) {
                const Status done = dice_.one_in(4) ? store.compact() : store.flush();
                if (!done) {
                    tell_failure(pipe_, done.error().message);
                    return false;
                }
            }
        }
        return true;
    }

  private:
    Result<Sequence> write(Store& store) {
        Batch batch;
        for (const Change& change : script_.next()) {
            STRATA_TRY(change.value ? batch.put(change.key, *change.value) : batch.del(change.key));
        }
        const SyncMode mixed = dice_.one_in(4)   ? SyncMode::sync()
                               : dice_.one_in(3) ? SyncMode::every(std::chrono::milliseconds{5})
                                                 : SyncMode::none();
        return store.write(batch, {.sync = spec_.sync.value_or(mixed)});
    }

    const ChildSpec& spec_;
    std::size_t writer_;
    int pipe_;
    WriterScript script_;
    Dice dice_;
    std::uint64_t batch_ = 0;
};

/// One life of the store, from open to close.
bool live_once(const ChildSpec& spec, std::vector<ChildWriter>& writers, int pipe) {
    auto opened = spec.open();
    if (!opened) {
        tell_failure(pipe, opened.error().message);
        return false;
    }
    tell(pipe, {.kind = ChildMessage::Kind::opened});
    std::atomic<bool> good{true};
    std::vector<std::thread> threads;
    for (ChildWriter& writer : writers) {
        threads.emplace_back([&] {
            if (!writer.live(**opened)) {
                good.store(false);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const Status closed = (*opened)->close();
    if (!closed) {
        tell_failure(pipe, closed.error().message);
    }
    return good.load() && closed.has_value();
}

[[noreturn]] void live_until_killed(const ChildSpec& spec, int pipe) {
    // It outlives neither its parent nor the parent's Ctrl-C.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_IGN);
    std::vector<ChildWriter> writers;
    for (std::size_t writer = 0; writer < spec.writers; ++writer) {
        writers.emplace_back(spec, writer, pipe);
    }
    while (live_once(spec, writers, pipe)) {
    }
    ::_exit(1);
}

}  // namespace

Result<CrashChild> CrashChild::start(const ChildSpec& spec) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error("child", "pipe");
    }
    const pid_t process = ::fork();
    if (process == 0) {
        ::close(ends[0]);
        live_until_killed(spec, ends[1]);
    }
    ::close(ends[1]);
    if (process < 0) {
        ::close(ends[0]);
        return system_error("child", "fork");
    }
    return CrashChild{process, ends[0]};
}

CrashChild::CrashChild(CrashChild&& other) noexcept
    : process_{std::exchange(other.process_, -1)},
      pipe_{std::exchange(other.pipe_, -1)},
      buffer_{std::move(other.buffer_)} {}

CrashChild::~CrashChild() {
    end();
    if (pipe_ >= 0) {
        ::close(pipe_);
    }
}

void CrashChild::end() noexcept {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
        process_ = -1;
    }
}

Result<bool> CrashChild::hear_some(const std::function<void(const ChildMessage&)>& hear) {
    constexpr std::size_t piece = std::size_t{64} << 10;
    const std::size_t held = buffer_.size();
    buffer_.resize(held + piece);
    const ssize_t size = ::read(pipe_, buffer_.data() + held, piece);
    buffer_.resize(held + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size < 0) {
        return errno == EINTR ? Result<bool>{true} : system_error("child", "read");
    }
    std::size_t at = 0;
    for (; buffer_.size() - at >= sizeof(ChildMessage); at += sizeof(ChildMessage)) {
        ChildMessage message;
        std::memcpy(&message, buffer_.data() + at, sizeof message);
        hear(message);
    }
    buffer_.erase(0, at);
    return size > 0;
}

Result<bool> CrashChild::listen_and_kill(std::chrono::microseconds duration,
                                         const std::function<void(const ChildMessage&)>& hear) {
    const auto end_time = std::chrono::steady_clock::now() + duration;
    bool alive = true;
    while (alive) {
        const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
            end_time - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            break;
        }
        const timespec wait{.tv_sec = left.count() / 1'000'000,
                            .tv_nsec = left.count() % 1'000'000 * 1000};
        pollfd ready{.fd = pipe_, .events = POLLIN, .revents = 0};
        if (::ppoll(&ready, 1, &wait, nullptr) > 0) {
            alive = STRATA_TRY(hear_some(hear));
        }
    }
    end();
    while (STRATA_TRY(hear_some(hear))) {
    }
    return alive;
}

}  // namespace strata::tools
