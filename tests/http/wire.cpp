// SPDX-License-Identifier: Apache-2.0
#include "http/wire.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>

namespace strata::test {
namespace {

// Nothing here is that slow; a machine that stands still for a while may be.
constexpr int silence_ms = 60'000;

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
    for (const auto& [field, value] : headers) {
        if (field == name) {
            return value;
        }
    }
    return {};
}

Wire::Wire(std::uint16_t port, int receive_buffer) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(socket_ >= 0);
    if (receive_buffer > 0) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
}

Wire::~Wire() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

bool Wire::wait(Wait what) {
    ::pollfd one{socket_, static_cast<short>(what == Wait::out ? POLLIN | POLLOUT : POLLIN), 0};
    if (::poll(&one, 1, silence_ms) != 1) {
        silent_ = true;
        return false;
    }
    if ((one.revents & POLLIN) != 0 && !closed_ && what == Wait::out) {
        fill();
    }
    return true;
}

bool Wire::fill() {
    char piece[1 << 16];
    const ::ssize_t size = ::recv(socket_, piece, sizeof piece, MSG_DONTWAIT);
    if (size > 0) {
        buffer_.append(piece, static_cast<std::size_t>(size));
        return true;
    }
    if (size == 0 || errno != EAGAIN) {
        closed_ = true;
        return false;
    }
    return true;
}

bool Wire::send(std::string_view bytes, std::size_t piece) {
    while (!bytes.empty()) {
        const std::size_t wanted = std::min(piece, bytes.size());
        const ::ssize_t sent = ::send(socket_, bytes.data(), wanted, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN || !wait(Wait::out) || closed_) {
            return false;
        }
    }
    return true;
}

void Wire::end() { ::shutdown(socket_, SHUT_WR); }

void Wire::reset() {
    const ::linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(std::exchange(socket_, -1));
}

bool Wire::take_line(std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (closed_ || !wait(Wait::in) || !fill()) {
            return false;
        }
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
}

bool Wire::take(std::size_t size, std::string& out) {
    while (buffer_.size() < size) {
        if (closed_ || !wait(Wait::in) || !fill()) {
            return false;
        }
    }
    out.append(buffer_, 0, size);
    buffer_.erase(0, size);
    return true;
}

bool Wire::parse_head(Answer& answer) {
    std::string line;
    if (!take_line(line)) {
        return false;
    }
    if (!line.starts_with("HTTP/1.1 ") || line.size() < 12) {
        answer.body = "no status line: " + line;
        return false;
    }
    answer.status = std::atoi(line.c_str() + 9);
    while (take_line(line)) {
        if (line.empty()) {
            return true;
        }
        const std::size_t colon = line.find(": ");
        if (colon == std::string::npos) {
            answer.body = "no field: " + line;
            return false;
        }
        answer.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
    }
    return false;
}

bool Wire::parse_body(Answer& answer, bool head) {
    if (head || answer.status < 200 || answer.status == 204 || answer.status == 304) {
        return true;
    }
    if (answer.header("transfer-encoding") != "chunked") {
        const std::string length = answer.header("content-length");
        if (length.empty()) {
            answer.body = "an answer of unknown length";
            return false;
        }
        return take(std::stoull(length), answer.body);
    }
    std::string line;
    std::string end;
    while (take_line(line)) {
        const std::size_t size = std::stoull(line, nullptr, 16);
        if (!take(size, answer.body) || !take(2, end)) {
            return false;
        }
        if (size == 0) {
            return true;
        }
    }
    return false;
}

Wire::Got Wire::receive(Answer& answer, bool head) {
    answer = {};
    if (parse_head(answer) && parse_body(answer, head)) {
        return Got::answer;
    }
    if (silent_) {
        return Got::silent;
    }
    return answer.status == 0 && answer.body.empty() && buffer_.empty() ? Got::closed : Got::cut;
}

bool Wire::await_end() {
    while (!closed_) {
        if (!wait(Wait::in)) {
            return false;
        }
        fill();
        buffer_.clear();
    }
    return true;
}

bool Wire::ended() {
    if (!closed_) {
        fill();
    }
    return closed_;
}

Answer ask(std::uint16_t port, std::string_view request) {
    Wire wire{port};
    wire.send(request);
    Answer answer;
    if (wire.receive(answer, request.starts_with("HEAD ")) != Wire::Got::answer) {
        return {};
    }
    return answer;
}

Answer put(std::uint16_t port, std::string_view key, std::string_view value) {
    return ask(port, fmt::format("PUT /v1/kv/{} HTTP/1.1\r\nHost: localhost\r\n"
                                 "Content-Length: {}\r\n\r\n{}",
                                 key, value.size(), value));
}

Answer get(std::uint16_t port, std::string_view key) {
    return ask(port, fmt::format("GET /v1/kv/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", key));
}

}  // namespace strata::test
