// SPDX-License-Identifier: Apache-2.0
#include "http/endpoint.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"

#include <sys/un.h>

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::string_view unix_scheme = "unix:";
constexpr std::string_view schemes[] = {"http://", "https://"};

bool is_unreserved(char byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

Result<Endpoint> parse_socket(std::string_view path) {
    constexpr std::size_t path_max = sizeof(sockaddr_un::sun_path) - 1;
    if (path.empty() || path.size() > path_max) {
        return usage_error("unix:{}: expected the path of a socket, 1 to {} bytes", escaped(path),
                           path_max);
    }
    return Endpoint{.name = fmt::format("unix:{}", path),
                    .base = "http://localhost",
                    .socket = std::string{path}};
}

}  // namespace

bool is_remote(std::string_view store_name) noexcept {
    return store_name.starts_with(unix_scheme) ||
           std::any_of(std::begin(schemes), std::end(schemes),
                       [store_name](std::string_view s) { return store_name.starts_with(s); });
}

Result<Endpoint> parse_endpoint(std::string_view store_name) {
    if (store_name.starts_with(unix_scheme)) {
        return parse_socket(store_name.substr(unix_scheme.size()));
    }
    while (store_name.ends_with('/')) {
        store_name.remove_suffix(1);
    }
    const std::size_t host = store_name.find("//");
    const bool has_host = host != std::string_view::npos && host + 2 < store_name.size();
    if (!is_remote(store_name) || !has_host) {
        return usage_error("\"{}\": expected http://HOST:PORT, https://HOST:PORT or unix:PATH",
                           escaped(store_name));
    }
    const std::string_view rest = store_name.substr(host + 2);
    if (rest.substr(0, rest.find('/')).find('@') != std::string_view::npos) {
        return usage_error(
            "the name of a store holds no password: $STRATA_TOKEN or --token-file gives the token");
    }
    const auto odd = [](char byte) { return byte <= ' ' || byte == '?' || byte == '#'; };
    if (std::any_of(rest.begin(), rest.end(), odd)) {
        return usage_error("\"{}\": expected http://HOST:PORT and perhaps a path, no more",
                           escaped(store_name));
    }
    return Endpoint{.name = std::string{store_name}, .base = std::string{store_name}};
}

void append_percent_encoded(std::string& out, Bytes bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char byte : bytes) {
        if (is_unreserved(byte)) {
            out += byte;
        } else {
            const auto value = static_cast<unsigned char>(byte);
            out += '%';
            out += digits[value >> 4U];
            out += digits[value & 15U];
        }
    }
}

TargetBuilder& TargetBuilder::bytes(std::string_view name, Bytes value) {
    target_ += first_ ? '?' : '&';
    first_ = false;
    target_ += name;
    target_ += '=';
    append_percent_encoded(target_, value);
    return *this;
}

TargetBuilder& TargetBuilder::number(std::string_view name, std::uint64_t value) {
    return bytes(name, fmt::format_int{value}.str());
}

}  // namespace strata::tools
