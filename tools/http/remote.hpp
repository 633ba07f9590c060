// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/transfer.hpp"

#include <strata/result.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

/// The connections to one server, shared by a store and by what it gave out. Thread-safe.
namespace strata::tools {

class Remote : public std::enable_shared_from_this<Remote> {
  public:
    explicit Remote(HttpSettings settings) : settings_{std::move(settings)} {}

    /// A connection for one thread; it goes back when destroyed.
    class Lease {
      public:
        Lease(std::shared_ptr<Remote> remote, std::unique_ptr<Transfer> transfer)
            : remote_{std::move(remote)}, transfer_{std::move(transfer)} {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Transfer* operator->() const noexcept { return transfer_.get(); }

      private:
        std::shared_ptr<Remote> remote_;
        std::unique_ptr<Transfer> transfer_;
    };

    /// closed after close().
    Result<Lease> connection();

    /// Sends a request; an answer whose status is none of 200 to 299 is an error.
    Result<HttpAnswer> ask(const HttpRequest& request);

    void close();
    [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
    [[nodiscard]] const Endpoint& endpoint() const noexcept { return settings_.endpoint; }
    [[nodiscard]] Error closed_error() const;

  private:
    static constexpr std::size_t idle_max = 64;

    const HttpSettings settings_;
    std::atomic<bool> closed_{false};
    std::mutex mutex_;  // guards idle_
    std::vector<std::unique_ptr<Transfer>> idle_;
};

}  // namespace strata::tools
