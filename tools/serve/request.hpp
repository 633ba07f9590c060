// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the routes see of a request. No socket and no parser stands behind these types: the network
/// side fills them in, tests and the fuzzer make them by hand.
namespace strata::tools {

enum class Method : std::uint8_t { get, head, put, post, del, options, other };

struct Header {
    std::string_view name;
    std::string_view value;
};

/// What a client may do, each with all that stands before it.
enum class Scope : std::uint8_t { none, read, write, admin };

/// Who asks: what its token allows, or what the server allows everybody.
struct Identity {
    Scope scope = Scope::admin;
    std::string prefix{};  ///< only keys that begin with it may be read or written; empty: all
};

/// One request within the limits of the server, its framing already checked. The views last until
/// the answer to it is complete.
struct Request {
    Method method = Method::get;
    std::string_view path{};   ///< begins with '/'; not decoded
    std::string_view query{};  ///< behind '?', not decoded
    std::span<const Header> headers{};
    std::string_view body{};             ///< whole; empty for a route that takes its body in pieces
    std::string_view client{};           ///< address of the peer without port, or "unix"
    const Identity* identity = nullptr;  ///< never null when a route is called

    /// The value of a header, by its name in any case; the first one when there are several.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
};

}  // namespace strata::tools
