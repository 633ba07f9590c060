// SPDX-License-Identifier: Apache-2.0
#include "serve/program.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/units.hpp"
#include "serve/notify.hpp"
#include "serve/server.hpp"
#include "serve/service.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>
#include <strata/store.hpp>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

/// Between two looks whether the last client has gone.
constexpr std::chrono::milliseconds drain_poll{10};
/// Descriptors that the store and the server need besides those of clients.
constexpr rlim_t descriptors_reserved = 512;

/// Waits for signals on the main thread, and takes the server through its end.
class Conductor {
  public:
    using Clock = std::chrono::steady_clock;

    Conductor(const ServeOptions& options, Service& service, Server& server,
              Diagnostics& diagnostics)
        : options_{options}, service_{service}, server_{server}, diagnostics_{diagnostics} {
        signals_.add(SIGINT);
        signals_.add(SIGTERM);
        signals_.add(SIGHUP);
    }

    /// Returns when the network is to be stopped.
    void run() {
        wait_for_signal();
        context_.run();
    }

  private:
    void wait_for_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int signal) {
            if (!error) {
                handle(signal);
                wait_for_signal();
            }
        });
    }

    void handle(int signal) {
        if (signal == SIGHUP) {
            if (const Status done = server_.reload(); done) {
                diagnostics_.note("read the tokens again, and opened the access log anew");
            } else {
                diagnostics_.error(done.error());
            }
            return;
        }
        if (stopping_) {
            // As safe as any other kill: the store recovers what it acknowledged.
            ::_exit(128 + signal);
        }
        stopping_ = true;
        service_.draining.store(true);
        notify_manager("STOPPING=1");
        diagnostics_.note(fmt::format("stopping; requests under way have {}",
                                      duration_text(std::chrono::microseconds{options_.drain})));
        timer_.expires_after(options_.drain_delay);
        timer_.async_wait([this](const boost::system::error_code&) { drain(); });
    }

    void drain() {
        server_.drain();
        deadline_ = Clock::now() + options_.drain;
        poll();
    }

    void poll() {
        if (server_.is_idle() || Clock::now() >= deadline_) {
            if (!server_.is_idle()) {
                diagnostics_.note("some requests did not end in time, and were cut off");
            }
            signals_.cancel();
            return;
        }
        timer_.expires_after(drain_poll);
        timer_.async_wait([this](const boost::system::error_code&) { poll(); });
    }

    const ServeOptions& options_;
    Service& service_;
    Server& server_;
    Diagnostics& diagnostics_;
    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_{context_};
    boost::asio::steady_timer timer_{context_};
    bool stopping_ = false;
    Clock::time_point deadline_{};
};

void raise_descriptor_limit(std::size_t connections, Diagnostics& diagnostics) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    const rlim_t wanted = descriptors_reserved + connections;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = std::min(wanted, limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < wanted) {
        diagnostics.note(
            fmt::format("{} connections need {} descriptors, the system gives {}; "
                        "raise it with \"ulimit -n\"",
                        connections, wanted, limit.rlim_cur));
    }
}

void greet(const ServeOptions& options, const std::vector<std::string>& urls,
           Diagnostics& diagnostics) {
    constexpr std::string_view unix_scheme = "unix:";
    std::string text = fmt::format("serving {}", options.store);
    for (const std::string& url : urls) {
        text += fmt::format("{} {}", &url == &urls.front() ? " at" : ",", url);
    }
    diagnostics.note(text);
    const std::string& first = urls.front();
    const std::string target =
        first.starts_with(unix_scheme)
            ? fmt::format("--unix-socket {} http://localhost", first.substr(unix_scheme.size()))
            : first;
    const std::string token =
        options.server.token_file.empty() ? "" : "-H \"Authorization: Bearer TOKEN\" ";
    diagnostics.note(fmt::format("try: curl {}{}/v1/kv", token, target));
}

/// Closing makes everything durable; an error here is one that somebody must see.
int close_store(Store& store, Diagnostics& diagnostics) {
    int status = exit_done;
    if (const Status synced = store.sync(); !synced) {
        status = diagnostics.error(synced.error());
    }
    if (const Status closed = store.close(); !closed && status == exit_done) {
        status = diagnostics.error(closed.error());
    }
    return status;
}

int serve(const ServeOptions& options, Store& store, Diagnostics& diagnostics) {
    Service service{store, options.store, options.service};
    const auto warn = [&diagnostics](const std::string& text) { diagnostics.note(text); };
    auto server = Server::start(service, options.server, warn);
    if (!server) {
        return diagnostics.error(server.error());
    }
    Conductor conductor{options, service, **server, diagnostics};
    greet(options, (*server)->urls(), diagnostics);
    notify_manager("READY=1");
    conductor.run();
    (*server)->stop();
    // Before work that still runs is waited for: a closed store makes it end soon.
    return close_store(store, diagnostics);
}

}  // namespace

int run_serve(const ServeOptions& options, Output& output, Diagnostics& diagnostics) {
    if (options.help) {
        output.write(serve_help());
        return exit_done;
    }
    if (options.version) {
        output.write(fmt::format("strata-serve {}\n", version()));
        return exit_done;
    }
    raise_descriptor_limit(options.server.limits.connections_max, diagnostics);
    auto store = open(options.store, options.open);
    if (!store) {
        return diagnostics.error(store.error());
    }
    return serve(options, **store, diagnostics);
}

}  // namespace strata::tools
