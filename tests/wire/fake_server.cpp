// SPDX-License-Identifier: Apache-2.0
#include "wire/fake_server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace strata::test {

bool Peer::receive() {
    char buffer[std::size_t{64} << 10];
    const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (got <= 0) {
        return false;
    }
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

std::string Peer::head() {
    constexpr std::string_view empty_line = "\r\n\r\n";
    while (true) {
        const std::size_t end = received_.find(empty_line);
        if (end != std::string::npos) {
            std::string head = received_.substr(0, end + empty_line.size());
            received_.erase(0, head.size());
            return head;
        }
        if (!receive()) {
            return {};
        }
    }
}

std::string Peer::body(std::size_t size) {
    while (received_.size() < size && receive()) {
    }
    std::string body = received_.substr(0, size);
    received_.erase(0, body.size());
    return body;
}

std::string Peer::request() {
    std::string text = head();
    constexpr std::string_view field = "Content-Length: ";
    const std::size_t at = text.find(field);
    if (at != std::string::npos) {
        text += body(std::strtoull(text.c_str() + at + field.size(), nullptr, 10));
    }
    return text;
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Peer::answer(int status, std::string_view body, std::string_view headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Words\r\n";
    text += headers;
    if (status != 204) {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return send(text + "\r\n") && send(body);
}

bool Peer::begin_chunks(std::string_view headers) {
    return send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n" + std::string{headers} +
                "Transfer-Encoding: chunked\r\n\r\n");
}

bool Peer::chunk(std::string_view bytes) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return send(size) && send(bytes) && send("\r\n");
}

bool Peer::end_chunks() { return send("0\r\n\r\n"); }

FakeServer::FakeServer(Serve serve) : serve_{std::move(serve)} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listener_ >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, any, size) == 0);
    REQUIRE(::listen(listener_, 64) == 0);
    REQUIRE(::getsockname(listener_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
}

FakeServer::~FakeServer() {
    refuse();
    acceptor_.join();
    ::close(listener_);
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock{mutex_};
        for (const int descriptor : open_) {
            ::shutdown(descriptor, SHUT_RDWR);
        }
        threads.swap(threads_);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

std::string FakeServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void FakeServer::refuse() { ::shutdown(listener_, SHUT_RDWR); }

void FakeServer::accept_all() {
    while (true) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;
        }
        const std::lock_guard lock{mutex_};
        open_.push_back(descriptor);
        const std::size_t number = connections_++;
        threads_.emplace_back([this, descriptor, number] { serve_one(descriptor, number); });
    }
}

void FakeServer::serve_one(int descriptor, std::size_t number) {
    Peer peer{descriptor};
    serve_(peer, number);
    const std::lock_guard lock{mutex_};
    open_.erase(std::find(open_.begin(), open_.end(), descriptor));
    ::close(descriptor);
}

}  // namespace strata::test
