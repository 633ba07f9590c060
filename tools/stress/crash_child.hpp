// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/store.hpp>

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// A process that writes to a store, tells of each acknowledged batch over a pipe, and is killed.
namespace strata::tools {

struct ChildSpec {
    /// Opens the store, in the child.
    std::function<Result<std::unique_ptr<Store>>()> open{};
    std::uint64_t seed = 0;
    std::size_t writers = 4;
    std::uint64_t keys = 200;        ///< of each writer
    std::optional<SyncMode> sync{};  ///< unset: each batch has its own
    /// Batches of a writer after which the store is closed and opened again; 0: never.
    std::uint64_t batches_per_life = 0;
};

/// What the child says, written in one piece. A pipe keeps what was written to it when the writer
/// dies, so nothing that was acknowledged is unheard.
struct ChildMessage {
    enum class Kind : std::uint32_t { opened, acknowledged, failed } kind = Kind::opened;
    std::uint32_t writer = 0;
    std::uint64_t batch = 0;     ///< of the writer in this round, from 0
    std::uint64_t sequence = 0;  ///< of its last operation
    std::array<char, 200> text{};
};

class CrashChild {
  public:
    /// Starts it. The caller has no other thread at this moment.
    static Result<CrashChild> start(const ChildSpec& spec);

    CrashChild(CrashChild&& other) noexcept;
    CrashChild& operator=(CrashChild&&) = delete;
    /// Kills it if it still runs.
    ~CrashChild();

    /// Hears it until `duration` is over, or it ends by itself, then kills it and hears what is
    /// left. False when it ended by itself.
    Result<bool> listen_and_kill(std::chrono::microseconds duration,
                                 const std::function<void(const ChildMessage&)>& hear);

  private:
    CrashChild(pid_t process, int pipe) : process_{process}, pipe_{pipe} {}
    /// False at the end of the pipe.
    Result<bool> hear_some(const std::function<void(const ChildMessage&)>& hear);
    void end() noexcept;

    pid_t process_;
    int pipe_;
    std::string buffer_{};
};

}  // namespace strata::tools
