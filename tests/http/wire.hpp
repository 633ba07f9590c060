// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A client that sends any bytes over a real socket and reads answers as strictly as it can.
namespace strata::test {

struct Answer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};

    /// Of a name in lower case; empty when there is no such field.
    [[nodiscard]] std::string header(std::string_view name) const;
};

class Wire {
  public:
    enum class Got : std::uint8_t {
        answer,
        closed,
        cut,     ///< closed in the middle of an answer, or it is none: its body says so
        silent,  ///< neither an answer nor an end for as long as we wait
    };

    /// Connects. `receive_buffer`: bytes that the kernel may hold for us; 0: its own choice.
    explicit Wire(std::uint16_t port, int receive_buffer = 0);
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    Wire(Wire&& other) noexcept : socket_{std::exchange(other.socket_, -1)} {}
    ~Wire();

    /// Sends all of it, `piece` bytes at a time, and takes meanwhile what arrives, so that neither
    /// side waits for the other. False: the server has closed and takes no more.
    bool send(std::string_view bytes, std::size_t piece = ~std::size_t{0});
    /// Nothing more will be sent.
    void end();
    /// Closes at once: with a reset, so that the other side sees it as early as possible.
    void reset();
    /// Waits for the next answer. `head`: of a HEAD request, which has no body.
    Got receive(Answer& answer, bool head = false);
    /// Waits for the end of the connection and drops what comes before it. False: it does not end.
    bool await_end();
    /// Whether the server has closed, without waiting for it.
    [[nodiscard]] bool ended();

  private:
    enum class Wait : std::uint8_t { in, out };
    bool wait(Wait what);
    /// What arrived is in the buffer; false: the end, a reset, or silence.
    bool fill();
    bool parse_head(Answer& answer);
    bool parse_body(Answer& answer, bool head);
    bool take_line(std::string& line);
    bool take(std::size_t size, std::string& out);

    int socket_ = -1;
    bool silent_ = false;
    bool closed_ = false;
    std::string buffer_;
};

/// One request on a connection of its own. Status 0: no answer.
Answer ask(std::uint16_t port, std::string_view request);
Answer put(std::uint16_t port, std::string_view key, std::string_view value);
Answer get(std::uint16_t port, std::string_view key);

}  // namespace strata::test
