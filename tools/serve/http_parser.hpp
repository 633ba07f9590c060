// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/refusal.hpp"
#include "serve/request.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// The head of a request: its first line and its fields. What is read here decides where a request
/// ends, so everything that two programs could understand differently is refused: bare LF, folded
/// and spaced fields, any Transfer-Encoding but `chunked`, more than one length, no Host or
/// several.
namespace strata::tools {

inline constexpr std::size_t request_line_max = std::size_t{8} << 10;  ///< bytes, with its CRLF
inline constexpr std::size_t fields_size_max = std::size_t{16} << 10;  ///< bytes of all fields
inline constexpr std::size_t fields_max = 64;

/// A head within its limits. Views point into the bytes it was parsed from.
struct RequestHead {
    std::size_t size = 0;         ///< bytes, up to the body
    std::string_view method{};    ///< as it was written
    std::string_view target{};    ///< begins with '/', or is "*"
    Method verb = Method::other;  ///< what the method means
    bool http11 = true;           ///< else HTTP/1.0
    bool keep_alive = true;       ///< the client wants to go on with this connection
    bool expects_continue = false;
    bool chunked = false;
    std::uint64_t content_length = 0;  ///< 0 when chunked
    std::string_view host{};
    std::string_view authorization{};
    std::string_view origin{};
    std::size_t fields_count = 0;
    std::array<Header, fields_max> fields;

    [[nodiscard]] bool has_body() const noexcept { return chunked || content_length > 0; }
    [[nodiscard]] std::span<const Header> headers() const noexcept {
        return {fields.data(), fields_count};
    }
    /// The bytes it was parsed from moved by so much.
    void move_views(std::ptrdiff_t distance) noexcept;
};

/// Finds and parses one head after the other. It keeps no bytes, only how far it has looked, so
/// that a head that arrives one byte at a time is not searched again from its beginning.
class HttpParser {
  public:
    enum class Found : std::uint8_t {
        need_more,
        head,
        refused,  ///< where the next request begins is not known
    };

    /// `bytes`: everything from the beginning of the request on, what was there before included.
    /// `body_max`: a longer declared body is refused.
    Found parse(std::string_view bytes, std::size_t body_max);

    [[nodiscard]] const RequestHead& head() const noexcept { return head_; }
    [[nodiscard]] RequestHead& head() noexcept { return head_; }
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }
    /// The next bytes begin another request.
    void restart() noexcept;

  private:
    class Reader;

    Found find_end(std::string_view bytes);
    bool take_line(std::string_view line);
    Found frame(const Reader& reader, std::size_t body_max);
    Found refuse(int status, std::string_view code, std::string detail);

    RequestHead head_;
    Refusal refusal_;
    std::size_t line_begin_ = 0;  ///< of the line that is not complete yet
    std::size_t searched_ = 0;    ///< no line end before it is unknown
    std::size_t lines_ = 0;       ///< complete ones
    std::size_t line_size_ = 0;   ///< of the request line, once it is complete
};

}  // namespace strata::tools
