// SPDX-License-Identifier: Apache-2.0
#include "serve/server.hpp"

#include "common/error.hpp"
#include "serve/connection.hpp"
#include "serve/listener.hpp"
#include "serve/loop.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace strata::tools {
namespace {

/// Tasks, and writes, that may wait. Each connection has at most one.
constexpr std::size_t queued_max = 4096;

}  // namespace

/// In the order in which they are made; they go the other way.
struct Server::Parts {
    Parts(Service& service, const ServerOptions& options)
        : gate{options.gate},
          network{.service = service,
                  .limits = options.limits,
                  .dispatch = options.dispatch,
                  .gate = gate,
                  .workers = workers,
                  .committer = committer},
          workers{options.workers, queued_max},
          committer{service.store, service.counters, queued_max} {}

    Gate gate;
    std::unique_ptr<AccessLog> log;
    /// Tasks hold connections, and these their loop.
    std::vector<std::unique_ptr<Loop>> loops;
    Network network;
    Workers workers;
    Committer committer;
    std::vector<std::shared_ptr<Listener>> listeners;
    std::vector<std::string> urls;
};

Server::Server(Service& service, ServerOptions options, Warn warn)
    : service_{service},
      options_{std::move(options)},
      warn_{std::move(warn)},
      parts_{std::make_unique<Parts>(service_, options_)} {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(Service& service, ServerOptions options, Warn warn) {
    std::unique_ptr<Server> server{new Server{service, std::move(options), std::move(warn)}};
    const ServerOptions& given = server->options_;
    Parts& parts = *server->parts_;
    if (!given.log_path.empty()) {
        parts.log = STRATA_TRY(AccessLog::open(given.log_path, given.log_form));
        parts.network.log = parts.log.get();
    }
    const std::size_t threads = given.threads != 0
                                    ? given.threads
                                    : std::max<std::size_t>(1, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < threads; ++i) {
        parts.loops.push_back(std::make_unique<Loop>(parts.network));
    }
    STRATA_TRY(server->load_tokens());
    STRATA_TRY(server->listen());
    for (const auto& loop : parts.loops) {
        loop->start();
    }
    return server;
}

Status Server::load_tokens() {
    if (options_.token_file.empty()) {
        return {};
    }
    Tokens tokens = STRATA_TRY(Tokens::load(options_.token_file, warn_));
    const auto shared = std::make_shared<const Tokens>(std::move(tokens));
    for (const auto& loop : parts_->loops) {
        loop->set_tokens(shared);
    }
    return {};
}

Status Server::check_access(const std::vector<ListenSocket>& sockets) const {
    if (options_.insecure || !options_.token_file.empty()) {
        return {};
    }
    for (const ListenSocket& socket : sockets) {
        if (!socket.is_local()) {
            return fail(ErrorCode::invalid_argument,
                        "{}: other machines could read and write everything; give --token-file, "
                        "listen on 127.0.0.1, or say --insecure",
                        socket.url());
        }
    }
    return {};
}

Status Server::listen() {
    std::vector<ListenSocket> sockets;
    if (options_.inherit) {
        sockets = STRATA_TRY(inherited_sockets());
    }
    if (sockets.empty() && options_.listen.empty() && options_.unix_paths.empty()) {
        options_.listen.emplace_back("127.0.0.1:8080");
    }
    for (const std::string& address : options_.listen) {
        std::vector<ListenSocket> more = STRATA_TRY(listen_tcp(address));
        std::move(more.begin(), more.end(), std::back_inserter(sockets));
    }
    for (const std::string& path : options_.unix_paths) {
        ListenSocket socket = STRATA_TRY(listen_unix(path));
        sockets.push_back(std::move(socket));
    }
    STRATA_TRY(check_access(sockets));
    for (ListenSocket& socket : sockets) {
        const bool check_host =
            !socket.is_unix() && socket.is_local() && options_.token_file.empty();
        parts_->urls.push_back(socket.url());
        parts_->listeners.push_back(
            std::make_shared<Listener>(std::move(socket), parts_->loops, check_host));
        parts_->listeners.back()->start();
    }
    return {};
}

std::vector<std::string> Server::urls() const { return parts_->urls; }

Status Server::reload() {
    if (parts_->log != nullptr) {
        parts_->log->reopen();
    }
    return load_tokens();
}

void Server::drain() {
    for (const auto& listener : parts_->listeners) {
        listener->close();
    }
    for (const auto& loop : parts_->loops) {
        loop->drain();
    }
}

bool Server::is_idle() const noexcept { return parts_->network.connections.load() == 0; }

void Server::stop() {
    for (const auto& loop : parts_->loops) {
        loop->stop();
    }
    parts_->committer.stop();
}

}  // namespace strata::tools
