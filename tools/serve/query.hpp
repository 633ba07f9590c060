// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/request.hpp"

#include <strata/bytes.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Reading of paths and queries. Errors are invalid_argument and name the parameter.
namespace strata::tools {

/// Replaces %XX by the byte, once. `form`: '+' is a space, as in the query of a form.
Result<std::string> percent_decode(std::string_view text, bool form);

/// The parameters of a query, "name=value&...". A name that appears twice is refused where it is
/// asked for.
class Query {
  public:
    explicit Query(std::string_view text) : text_{text} {}

    /// Not decoded.
    [[nodiscard]] Result<std::optional<std::string_view>> raw(std::string_view name) const;
    /// Decoded: of NAME, or of NAME.b64 in base64 of either alphabet.
    [[nodiscard]] Result<std::optional<std::string>> bytes(std::string_view name) const;
    /// Decoded, for words.
    [[nodiscard]] Result<std::optional<std::string>> text(std::string_view name) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name) const;
    /// "1", "true" or nothing behind the name: true. "0", "false": false.
    [[nodiscard]] Result<bool> flag(std::string_view name) const;
    /// The words of --sync.
    [[nodiscard]] Result<std::optional<SyncMode>> sync() const;

    /// The name of each parameter, in order, until `use` returns false.
    template <typename Use>
    void for_each_name(Use use) const {
        std::string_view rest = text_;
        while (!rest.empty()) {
            const std::string_view one = next(rest);
            const std::string_view name = one.substr(0, one.find('='));
            if (!name.empty() && !use(name)) {
                return;
            }
        }
    }

  private:
    static std::string_view next(std::string_view& rest) noexcept;

    std::string_view text_;
};

/// The key of a request: what stands behind the route in the path, or the parameter key.b64. At
/// least one byte, at most key_size_max. It lies in the request or in a buffer of this thread, and
/// is valid until the next call on the thread.
Result<Bytes> key_of(const Request& request, std::string_view rest);

/// Refuses what is no key.
Status check_key(Bytes key);

}  // namespace strata::tools
