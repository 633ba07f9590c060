// SPDX-License-Identifier: Apache-2.0
#include "serve/connection.hpp"

#include "serve/problem.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <span>
#include <utility>

namespace strata::tools {
namespace {

/// The body of a request that is refused is still read up to this size, so that the connection
/// can go on.
constexpr std::uint64_t skipped_body_max = body_in_buffer_max;
/// Reads of one connection before others have their turn.
constexpr int reads_at_once = 16;

}  // namespace

Connection::Connection(Loop& loop, Accepted accepted)
    : loop_{loop},
      network_{loop.network()},
      socket_{accepted.descriptor},
      visitor_{.client = std::move(accepted.client), .check_host = accepted.check_host},
      reader_{network_.limits.body_max},
      counted_{!accepted.over_cap} {
    if (visitor_.client != "unix") {
        // Without it a small answer waits for the client's delayed acknowledgement.
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Counters& counters = network_.service.counters;
    if (counted_) {
        counters.connections_accepted.fetch_add(1, std::memory_order_relaxed);
        counters.connections_open.fetch_add(1, std::memory_order_relaxed);
    } else {
        counters.connections_refused.fetch_add(1, std::memory_order_relaxed);
    }
}

Connection::~Connection() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

void Connection::close() {
    if (phase_ == Phase::closed) {
        return;
    }
    const std::shared_ptr<Connection> self = shared_from_this();
    phase_ = Phase::closed;
    ::close(std::exchange(socket_, -1));
    network_.body_bytes.fetch_sub(std::exchange(charged_, 0));
    if (counted_) {
        network_.service.counters.connections_open.fetch_sub(1, std::memory_order_relaxed);
        network_.connections.fetch_sub(1);
    } else {
        network_.refused.fetch_sub(1);
    }
    if (!worker_busy_) {
        abandon_sink();
        source_.reset();
    }
    loop_.forget(*this);
}

/// Only while no worker uses the sink.
void Connection::abandon_sink() {
    if (sink_ != nullptr) {
        const std::shared_ptr<BodySink> sink = std::move(sink_);
        network_.workers.resume([sink] { sink->abandon(); });
    }
}

void Connection::limit(Limit what, std::chrono::milliseconds time) {
    limit_ = what;
    deadline_ = time.count() == 0 ? Clock::time_point::max() : loop_.now() + time;
}

void Connection::start() {
    mark_ = loop_.now();
    if (loop_.draining() || !loop_.events().watch(socket_, *this)) {
        close();
        return;
    }
    // What is there already is told by the loop.
    limit(Limit::header, network_.limits.header_timeout);
}

void Connection::turn_away() {
    Response response = problem_answer(
        {.status = 503, .code = "busy", .detail = "the server has all the connections it takes"});
    response.headers.emplace_back("Retry-After", "1");
    if (!loop_.events().watch(socket_, *this)) {
        close();
        return;
    }
    current_ = {.readable = false};
    respond_and_close(std::move(response));
    run();
}

void Connection::ready(const EventLoop::Ready& what) {
    readable_ = readable_ || what.read;
    ended_ = ended_ || what.ended;
    switch (phase_) {
        case Phase::reading:
        case Phase::lingering:
            break;
        case Phase::waiting:
        case Phase::streaming:
        case Phase::closing:
            if (what.failed) {
                // Nobody is there any more. What was begun is finished, but not answered.
                close();
                return;
            }
            break;
        case Phase::closed:
            return;
    }
    if (waits_to_write_) {
        if (!what.write) {
            return;
        }
        waits_to_write_ = false;
    }
    if (phase_ == Phase::lingering) {
        drop_incoming();
    } else if (phase_ != Phase::waiting || !out_.empty()) {
        run();
    }
}

// Reading.

/// Goes on with whatever can be done now: reads, parses and answers, writes, until it has to wait
/// for something.
void Connection::run() {
    const std::shared_ptr<Connection> self = shared_from_this();
    for (int reads = 0; phase_ != Phase::closed;) {
        need_more_ = false;
        while (phase_ == Phase::reading && has_room() && !need_more_) {
            need_more_ = !step();
        }
        if (!flush()) {
            return;
        }
        switch (phase_) {
            case Phase::reading:
                if (!need_more_) {
                    break;
                }
                if (++reads > reads_at_once) {
                    // The others on this thread have their turn.
                    loop_.post([self] { self->run(); });
                    return;
                }
                if (!receive()) {
                    wait_for_bytes();
                    return;
                }
                break;
            case Phase::streaming:
                pull();
                return;
            case Phase::closing:
                linger();
                return;
            case Phase::waiting:
            case Phase::lingering:
            case Phase::closed:
                return;
        }
    }
}

/// True when bytes have come. At the end of the stream everything that was asked is answered, so
/// that the connection ends, too.
bool Connection::receive() {
    if (!readable_) {
        return false;
    }
    const std::span<char> space = reader_.space();
    const ssize_t size = ::recv(socket_, space.data(), space.size(), 0);
    if (size > 0) {
        // A short read has emptied the socket, and what comes later is told, but for an end that
        // was told already.
        readable_ = ended_ || static_cast<std::size_t>(size) == space.size();
        reader_.add(static_cast<std::size_t>(size));
        mark_ = loop_.now();
        return true;
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        readable_ = errno == EINTR;
        return false;
    }
    close();
    return false;
}

/// Sets the deadline that belongs to what is missing.
void Connection::wait_for_bytes() {
    if (phase_ == Phase::closed) {
        return;
    }
    const ServerLimits& limits = network_.limits;
    if (reader_.in_body()) {
        if (limit_ != Limit::body) {
            limit(Limit::body, limits.body_grace);
        }
    } else if (reader_.idle()) {
        if (loop_.draining()) {
            close();
        } else if (limit_ != Limit::header || current_.status != 0) {
            limit(Limit::idle, limits.idle_timeout);
        }
    } else if (limit_ != Limit::header) {
        limit(Limit::header, limits.header_timeout);
    }
}

/// False when more bytes are needed.
bool Connection::step() {
    using Step = RequestReader::Step;
    const Step step = reader_.next();
    if (step == Step::need_more) {
        return !charge_body();
    }
    switch (step) {
        case Step::head:
            begin_request();
            begin_body();
            break;
        case Step::piece:
            hand_piece();
            break;
        case Step::request:
            if (sink_ != nullptr) {
                finish_sink();
            } else {
                answer_request();
            }
            break;
        case Step::refused:
            refuse_unreadable();
            break;
        case Step::need_more:
            break;
    }
    return true;
}

/// Counts what a body takes among those of all connections. False when that is too much: the
/// request was then answered.
bool Connection::charge_body() {
    const std::size_t held = reader_.in_body() ? reader_.body_held() : charged_;
    if (held == charged_) {
        return true;
    }
    const std::size_t before = held > charged_ ? network_.body_bytes.fetch_add(held - charged_)
                                               : network_.body_bytes.fetch_sub(charged_ - held);
    const std::size_t now = before + held - charged_;
    constexpr std::size_t slack = 1024;  // one body of the greatest size is always possible
    charged_ = held;
    if (now <= std::max(network_.limits.bodies_max, network_.limits.body_max + slack)) {
        return true;
    }
    Response response =
        problem_answer({.status = 503,
                        .code = "busy",
                        .detail = "the bodies of all clients take more memory than they may; "
                                  "nothing of this request was carried out",
                        .outcome = "rejected"});
    response.headers.emplace_back("Retry-After", "1");
    respond_and_close(std::move(response));
    return false;
}

void Connection::refuse_unreadable() {
    const Refusal& refusal = reader_.refusal();
    network_.service.counters.requests_malformed.fetch_add(1, std::memory_order_relaxed);
    if (!reader_.has_head()) {
        current_ = {.readable = false};
    }
    respond_and_close(
        problem_answer({.status = refusal.status, .code = refusal.code, .detail = refusal.detail}));
}

/// A head was read, its body was not. What cannot succeed is answered now.
void Connection::begin_body() {
    const RequestHead& head = reader_.head();
    body_since_ = loop_.now();
    body_counted_ = 0;
    early_ = admit();
    if (early_) {
        if (head.chunked || head.content_length > skipped_body_max || head.expects_continue) {
            respond_and_close(std::move(*early_));
            early_.reset();
        }
        return;
    }
    const bool pieces = current_.route->takes_pieces;
    if (head.expects_continue && !reader_.has_unread()) {
        out_.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (pieces) {
        begin_pieces();
    }
}

void Connection::begin_pieces() {
    reader_.take_pieces();
    Request& request = reader_.request();
    const Match match = network_.dispatch.find(network_.service, request);
    Answer answer = match.route->handler(network_.service, request, match.rest);
    if (auto* sink = std::get_if<std::unique_ptr<BodySink>>(&answer)) {
        sink_ = std::move(*sink);
    } else if (auto* response = std::get_if<Response>(&answer)) {
        respond_and_close(std::move(*response));
    } else {
        respond_and_close(problem_answer(
            {.status = 500, .code = "internal", .detail = "a body was answered with a write"}));
    }
}

/// Nothing more is read until the worker has taken the piece: a slow disk slows the client down.
void Connection::hand_piece() {
    piece_.swap(reader_.piece());
    phase_ = Phase::waiting;
    paused_ = loop_.now();
    limit(Limit::none, std::chrono::milliseconds{0});
    worker_busy_ = true;
    network_.workers.resume([self = shared_from_this()] {
        self->more_ = self->sink_->take(self->piece_);
        self->loop_.post([self] { self->piece_taken(); });
    });
}

void Connection::piece_taken() {
    worker_busy_ = false;
    if (phase_ == Phase::closed) {
        abandon_sink();
        return;
    }
    if (!more_) {
        current_.keep_alive = false;
        finish_sink();
        return;
    }
    phase_ = Phase::reading;
    body_since_ += loop_.now() - paused_;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        body_since_ + network_.limits.body_grace - loop_.now());
    limit(Limit::body, std::max(left, std::chrono::milliseconds{1}));
    run();
}

void Connection::finish_sink() {
    phase_ = Phase::waiting;
    limit(Limit::answer, network_.limits.request_timeout);
    worker_busy_ = true;
    network_.workers.resume([self = shared_from_this()] {
        self->answer_ = self->sink_->finish();
        self->sink_.reset();
        self->loop_.post([self] { self->handle_made(); });
    });
}

// Time.

void Connection::check_time(Clock::time_point now) {
    if (limit_ == Limit::none || now < deadline_) {
        return;
    }
    Counters& counters = network_.service.counters;
    switch (limit_) {
        case Limit::none:
            return;
        case Limit::body:
            slow_body(now);
            return;
        case Limit::header:
            counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
            if (reader_.idle()) {
                close();
                return;
            }
            current_ = {.readable = false};
            respond_and_close(problem_answer(
                {.status = 408, .code = "timeout", .detail = "the header did not arrive in time"}));
            run();
            return;
        case Limit::answer:
            respond_and_close(problem_answer(
                {.status = 503,
                 .code = "timeout",
                 .detail = "the request takes longer than --request-timeout; if it writes, it may "
                           "still be carried out",
                 .outcome = "unknown"}));
            run();
            return;
        case Limit::idle:
        case Limit::write:
            counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
            close();
            return;
        case Limit::linger:
            close();
            return;
    }
}

/// The rate is that of each stretch of time by itself: else who has sent much could stop and hold
/// it here for hours.
void Connection::slow_body(Clock::time_point now) {
    const ServerLimits& limits = network_.limits;
    const double seconds = std::chrono::duration<double>(now - body_since_).count();
    if (static_cast<double>(reader_.body_arrived() - body_counted_) >=
        seconds * static_cast<double>(limits.body_rate)) {
        body_since_ = now;
        body_counted_ = reader_.body_arrived();
        limit(Limit::body, limits.body_grace);
        return;
    }
    network_.service.counters.connections_timed_out.fetch_add(1, std::memory_order_relaxed);
    respond_and_close(problem_answer(
        {.status = 408,
         .code = "timeout",
         .detail = "the body arrives more slowly than the server waits for; nothing of this "
                   "request was carried out",
         .outcome = "rejected"}));
    run();
}

void Connection::drain() {
    if (phase_ == Phase::reading && reader_.idle() && has_room() && !waits_to_write_) {
        close();
    }
}

}  // namespace strata::tools
