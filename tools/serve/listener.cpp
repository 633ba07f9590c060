// SPDX-License-Identifier: Apache-2.0
#include "serve/listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace strata::tools {
namespace {

/// Connections accepted before others on this thread have their turn again.
constexpr int accepted_at_once = 64;
/// How long to wait for a descriptor, or memory, to become free.
constexpr std::chrono::milliseconds shortage_pause{100};
/// Connections above the cap that are told so at a time; more are closed without a word.
constexpr std::size_t refused_max = 64;

}  // namespace

Listener::Listener(ListenSocket socket, Loops& loops, bool check_host)
    : socket_{std::move(socket)},
      loops_{loops},
      network_{loops.front()->network()},
      check_host_{check_host} {}

void Listener::start() {
    loops_.front()->post([self = shared_from_this()] {
        if (!self->closed_) {
            static_cast<void>(
                self->loops_.front()->events().watch(self->socket_.descriptor(), *self));
        }
    });
}

void Listener::close() {
    loops_.front()->post([self = shared_from_this()] {
        self->closed_ = true;
        self->socket_ = ListenSocket{-1, ""};
        self->loops_.front()->events().bury(self);
    });
}

void Listener::ready(const EventLoop::Ready& /*what*/) {
    if (!closed_ && !resting_) {
        accept_ready();
    }
}

/// Goes on until nobody waits, since that is told only once.
void Listener::accept_ready() {
    if (closed_) {
        return;
    }
    EventLoop& events = loops_.front()->events();
    for (int i = 0; i < accepted_at_once; ++i) {
        const int descriptor =
            ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            admit(descriptor);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            // Asking again at once would only burn the processor; who waits stays in the queue.
            resting_ = true;
            events.after(shortage_pause, [self = shared_from_this()] {
                self->resting_ = false;
                self->accept_ready();
            });
            return;
        }
        // Else one client gave up before it was accepted; the next may be fine.
    }
    events.post([self = shared_from_this()] { self->accept_ready(); });
}

void Listener::admit(int descriptor) {
    Accepted accepted{
        .descriptor = descriptor, .client = peer_name(descriptor), .check_host = check_host_};
    if (network_.connections.fetch_add(1) >= network_.limits.connections_max) {
        network_.connections.fetch_sub(1);
        if (network_.refused.fetch_add(1) >= refused_max) {
            network_.refused.fetch_sub(1);
            network_.service.counters.connections_refused.fetch_add(1, std::memory_order_relaxed);
            ::close(descriptor);
            return;
        }
        accepted.over_cap = true;
    }
    Loop& loop = **std::ranges::min_element(
        loops_, {}, [](const std::unique_ptr<Loop>& one) { return one->load(); });
    loop.adopt(std::move(accepted));
}

}  // namespace strata::tools
