// SPDX-License-Identifier: Apache-2.0
#include "serve/listen_socket.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace strata::tools {
namespace {

constexpr int first_inherited = 3;
constexpr int inherited_max = 64;

/// A socket address of any family. The C interface wants casts; they are all here.
class SocketAddress {
  public:
    sockaddr* get() noexcept { return static_cast<sockaddr*>(static_cast<void*>(&storage_)); }
    template <typename Family>
    const Family& as() const noexcept {
        return *static_cast<const Family*>(static_cast<const void*>(&storage_));
    }
    socklen_t* size() noexcept { return &size_; }
    [[nodiscard]] int family() const noexcept { return storage_.ss_family; }

    [[nodiscard]] std::string host() const {
        char text[INET6_ADDRSTRLEN] = "";
        if (family() == AF_INET) {
            inet_ntop(AF_INET, &as<sockaddr_in>().sin_addr, text, sizeof text);
            return text;
        }
        const in6_addr& address = as<sockaddr_in6>().sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address)) {
            inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text);
            return text;
        }
        inet_ntop(AF_INET6, &address, text, sizeof text);
        return text;
    }
    [[nodiscard]] unsigned port() const {
        return ntohs(family() == AF_INET ? as<sockaddr_in>().sin_port
                                         : as<sockaddr_in6>().sin6_port);
    }
    [[nodiscard]] bool is_loopback() const {
        if (family() == AF_INET) {
            return ntohl(as<sockaddr_in>().sin_addr.s_addr) >> 24 == 127;
        }
        return IN6_IS_ADDR_LOOPBACK(&as<sockaddr_in6>().sin6_addr) != 0;
    }

  private:
    sockaddr_storage storage_{};
    socklen_t size_ = sizeof storage_;
};

struct HostAndPort {
    std::string host{};
    std::string port{};
};

Result<HostAndPort> split(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    HostAndPort parts;
    if (colon != std::string_view::npos) {
        parts.host = address.substr(0, colon);
        parts.port = address.substr(colon + 1);
    }
    unsigned port = 0;
    const char* end = parts.port.data() + parts.port.size();
    const auto parsed = std::from_chars(parts.port.data(), end, port);
    const bool bracketed = parts.host.starts_with('[') && parts.host.ends_with(']');
    if (parts.port.empty() || parsed.ptr != end || parsed.ec != std::errc{} || port > 65535 ||
        (!bracketed && parts.host.find(':') != std::string::npos)) {
        return usage_error(
            "expected ADDRESS:PORT, as in 127.0.0.1:8080, [::1]:8080 or :8080, found \"{}\"",
            escaped(address));
    }
    if (bracketed) {
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    } else if (parts.host == "*") {
        parts.host.clear();
    }
    return parts;
}

Result<ListenSocket> listen_at(const addrinfo& address, const std::string& name) {
    const int descriptor =
        ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return system_error(name, "socket");
    }
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ai_family == AF_INET6) {
        // The same port over IPv4 is a listener of its own.
        ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (::bind(descriptor, address.ai_addr, address.ai_addrlen) != 0 ||
        ::listen(descriptor, SOMAXCONN) != 0) {
        Error error = system_error(name, "listen");
        if (errno == EADDRINUSE) {
            error.message += "; another program listens there: choose another port, or 0 for any";
        }
        ::close(descriptor);
        return error;
    }
    return ListenSocket{descriptor, ""};
}

/// A socket file that nobody answers at is left from a server that was killed.
Status remove_stale(const std::string& path, const sockaddr* address, socklen_t size) {
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) {
        return {};
    }
    if (!S_ISSOCK(facts.st_mode)) {
        return usage_error("{}: is there already, and is no socket", path);
    }
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool alive = probe >= 0 && ::connect(probe, address, size) == 0;
    ::close(probe);
    if (alive) {
        return fail(ErrorCode::busy, "{}: another server listens there", path);
    }
    ::unlink(path.c_str());
    return {};
}

}  // namespace

