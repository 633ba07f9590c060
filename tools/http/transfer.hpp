// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/endpoint.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One request after the other over one connection, by libcurl.
namespace strata::tools {

/// How to reach a server.
struct HttpSettings {
    Endpoint endpoint{};
    std::string token{};  ///< of "Authorization: Bearer"; empty: none
    std::chrono::milliseconds connect_timeout{10'000};
    /// A transfer that moves no byte for so long has failed.
    std::chrono::seconds idle_timeout{60};
};

struct HttpRequest {
    const char* method = "GET";
    std::string target{};  ///< path and query, encoded
    Bytes body{};          ///< must outlive the request
    const char* content_type = nullptr;
    const char* accept = nullptr;
    std::vector<std::string> headers{};  ///< "Name: value"
    /// It may be carried out twice, when a connection breaks before the answer comes. All others
    /// end with an error then, whose outcome is unknown.
    bool repeatable = true;
};

/// The head of an answer.
struct HttpHead {
    int status = 0;
    std::string content_type{};  ///< without parameters, lower case
    std::string location{};
    std::optional<Sequence> sequence{};  ///< of Strata-Seq, else of ETag
};

struct HttpAnswer {
    HttpHead head{};
    std::string body{};
};

/// A connection and what runs over it. One thread at a time. Ctrl-C and --timeout (interrupt.hpp)
/// end what is running with an error, but not a request that begins after them.
class Transfer {
  public:
    /// Longest body of an answer that is taken whole, in bytes.
    static constexpr std::size_t answer_max = std::size_t{512} << 20;
    /// Bytes of a streamed answer that wait to be read, before the server is made to wait.
    static constexpr std::size_t stream_buffer = std::size_t{1} << 20;

    static Result<std::unique_ptr<Transfer>> make(const HttpSettings& settings);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    /// Closes the connection.
    ~Transfer();

    /// Sends a request and takes its whole answer.
    Result<HttpAnswer> ask(const HttpRequest& request);

    /// Sends a request whose answer is read piece by piece, and waits for the head of the answer.
    Result<HttpHead> begin(const HttpRequest& request);
    /// Appends what has come of the body to `out`, waiting for something to come; false at its end.
    Result<bool> read(std::string& out);
    /// Ends the answer that began; unless it was read to its end, the connection is closed.
    void end() noexcept;

  private:
    struct State;

    explicit Transfer(const HttpSettings& settings);
    [[nodiscard]] Status prepare(const HttpRequest& request, std::size_t body_max);
    template <typename Done>
    Status run_until(const Done& done);
    Error failure(int code) const;

    const HttpSettings& settings_;
    std::unique_ptr<State> state_;
};

}  // namespace strata::tools
