// SPDX-License-Identifier: Apache-2.0
// The least that a server can do: threads that each wait on an epoll of their own, look for the
// empty line behind a request, and answer a constant. What it needs of the processor is what the
// kernel needs for sockets; a server that does more can be measured against it.
//
//     bare_server PORT THREADS
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::string_view request_end = "\r\n\r\n";
constexpr std::size_t value_size = 100;

std::string make_answer() {
    return "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
           "Content-Type: application/octet-stream\r\nContent-Length: " +
           std::to_string(value_size) + "\r\n\r\n" + std::string(value_size, 'v');
}

int listen_on(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket, 1024) != 0) {
        std::perror("bare_server");
        std::exit(EXIT_FAILURE);
    }
    return socket;
}

void watch(int epoll, int socket) {
    ::epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

class Loop {
  public:
    explicit Loop(std::uint16_t port) : listener_{listen_on(port)}, epoll_{::epoll_create1(0)} {
        watch(epoll_, listener_);
    }

    [[noreturn]] void run() {
        std::array<::epoll_event, 256> events;
        while (true) {
            const int count =
                ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                const int socket = events[static_cast<std::size_t>(i)].data.fd;
                if (socket == listener_) {
                    accept_all();
                } else {
                    serve(socket);
                }
            }
        }
    }

  private:
    void accept_all() {
        int socket = 0;
        while ((socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
            const int on = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(epoll_, socket);
        }
    }

    /// Answers to what one read brought are written together.
    void serve(int socket) {
        const ::ssize_t size = ::recv(socket, buffer_.data(), buffer_.size(), 0);
        if (size <= 0) {
            halves_.erase(socket);
            ::close(socket);
            return;
        }
        std::string_view bytes{buffer_.data(), static_cast<std::size_t>(size)};
        std::string joined;
        if (const auto half = halves_.find(socket); half != halves_.end()) {
            joined = half->second + std::string{bytes};
            bytes = joined;
        }
        out_.clear();
        std::size_t end = 0;
        while ((end = bytes.find(request_end)) != std::string_view::npos) {
            bytes.remove_prefix(end + request_end.size());
            out_ += answer_;
        }
        // The client reads everything it has asked for, so its buffers have room for this.
        static_cast<void>(!::send(socket, out_.data(), out_.size(), MSG_NOSIGNAL));
        if (bytes.empty()) {
            halves_.erase(socket);
        } else {
            halves_[socket] = std::string{bytes};
        }
    }

    const std::string answer_ = make_answer();
    int listener_;
    int epoll_;
    std::array<char, std::size_t{64} << 10> buffer_{};
    std::string out_;
    std::unordered_map<int, std::string> halves_;  ///< requests of which a part has arrived
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fputs("usage: bare_server PORT THREADS\n", stderr);
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10));
    const unsigned long wanted = std::strtoul(arguments[2], nullptr, 10);
    std::vector<std::thread> threads;
    for (unsigned long i = 0; i < wanted; ++i) {
        threads.emplace_back([port] { Loop{port}.run(); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    return 0;
}
