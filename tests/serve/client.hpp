// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace strata::test {

/// A client that sends exactly the bytes it is told to, and reads with a limit of time, so that a
/// server that hangs fails a test instead of hanging it.
class Client {
  public:
    /// "http://127.0.0.1:8080" or "unix:/path". `receive_buffer`: bytes, 0 for the usual.
    explicit Client(const std::string& url, int receive_buffer = 0);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    void send(std::string_view bytes);
    /// As much as the socket takes at once.
    std::size_t send_some(std::string_view bytes);
    /// Says that nothing more follows.
    void end();
    /// Closes at once; what was not read is thrown away, which resets the connection.
    void reset();

    /// One whole answer, with the body that its head announces; "" when the connection ended before
    /// it was complete. `head_only`: it is the answer to a HEAD.
    std::string answer(bool head_only = false);
    /// Everything up to the end.
    std::string rest();
    /// True when the server has closed, and nothing was left to read.
    bool ended();
    /// A part, at least one byte, at most `size`; "" at the end.
    std::string part(std::size_t size);

  private:
    bool fill();

    int descriptor_ = -1;
    std::string read_;
};

/// "PUT /key" with a body, or any method and target without.
std::string request(std::string_view line, std::string_view body = {},
                    std::string_view fields = {});
/// 200 of "HTTP/1.1 200 OK"; 0 when there is none.
int status_of(std::string_view answer);
/// Behind the head.
std::string body_of(std::string_view answer);
/// The value of a field, or "".
std::string field_of(std::string_view answer, std::string_view name);

}  // namespace strata::test
