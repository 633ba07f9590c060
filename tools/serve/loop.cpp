// SPDX-License-Identifier: Apache-2.0
#include "serve/loop.hpp"

#include "serve/answer_head.hpp"
#include "serve/connection.hpp"
#include "serve/problem.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>

namespace strata::tools {
namespace {

/// How late a timeout may be noticed.
constexpr std::chrono::milliseconds tick_length{100};

}  // namespace

Loop::Loop(Network& network) : network_{network} { update_date(); }

Loop::~Loop() { stop(); }

void Loop::start() {
    thread_ = std::thread{[this] {
        // Signals belong to the main thread.
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        events_.run();
    }};
}

void Loop::stop() {
    if (!thread_.joinable()) {
        return;
    }
    post([this] {
        draining_ = true;
        while (!connections_.empty()) {
            connections_.back()->close();
        }
        events_.stop();
    });
    thread_.join();
}

void Loop::update_date() {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
    if (seconds != seconds_ || date_.empty()) {
        seconds_ = seconds;
        date_ = http_date(seconds);
    }
}

/// Looks at every connection's deadline. With no connection there is nothing to look at, and the
/// thread sleeps.
void Loop::tick() {
    update_date();
    for (std::size_t i = connections_.size(); i > 0; --i) {
        if (i <= connections_.size()) {
            const std::shared_ptr<Connection> connection = connections_[i - 1];
            connection->check_time(now());
        }
    }
    ticking_ = !connections_.empty();
    if (ticking_) {
        events_.after(tick_length, [this] { tick(); });
    }
}

void Loop::adopt(Accepted accepted) {
    load_.fetch_add(1);
    post([this, accepted = std::move(accepted)]() mutable { open(std::move(accepted)); });
}

void Loop::open(Accepted accepted) {
    const bool over_cap = accepted.over_cap;
    const auto connection = std::make_shared<Connection>(*this, std::move(accepted));
    connection->set_place(connections_.size());
    connections_.push_back(connection);
    if (!ticking_) {
        tick();
    }
    if (over_cap) {
        connection->turn_away();
    } else {
        connection->start();
    }
}

void Loop::forget(Connection& connection) {
    const std::size_t place = connection.place();
    std::swap(connections_[place], connections_.back());
    connections_[place]->set_place(place);
    events_.bury(std::move(connections_.back()));
    connections_.pop_back();
    load_.fetch_sub(1);
}

void Loop::deliver(std::vector<Delivery> deliveries) {
    post([deliveries = std::move(deliveries)]() mutable {
        for (Delivery& delivery : deliveries) {
            delivery.to->complete(std::move(delivery.response));
        }
    });
}

void Loop::set_tokens(std::shared_ptr<const Tokens> tokens) {
    post([this, tokens = std::move(tokens)]() mutable { tokens_ = std::move(tokens); });
}

void Loop::drain() {
    post([this] {
        draining_ = true;
        for (std::size_t i = connections_.size(); i > 0; --i) {
            if (i <= connections_.size()) {
                const std::shared_ptr<Connection> connection = connections_[i - 1];
                connection->drain();
            }
        }
    });
}

void Loop::commit(PendingWrite write, std::shared_ptr<Awaiting> from) {
    commits_.push_back({std::move(write), std::move(from), this});
    if (commits_.size() == 1) {
        events_.at_end_of_round([this] { flush_commits(); });
    }
}

void Loop::flush_commits() {
    network_.committer.submit(commits_);
    if (commits_.empty()) {
        return;
    }
    std::vector<CommitRequest> refused;
    refused.swap(commits_);
    for (CommitRequest& request : refused) {
        Response response = problem_answer(
            {.status = 503,
             .code = "busy",
             .detail = "too many writes are waiting for the disk; nothing of this one was written",
             .outcome = "rejected"});
        response.headers.emplace_back("Retry-After", "1");
        request.from->complete(std::move(response));
    }
}

}  // namespace strata::tools