ListenSocket::ListenSocket(int descriptor, std::string unlink_path)
    : descriptor_{descriptor}, unlink_path_{std::move(unlink_path)} {
    describe();
}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(unlink_path_, other.unlink_path_);
    std::swap(url_, other.url_);
    std::swap(host_, other.host_);
    std::swap(local_, other.local_);
    return *this;
}

ListenSocket::~ListenSocket() {
    if (!unlink_path_.empty()) {
        ::unlink(unlink_path_.c_str());
    }
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void ListenSocket::describe() {
    SocketAddress address;
    if (::getsockname(descriptor_, address.get(), address.size()) != 0) {
        return;
    }
    if (address.family() == AF_UNIX) {
        const std::size_t offset = offsetof(sockaddr_un, sun_path);
        const std::size_t size = *address.size() > offset ? *address.size() - offset : 0;
        const char* path = address.as<sockaddr_un>().sun_path;
        url_ = fmt::format("unix:{}", std::string_view{path, ::strnlen(path, size)});
        return;
    }
    host_ = address.host();
    if (host_.find(':') != std::string::npos) {
        host_ = "[" + host_ + "]";
    }
    url_ = fmt::format("http://{}:{}", host_, address.port());
    local_ = address.is_loopback();
}

Result<std::vector<ListenSocket>> listen_tcp(std::string_view address) {
    const HostAndPort parts = STRATA_TRY(split(address));
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int status = ::getaddrinfo(parts.host.empty() ? nullptr : parts.host.c_str(),
                                     parts.port.c_str(), &hints, &list);
    if (status != 0) {
        return usage_error("{}: no such address: {}", escaped(address), ::gai_strerror(status));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
    std::vector<ListenSocket> sockets;
    std::unique_ptr<Error> failure;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
        auto socket = listen_at(*one, std::string{address});
        if (socket) {
            sockets.push_back(socket.take_value());
        } else {
            failure = std::make_unique<Error>(socket.take_error());
        }
    }
    // A machine without IPv6 still resolves names to addresses of that kind.
    if (sockets.empty() ||
        (failure != nullptr && failure->message.find("in use") != std::string::npos)) {
        return std::move(*failure);
    }
    return sockets;
}

Result<ListenSocket> listen_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return usage_error("{}: the path of a socket has 1 to {} bytes", escaped(path),
                           sizeof address.sun_path - 1);
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    STRATA_TRY(remove_stale(path, generic, sizeof address));
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return system_error(path, "socket");
    }
    // Nobody can connect before listen(), so that there is no moment with other rights.
    if (::bind(descriptor, generic, sizeof address) != 0 || ::chmod(path.c_str(), 0600) != 0 ||
        ::listen(descriptor, SOMAXCONN) != 0) {
        Error error = system_error(path, "listen");
        ::close(descriptor);
        return error;
    }
    return ListenSocket{descriptor, path};
}

Result<std::vector<ListenSocket>> inherited_sockets() {
    std::vector<ListenSocket> sockets;
    const char* pid = std::getenv("LISTEN_PID");
    const char* number = std::getenv("LISTEN_FDS");
    if (pid == nullptr || number == nullptr || std::to_string(::getpid()) != pid) {
        return sockets;
    }
    int count = 0;
    const char* end = number + std::strlen(number);
    const auto parsed = std::from_chars(number, end, count);
    if (parsed.ptr != end || parsed.ec != std::errc{} || count < 0 || count > inherited_max) {
        return usage_error("LISTEN_FDS: expected a number up to {}, found \"{}\"", inherited_max,
                           escaped(number));
    }
    for (int descriptor = first_inherited; descriptor < first_inherited + count; ++descriptor) {
        int listens = 0;
        socklen_t size = sizeof listens;
        if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
            listens == 0) {
            return usage_error("LISTEN_FDS: descriptor {} is not a socket that listens",
                               descriptor);
        }
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
        sockets.emplace_back(descriptor, "");
    }
    return sockets;
}

std::string peer_name(int descriptor) {
    SocketAddress address;
    if (::getpeername(descriptor, address.get(), address.size()) != 0 ||
        (address.family() != AF_INET && address.family() != AF_INET6)) {
        return "unix";
    }
    return address.host();
}

}  // namespace strata::tools
