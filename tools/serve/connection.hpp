// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/committer.hpp"
#include "serve/gate.hpp"
#include "serve/loop.hpp"
#include "serve/request_reader.hpp"
#include "serve/response.hpp"
#include "serve/route.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace strata::tools {

/// One client. Its requests are answered one after the other, in their order: while one waits for a
/// worker or the committer, nothing more is read. Answers to requests that arrived together are
/// written together. What the client does not take stops us from reading: at most one answer, and
/// one buffer of small ones, wait for it.
///
/// Threads: everything runs on the thread of its loop, but for what workers are given: the request,
/// the sink and the source of the answer, which nobody else touches meanwhile.
class Connection final : public Awaiting,
                         public EventLoop::Watcher,
                         public std::enable_shared_from_this<Connection> {
  public:
    using Clock = Loop::Clock;

    Connection(Loop& loop, Accepted accepted);
    ~Connection() override;

    void start();
    /// In place of start(): answers that there are too many connections.
    void turn_away();
    /// Ends what took too long.
    void check_time(Clock::time_point now);
    /// Ends as soon as nothing is under way.
    void drain();
    /// Ends at once.
    void close();
    void complete(Response response) override;
    void ready(const EventLoop::Ready& what) override;

    [[nodiscard]] std::size_t place() const noexcept { return place_; }
    void set_place(std::size_t place) noexcept { place_ = place; }

  private:
    enum class Phase : std::uint8_t {
        reading,    ///< requests
        waiting,    ///< for an answer, or for a worker that takes a piece of a body
        streaming,  ///< an answer is written while it is made
        closing,    ///< the last answer is being written
        lingering,  ///< until the client has seen it and closes, too
        closed,
    };
    /// What the deadline is about.
    enum class Limit : std::uint8_t { none, idle, header, body, answer, write, linger };

    /// The request that is being answered.
    struct Current {
        const Route* route = nullptr;
        std::string_view rest{};
        bool head_only = false;
        bool http11 = true;
        bool keep_alive = true;
        bool chunks = false;   ///< the answer is sent in chunks
        bool readable = true;  ///< else its head was not understood
        int status = 0;
        std::uint64_t bytes_out = 0;
        std::string_view allow_origin{};
    };

    // Reading.
    void run();
    bool receive();
    bool step();
    void begin_body();
    void begin_pieces();
    void hand_piece();
    void piece_taken();
    void finish_sink();
    void refuse_unreadable();
    void wait_for_bytes();
    bool charge_body();
    void limit(Limit what, std::chrono::milliseconds time);

    // Answering.
    void begin_request();
    std::optional<Response> admit();
    void answer_request();
    void call_handler();
    void handle(Answer& answer);
    void handle_made();
    void respond(Response&& response);
    void append_body(Response&& response);
    void begin_source(Response& response);
    void end_request();
    void respond_and_close(Response&& response);
    void record();

    // Writing.
    bool flush();
    [[nodiscard]] bool has_room() const noexcept;
    void pull();
    void pulled();
    void linger();
    void drop_incoming();
    void abandon_sink();

    void slow_body(Clock::time_point now);

    Loop& loop_;
    Network& network_;
    int socket_;
    Visitor visitor_;
    RequestReader reader_;
    const bool counted_;     ///< among Network::connections, else among those refused
    std::size_t place_ = 0;  ///< in the loop's list

    Phase phase_ = Phase::reading;
    Limit limit_ = Limit::none;
    Clock::time_point deadline_{};
    Clock::time_point mark_{};  ///< when the answer before this was complete, or bytes arrived
    /// When the present stretch of a body began, moved on by the time in which we did not read.
    Clock::time_point body_since_{};
    std::uint64_t body_counted_ = 0;  ///< of its bytes, those that had arrived by then
    Clock::time_point paused_{};
    bool need_more_ = false;
    bool readable_ = false;  ///< perhaps there is something to read
    bool ended_ = false;     ///< behind it, the end
    bool waits_to_write_ = false;
    bool worker_busy_ = false;  ///< a worker uses the request, the sink or the source

    Current current_;
    std::shared_ptr<const Tokens> tokens_;  ///< hold the identity of the request
    std::optional<Response> early_;         ///< refused, but its short body is still to be read
    std::unique_ptr<BodySink> sink_;
    std::unique_ptr<BodySource> source_;
    std::optional<Answer> answer_;  ///< made by a worker
    std::string piece_;             ///< to a sink, or from a source
    bool more_ = false;             ///< what the sink, or the source, returned
    std::size_t charged_ = 0;       ///< bytes of a body counted in Network::body_bytes

    std::string out_;  ///< answers not yet written
    std::size_t out_written_ = 0;
    Response large_;  ///< whose body follows out_ without being copied
    std::string_view large_left_;
};

}  // namespace strata::tools
