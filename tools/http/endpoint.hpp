// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <string>
#include <string_view>

/// Where a server is, and how keys stand in its addresses.
namespace strata::tools {

struct Endpoint {
    std::string name{};    ///< as the user gave it, without a '/' at its end; begins messages
    std::string base{};    ///< a URL that paths are appended to
    std::string socket{};  ///< path of a Unix socket; empty: TCP
};

/// Whether a store's name is a server's: "http://HOST:PORT", "https://HOST:PORT" or "unix:PATH".
[[nodiscard]] bool is_remote(std::string_view store_name) noexcept;

/// Reads such a name; invalid_argument says what is wrong with it.
Result<Endpoint> parse_endpoint(std::string_view store_name);

/// Every byte but letters, digits and "-._~" as %XX.
void append_percent_encoded(std::string& out, Bytes bytes);

/// A query that grows by one parameter after the other.
class TargetBuilder {
  public:
    explicit TargetBuilder(std::string path) : target_{std::move(path)} {}
    TargetBuilder& bytes(std::string_view name, Bytes value);
    TargetBuilder& number(std::string_view name, std::uint64_t value);
    TargetBuilder& flag(std::string_view name) { return bytes(name, "1"); }
    [[nodiscard]] std::string take() { return std::move(target_); }

  private:
    std::string target_;
    bool first_ = true;
};

}  // namespace strata::tools
