// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/chunk_decoder.hpp"
#include "serve/http_parser.hpp"
#include "serve/refusal.hpp"
#include "serve/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// Bytes in, requests out, without a socket: the connection fills space() from its socket, tests
/// and the fuzzer from wherever they like.
///
///     std::span<char> space = reader.space();
///     reader.add(read(descriptor, space.data(), space.size()));
///     switch (reader.next()) { ... }
///
/// One request at a time; several may wait in the buffer. A head and a short body stay where they
/// were read, so that a small request is never copied.
namespace strata::tools {

/// A body up to this size is read into the buffer of the connection.
inline constexpr std::size_t body_in_buffer_max = std::size_t{64} << 10;

class RequestReader {
  public:
    enum class Step : std::uint8_t {
        need_more,  ///< read, add(), and ask again
        head,       ///< a head whose body follows; next() goes on with it
        piece,      ///< take_pieces() was called: piece() holds more of the body
        request,    ///< complete: request() is valid until finish()
        refused,    ///< refusal() says why; nothing that follows can be understood
    };

    explicit RequestReader(std::size_t body_max) : body_max_{body_max} {}

    /// Where the next bytes go: never empty. Views of a request stay valid, those that request()
    /// returned before a body was complete do not.
    std::span<char> space();
    void add(std::size_t size) noexcept;
    Step next();

    /// From the step head on. Its body is empty until the step request, and always with pieces.
    [[nodiscard]] const Request& request() const noexcept { return request_; }
    [[nodiscard]] Request& request() noexcept { return request_; }
    [[nodiscard]] const RequestHead& head() const noexcept { return parser_.head(); }
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

    /// Called at the step head: the body is handed out in pieces instead of being collected, and
    /// views of the request stay valid until finish().
    void take_pieces();
    /// Valid until next(); may be moved from.
    [[nodiscard]] std::string& piece() noexcept { return body_; }

    /// The request was answered: the next one begins behind it.
    void finish();

    /// Bytes of a body that are held outside the buffer.
    [[nodiscard]] std::size_t body_held() const noexcept { return body_.capacity(); }
    /// Bytes of the body that arrived so far.
    [[nodiscard]] std::uint64_t body_arrived() const noexcept { return arrived_; }
    /// Nothing of a next request has arrived.
    [[nodiscard]] bool idle() const noexcept { return state_ == State::head && read_ == end_; }
    /// A body is being read.
    [[nodiscard]] bool in_body() const noexcept { return state_ == State::body; }
    /// From the step head, or request, until finish(): request() means something.
    [[nodiscard]] bool has_head() const noexcept { return has_head_; }
    /// Bytes behind the request are waiting.
    [[nodiscard]] bool has_unread() const noexcept { return read_ != end_; }
    /// Nothing more is asked of it: a body that was being collected is given back.
    void drop_body() noexcept { std::string{}.swap(body_); }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  private:
    enum class State : std::uint8_t { head, body, complete, refused };

    [[nodiscard]] std::string_view unread() const noexcept {
        return {buffer_.get() + read_, end_ - read_};
    }
    Step read_head();
    Step read_body();
    Step collect();
    void reserve_body(std::size_t more);
    Step refuse(Refusal refusal);
    void fill_request();
    void make_room(std::size_t wanted);
    void grow(std::size_t capacity);

    const std::size_t body_max_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t head_at_ = 0;  ///< of the request; what stands before it is free
    std::size_t read_ = 0;     ///< bytes before it were parsed
    std::size_t end_ = 0;      ///< bytes before it were read
    std::size_t wanted_ = 0;   ///< least capacity for the next read

    State state_ = State::head;
    bool has_head_ = false;
    bool pieces_ = false;
    bool in_buffer_ = false;  ///< the body stays where it was read
    bool skipped_line_ = false;
    HttpParser parser_;
    ChunkDecoder chunks_;
    std::uint64_t arrived_ = 0;
    std::string body_;
    Request request_;
    Refusal refusal_;
};

}  // namespace strata::tools
