// SPDX-License-Identifier: Apache-2.0
#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

namespace strata::test {
namespace {

constexpr int limit_ms = 60'000;

int connect_tcp(std::string_view address, int receive_buffer) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(std::string{address.substr(colon + 1)})));
    REQUIRE(::inet_pton(AF_INET, std::string{address.substr(0, colon)}.c_str(), &to.sin_addr) == 1);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    REQUIRE(::connect(descriptor, static_cast<const sockaddr*>(static_cast<const void*>(&to)),
                      sizeof to) == 0);
    return descriptor;
}

int connect_unix(std::string_view path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof to.sun_path);
    std::memcpy(to.sun_path, path.data(), path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(descriptor, static_cast<const sockaddr*>(static_cast<const void*>(&to)),
                      sizeof to) == 0);
    return descriptor;
}

/// Length of the chunked body at the beginning of `bytes`, 0 when it is not complete.
std::size_t chunked_length(std::string_view bytes) {
    std::size_t at = 0;
    while (true) {
        const std::size_t line = bytes.find("\r\n", at);
        if (line == std::string_view::npos) {
            return 0;
        }
        const std::size_t size = std::stoul(std::string{bytes.substr(at, line - at)}, nullptr, 16);
        at = line + 2 + size + 2;
        if (at > bytes.size()) {
            return 0;
        }
        if (size == 0) {
            return at;
        }
    }
}

}  // namespace

Client::Client(const std::string& url, int receive_buffer) {
    const std::string_view text = url;
    if (text.starts_with("unix:")) {
        descriptor_ = connect_unix(text.substr(5));
    } else {
        descriptor_ = connect_tcp(text.substr(7), receive_buffer);
    }
}

Client::~Client() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::size_t Client::send_some(std::string_view bytes) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void Client::end() { ::shutdown(descriptor_, SHUT_WR); }

void Client::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(descriptor_);
    descriptor_ = -1;
}

bool Client::fill() {
    const std::string more = [&] {
        std::string buffer(65536, '\0');
        pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
        REQUIRE(::poll(&ready, 1, limit_ms) == 1);
        const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
        buffer.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return buffer;
    }();
    read_ += more;
    return !more.empty();
}

std::string Client::part(std::size_t size) {
    if (read_.empty() && !fill()) {
        return {};
    }
    const std::string taken = read_.substr(0, size);
    read_.erase(0, taken.size());
    return taken;
}

std::string Client::answer(bool head_only) {
    while (true) {
        const std::size_t end = read_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const std::string head = read_.substr(0, end + 4);
            const int status = status_of(head);
            std::size_t length = 0;
            bool complete = true;
            if (head_only || status == 204 || status == 304 || status == 100) {
                length = 0;
            } else if (field_of(head, "Transfer-Encoding") == "chunked") {
                length = chunked_length(std::string_view{read_}.substr(head.size()));
                complete = length > 0;
            } else {
                length = std::stoul("0" + field_of(head, "Content-Length"));
            }
            if (complete && read_.size() >= head.size() + length) {
                const std::string whole = read_.substr(0, head.size() + length);
                read_.erase(0, whole.size());
                return whole;
            }
        }
        if (!fill()) {
            return {};
        }
    }
}

std::string Client::rest() {
    while (fill()) {
    }
    std::string all;
    all.swap(read_);
    return all;
}

bool Client::ended() { return read_.empty() && !fill(); }

std::string request(std::string_view line, std::string_view body, std::string_view fields) {
    std::string text{line};
    text.append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields);
    if (!body.empty()) {
        text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    return text.append("\r\n").append(body);
}

int status_of(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") && answer.size() > 12
               ? std::stoi(std::string{answer.substr(9, 3)})
               : 0;
}

std::string body_of(std::string_view answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string{} : std::string{answer.substr(end + 4)};
}

std::string field_of(std::string_view answer, std::string_view name) {
    const std::string wanted = "\r\n" + std::string{name} + ": ";
    const std::string_view head = answer.substr(0, answer.find("\r\n\r\n") + 2);
    const std::size_t at = head.find(wanted);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::size_t begin = at + wanted.size();
    return std::string{head.substr(begin, head.find("\r\n", begin) - begin)};
}

}  // namespace strata::test
