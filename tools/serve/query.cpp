// SPDX-License-Identifier: Apache-2.0
#include "serve/query.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/sync_mode.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

// Of what is quoted in a message.
constexpr std::size_t shown_max = 60;

std::string shown(std::string_view text) {
    return escaped(text.substr(0, shown_max)) + (text.size() > shown_max ? "..." : "");
}

// Appends the decoded text; false at an escape that is none, which `offset` then names.
bool append_decoded(std::string& out, std::string_view text, bool form, std::size_t& offset) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && form) {
            out += ' ';
            continue;
        }
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            offset = i;
            return false;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return true;
}

Error bad_escape(std::string_view text, std::size_t offset) {
    return usage_error("expected two hexadecimal digits after '%', found \"{}\" at byte {}",
                       shown(text.substr(offset, 3)), offset);
}

Status decode_into(std::string& out, std::string_view text, bool form) {
    std::size_t offset = 0;
    if (!append_decoded(out, text, form, offset)) {
        return bad_escape(text, offset);
    }
    return {};
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool form) {
    std::string out;
    STRATA_TRY(decode_into(out, text, form));
    return out;
}

std::string_view Query::next(std::string_view& rest) noexcept {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return one;
}

Result<std::optional<std::string_view>> Query::raw(std::string_view name) const {
    std::optional<std::string_view> found;
    std::string_view rest = text_;
    while (!rest.empty()) {
        const std::string_view one = next(rest);
        const std::size_t equals = std::min(one.find('='), one.size());
        if (one.substr(0, equals) != name) {
            continue;
        }
        if (found) {
            return usage_error("{}: given twice", name);
        }
        found = one.substr(std::min(equals + 1, one.size()));
    }
    return found;
}

Result<std::optional<std::string>> Query::text(std::string_view name) const {
    const auto value = STRATA_TRY(raw(name));
    if (!value) {
        return std::optional<std::string>{};
    }
    auto decoded = percent_decode(*value, true);
    if (!decoded) {
        return at(std::string{name}, decoded.take_error());
    }
    return std::optional{decoded.take_value()};
}

Result<std::optional<std::string>> Query::bytes(std::string_view name) const {
    auto plain = STRATA_TRY(text(name));
    const std::string encoded_name = std::string{name} + ".b64";
    const auto encoded = STRATA_TRY(text(encoded_name));
    if (!encoded) {
        return plain;
    }
    if (plain) {
        return usage_error("{}: given twice, also as {}", name, encoded_name);
    }
    auto decoded = parse_base64(*encoded);
    if (!decoded) {
        return usage_error("{}: expected base64, found \"{}\"", encoded_name, shown(*encoded));
    }
    return decoded;
}

Result<std::optional<std::uint64_t>> Query::number(std::string_view name) const {
    const auto value = STRATA_TRY(text(name));
    if (!value) {
        return std::optional<std::uint64_t>{};
    }
    const auto number = parse_number(*value);
    if (!number) {
        return usage_error("{}: expected a number that is not negative, found \"{}\"", name,
                           shown(*value));
    }
    return number;
}

Result<bool> Query::flag(std::string_view name) const {
    const auto value = STRATA_TRY(raw(name));
    if (!value || *value == "0" || *value == "false") {
        return false;
    }
    if (value->empty() || *value == "1" || *value == "true") {
        return true;
    }
    return usage_error("{}: expected 1 or 0, found \"{}\"", name, shown(*value));
}

Result<std::optional<SyncMode>> Query::sync() const {
    const auto value = STRATA_TRY(text("sync"));
    if (!value) {
        return std::optional<SyncMode>{};
    }
    auto mode = parse_sync_mode(*value);
    if (!mode) {
        return at("sync", mode.take_error());
    }
    return std::optional{mode.take_value()};
}

Status check_key(Bytes key) {
    if (key.empty()) {
        return usage_error("the key is empty; a key has at least one byte");
    }
    if (key.size() > key_size_max) {
        return usage_error("the key has {} bytes, at most {} are allowed", key.size(),
                           key_size_max);
    }
    return {};
}

Result<Bytes> key_of(const Request& request, std::string_view rest) {
    thread_local std::string buffer;
    if (rest.empty() && !request.query.empty()) {
        const auto encoded = STRATA_TRY(Query{request.query}.bytes("key"));
        if (encoded) {
            buffer = *encoded;
            STRATA_TRY(check_key(buffer));
            return Bytes{buffer};
        }
    }
    Bytes key = rest;
    if (rest.find('%') != std::string_view::npos) {
        // Three characters for a byte are the most there can be.
        if (rest.size() > 3 * key_size_max) {
            return usage_error("the key has more than {} bytes", key_size_max);
        }
        buffer.clear();
        STRATA_TRY(decode_into(buffer, rest, false));
        key = buffer;
    }
    STRATA_TRY(check_key(key));
    return key;
}

}  // namespace strata::tools
