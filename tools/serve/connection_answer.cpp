// SPDX-License-Identifier: Apache-2.0
#include "serve/answer_head.hpp"
#include "serve/connection.hpp"
#include "serve/problem.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>
#include <variant>

namespace strata::tools {
namespace {

/// Answers wait for each other up to this size, in bytes.
constexpr std::size_t out_max = std::size_t{128} << 10;
constexpr std::size_t out_kept_max = std::size_t{16} << 10;
/// A larger body is written from where it is, a smaller one is copied behind its head.
constexpr std::size_t copied_max = std::size_t{16} << 10;
constexpr std::size_t source_piece = std::size_t{64} << 10;
/// How long a client has to take the last answer and to close.
constexpr std::chrono::milliseconds linger_time{2'000};

constexpr std::size_t dropped_at_once = std::size_t{16} << 10;
constexpr int drops_at_once = 16;

ssize_t send_both(int socket, std::string_view small, std::string_view large) {
    if (large.empty()) {
        return ::send(socket, small.data(), small.size(), MSG_NOSIGNAL);
    }
    // The interface of the system has no const, but does not write.
    std::array<iovec, 2> parts = {iovec{const_cast<char*>(small.data()), small.size()},
                                  iovec{const_cast<char*>(large.data()), large.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

std::string_view bytes_of(const Response& response) {
    if (!response.value) {
        return response.body;
    }
    std::string_view bytes = response.value->bytes();
    bytes.remove_prefix(std::min(response.value_offset, bytes.size()));
    return bytes.substr(0, response.value_size.value_or(bytes.size()));
}

}  // namespace

void Connection::begin_request() {
    const RequestHead& head = reader_.head();
    current_ = {.head_only = head.verb == Method::head,
                .http11 = head.http11,
                .keep_alive = head.keep_alive,
                .allow_origin = network_.gate.allowed_origin(head.origin)};
    limit(Limit::answer, network_.limits.request_timeout);
}

/// Everything that is asked before a handler. The route is left in current_.
std::optional<Response> Connection::admit() {
    Request& request = reader_.request();
    if (tokens_ != loop_.tokens()) {
        tokens_ = loop_.tokens();
    }
    auto refused = network_.gate.admit(reader_.head(), request, visitor_, tokens_.get(), mark_);
    if (refused) {
        if (refused->status == 429) {
            network_.service.counters.requests_limited.fetch_add(1, std::memory_order_relaxed);
        }
        return refused;
    }
    if (request.path == "*") {
        Response response;
        response.status = 204;
        response.headers.emplace_back("Allow", "GET, HEAD, PUT, POST, DELETE, OPTIONS");
        return response;
    }
    Match match = network_.dispatch.find(network_.service, request);
    if (match.route == nullptr) {
        return std::move(match.refusal);
    }
    current_.route = match.route;
    current_.rest = match.rest;
    return network_.dispatch.refuse(network_.service, request, *match.route);
}

/// The request is complete.
void Connection::answer_request() {
    if (early_) {
        Response response = std::move(*early_);
        early_.reset();
        respond(std::move(response));
        return;
    }
    if (reader_.head().has_body()) {
        // The head was admitted when it came; since then its bytes may have moved.
        current_.rest = network_.dispatch.find(network_.service, reader_.request()).rest;
        call_handler();
        return;
    }
    begin_request();
    if (auto refused = admit()) {
        respond(std::move(*refused));
    } else if (current_.route->takes_pieces) {
        begin_pieces();
    } else {
        call_handler();
    }
}

void Connection::call_handler() {
    if (current_.route->runs == Runs::on_network) {
        Answer answer = current_.route->handler(network_.service, reader_.request(), current_.rest);
        handle(answer);
        return;
    }
    phase_ = Phase::waiting;
    worker_busy_ = true;
    const bool taken = network_.workers.submit([self = shared_from_this()] {
        self->answer_ = self->current_.route->handler(self->network_.service,
                                                      self->reader_.request(), self->current_.rest);
        self->loop_.post([self] { self->handle_made(); });
    });
    if (!taken) {
        worker_busy_ = false;
        Response response = problem_answer({.status = 503,
                                            .code = "busy",
                                            .detail = "too many requests are waiting for the disk",
                                            .outcome = "rejected"});
        response.headers.emplace_back("Retry-After", "1");
        respond(std::move(response));
    }
}

void Connection::handle_made() {
    worker_busy_ = false;
    Answer answer = std::move(*answer_);
    answer_.reset();
    if (phase_ == Phase::waiting) {
        handle(answer);
        run();
    }
}

void Connection::handle(Answer& answer) {
    if (auto* response = std::get_if<Response>(&answer)) {
        respond(std::move(*response));
    } else if (auto* write = std::get_if<PendingWrite>(&answer)) {
        phase_ = Phase::waiting;
        loop_.commit(std::move(*write), shared_from_this());
    } else {
        respond(problem_answer({.status = 500,
                                .code = "internal",
                                .detail = "a route that takes a whole body asked for pieces"}));
    }
}

void Connection::complete(Response response) {
    if (phase_ == Phase::waiting) {
        respond(std::move(response));
        run();
    }
}

void Connection::respond(Response&& response) {
    current_.status = response.status;
    if (response.close || loop_.draining()) {
        current_.keep_alive = false;
    }
    const bool has_body = !current_.head_only && status_has_body(response.status);
    if (response.source != nullptr) {
        begin_source(response);
        return;
    }
    append_answer_head(out_, response,
                       {.date = loop_.date(),
                        .allow_origin = current_.allow_origin,
                        .length = bytes_of(response).size(),
                        .http11 = current_.http11,
                        .keep_alive = current_.keep_alive});
    if (has_body) {
        append_body(std::move(response));
    }
    end_request();
}

void Connection::append_body(Response&& response) {
    const std::string_view body = bytes_of(response);
    current_.bytes_out = body.size();
    if (body.size() <= copied_max) {
        out_.append(body);
        return;
    }
    large_ = std::move(response);
    large_left_ = bytes_of(large_);
}

/// A body of unknown length goes out in chunks, to an old client up to the end of the connection.
void Connection::begin_source(Response& response) {
    current_.keep_alive = current_.keep_alive && current_.http11;
    append_answer_head(out_, response,
                       {.date = loop_.date(),
                        .allow_origin = current_.allow_origin,
                        .http11 = current_.http11,
                        .keep_alive = current_.keep_alive});
    if (current_.head_only) {
        end_request();
        return;
    }
    source_ = std::move(response.source);
    phase_ = Phase::streaming;
}

/// The answer is complete as far as the request goes; it may still have to be written.
void Connection::end_request() {
    record();
    network_.body_bytes.fetch_sub(std::exchange(charged_, 0));
    reader_.finish();
    phase_ = current_.keep_alive ? Phase::reading : Phase::closing;
}

/// Where the next request begins is not known, or does not matter any more.
void Connection::respond_and_close(Response&& response) {
    if (!worker_busy_) {
        abandon_sink();
    }
    current_.status = response.status;
    current_.keep_alive = false;
    append_answer_head(out_, response,
                       {.date = loop_.date(),
                        .allow_origin = current_.allow_origin,
                        .length = bytes_of(response).size(),
                        .http11 = current_.http11,
                        .keep_alive = false});
    if (!current_.head_only) {
        append_body(std::move(response));
    }
    record();
    if (!worker_busy_) {
        network_.body_bytes.fetch_sub(std::exchange(charged_, 0));
        reader_.drop_body();
    }
    phase_ = Phase::closing;
}

void Connection::record() {
    const Clock::time_point now = Clock::now();
    const auto passed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - mark_).count();
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0));
    mark_ = now;
    const bool ours = network_.dispatch.find == &find_route;
    network_.service.counters.add({.route = ours ? current_.route : nullptr,
                                   .status = current_.status,
                                   .bytes_in = current_.readable ? reader_.body_arrived() : 0,
                                   .bytes_out = current_.bytes_out,
                                   .nanoseconds = nanoseconds});
    if (network_.log == nullptr) {
        return;
    }
    LogEntry entry{.client = visitor_.client,
                   .http11 = current_.http11,
                   .status = current_.status,
                   .bytes_out = current_.bytes_out,
                   .nanoseconds = nanoseconds,
                   .seconds = loop_.seconds()};
    if (current_.readable) {
        entry.method = reader_.head().method;
        entry.target = reader_.head().target;
        entry.request = &reader_.request();
    }
    network_.log->add(entry);
}

// Writing.

bool Connection::has_room() const noexcept { return large_left_.empty() && out_.size() < out_max; }

/// True when everything was written. Else it goes on when the client takes more.
bool Connection::flush() {
    if (waits_to_write_) {
        return false;
    }
    while (out_written_ < out_.size() || !large_left_.empty()) {
        const std::string_view small = std::string_view{out_}.substr(out_written_);
        const ssize_t size = send_both(socket_, small, large_left_);
        if (size < 0 && errno == EAGAIN) {
            waits_to_write_ = true;
            limit(Limit::write, network_.limits.write_timeout);
            return false;
        }
        if (size < 0 && errno != EINTR) {
            close();
            return false;
        }
        const std::size_t written = size < 0 ? 0 : static_cast<std::size_t>(size);
        const std::size_t of_small = std::min(written, small.size());
        out_written_ += of_small;
        large_left_.remove_prefix(written - of_small);
    }
    out_written_ = 0;
    if (out_.capacity() > out_kept_max) {
        std::string{}.swap(out_);
    }
    out_.clear();
    if (large_.value || !large_.body.empty()) {
        large_ = {};
    }
    if (limit_ == Limit::write) {
        limit(Limit::answer, network_.limits.request_timeout);
    }
    return true;
}

/// Asks for the next piece of the answer, once the one before is with the client.
void Connection::pull() {
    if (worker_busy_) {
        return;
    }
    worker_busy_ = true;
    limit(Limit::none, std::chrono::milliseconds{0});
    network_.workers.resume([self = shared_from_this()] {
        self->piece_.clear();
        self->more_ = self->source_->next(self->piece_, source_piece);
        self->loop_.post([self] { self->pulled(); });
    });
}

void Connection::pulled() {
    worker_busy_ = false;
    if (phase_ == Phase::closed) {
        source_.reset();
        return;
    }
    current_.bytes_out += piece_.size();
    if (current_.http11) {
        if (!piece_.empty()) {
            fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece_.size());
            out_.append(piece_).append("\r\n");
        }
        if (!more_) {
            out_.append("0\r\n\r\n");
        }
    } else {
        out_.append(piece_);
    }
    if (!more_) {
        source_.reset();
        end_request();
    }
    run();
}

/// Closing a socket with unread bytes would take the answer from the client. So we say that we are
/// done, and wait a little for the client to say so, too.
void Connection::linger() {
    phase_ = Phase::lingering;
    ::shutdown(socket_, SHUT_WR);
    limit(Limit::linger, linger_time);
    drop_incoming();
}

void Connection::drop_incoming() {
    // Nobody looks at these bytes, so all connections of a thread may share their place.
    static thread_local std::array<char, dropped_at_once> dropped;
    for (int i = 0; i < drops_at_once && readable_; ++i) {
        const ssize_t size = ::recv(socket_, dropped.data(), dropped.size(), 0);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
            close();
            return;
        }
        readable_ = size > 0 || errno == EINTR;
    }
    if (readable_) {
        loop_.post([self = shared_from_this()] {
            if (self->phase_ == Phase::lingering) {
                self->drop_incoming();
            }
        });
    }
}

}  // namespace strata::tools
