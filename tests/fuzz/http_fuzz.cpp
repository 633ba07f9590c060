// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a client sends: cut into requests, routed, and carried out on a store in
// memory. Whatever they are, nothing breaks, every answer is well-formed, and no byte of a request
// gets into the head of an answer. The first byte says who asks, what the server allows, and in
// pieces of which size the bytes arrive.
#include "base/assert.hpp"
#include "serve/access.hpp"
#include "serve/answer_head.hpp"
#include "serve/problem.hpp"
#include "serve/request_reader.hpp"
#include "serve/route.hpp"
#include "serve/service.hpp"

#include <strata/store.hpp>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace strata::tools {
namespace {

constexpr std::size_t body_max = std::size_t{64} << 10;
constexpr std::size_t streamed_max = std::size_t{1} << 20;

/// An answer as it goes out, its stream to the end.
class Checker {
  public:
    void operator()(Response response) {
        STRATA_ASSERT(response.status >= 200 && response.status <= 599);
        std::string body = response.value ? std::string{response.value->bytes()} : response.body;
        STRATA_ASSERT(!response.value || response.body.empty());
        STRATA_ASSERT(response.value_offset + response.value_size.value_or(0) <= body.size());
        if (response.source) {
            STRATA_ASSERT(body.empty());
            while (body.size() < streamed_max && response.source->next(body, 4096)) {
            }
        }
        check_head(response);
        const bool json = response.content_type.starts_with("application/json") ||
                          response.content_type.starts_with("application/problem+json");
        if (json && !body.empty() && body.size() < streamed_max) {
            boost::json::error_code error;
            boost::json::parse(body, error);
            STRATA_ASSERT(!error);
        }
    }

  private:
    /// Lines of name, colon, value, each ended by CRLF: what came from the request is in no line of
    /// its own.
    static void check_head(const Response& response) {
        std::string head;
        append_answer_head(head, response, {.date = "Thu, 01 Jan 1970 00:00:00 GMT", .length = 0});
        STRATA_ASSERT(head.ends_with("\r\n\r\n"));
        STRATA_ASSERT(head.find("\r\n\r\n") == head.size() - 4);
        for (std::size_t i = 0; i < head.size(); ++i) {
            const auto byte = static_cast<unsigned char>(head[i]);
            const bool ends_line = (byte == '\r' && head[i + 1] == '\n') ||
                                   (byte == '\n' && i > 0 && head[i - 1] == '\r');
            STRATA_ASSERT(byte >= 0x20 || byte == '\t' || ends_line);
        }
    }
};

/// Does with requests what a connection does, without its socket and its threads.
class Client {
  public:
    explicit Client(std::uint8_t choice)
        : store_{open("memory:").take_value()},
          service_{*store_, "memory:",
                   ServiceOptions{.read_only = (choice & 1U) != 0, .body_max = body_max}} {
        static constexpr Scope scopes[] = {Scope::admin, Scope::admin, Scope::write, Scope::read};
        identity_.scope = scopes[(choice >> 1U) & 3U];
        identity_.prefix = (choice & 8U) != 0 ? "k" : "";
        for (const std::string_view key : {"key", "k2", "other"}) {
            STRATA_ASSERT(store_->put(key, "value").has_value());
        }
    }

    void receive(std::string_view bytes, std::size_t piece) {
        while (!bytes.empty() && !refused_) {
            const auto space = reader_.space();
            const std::size_t size = std::min({piece, bytes.size(), space.size()});
            std::memcpy(space.data(), bytes.data(), size);
            reader_.add(size);
            bytes.remove_prefix(size);
            while (!refused_ && step()) {
            }
        }
        if (sink_) {
            sink_->abandon();
        }
    }

  private:
    /// False when more bytes are needed.
    bool step() {
        using Step = RequestReader::Step;
        switch (reader_.next()) {
            case Step::need_more:
                return false;
            case Step::head:
                begin();
                break;
            case Step::piece:
                if (!sink_->take(reader_.piece())) {
                    finish_sink();
                    refused_ = true;
                }
                break;
            case Step::request:
                if (sink_) {
                    finish_sink();
                } else {
                    answer();
                }
                reader_.finish();
                break;
            case Step::refused: {
                const Refusal& refusal = reader_.refusal();
                check_(problem_answer(
                    {.status = refusal.status, .code = refusal.code, .detail = refusal.detail}));
                refused_ = true;
                break;
            }
        }
        return true;
    }

    Request& identified() {
        Request& request = reader_.request();
        request.identity = &identity_;
        request.client = "127.0.0.1";
        return request;
    }

    /// A head whose body follows: what does not take it in pieces waits for all of it.
    void begin() {
        const Request& request = identified();
        const Match match = find_route(service_, request);
        if (match.route == nullptr || !match.route->takes_pieces ||
            refuse(service_, request, *match.route)) {
            return;
        }
        reader_.take_pieces();
        const Match again = find_route(service_, identified());
        Answer answer = again.route->handler(service_, reader_.request(), again.rest);
        if (auto* sink = std::get_if<std::unique_ptr<BodySink>>(&answer)) {
            sink_ = std::move(*sink);
        } else {
            check_(std::move(std::get<Response>(answer)));
            refused_ = true;
        }
    }

    void answer() {
        const Request& request = identified();
        Match match = find_route(service_, request);
        if (match.route == nullptr) {
            check_(std::move(match.refusal));
            return;
        }
        if (auto refusal = refuse(service_, request, *match.route)) {
            check_(std::move(*refusal));
            return;
        }
        Answer answer = match.route->handler(service_, request, match.rest);
        if (auto* write = std::get_if<PendingWrite>(&answer)) {
            check_(write->answer(store_->write(write->batch, write->options)));
        } else if (auto* sink = std::get_if<std::unique_ptr<BodySink>>(&answer)) {
            // Without a body there is no piece either.
            STRATA_ASSERT(match.route->takes_pieces);
            check_((*sink)->finish());
        } else {
            check_(std::move(std::get<Response>(answer)));
        }
    }

    void finish_sink() {
        check_(sink_->finish());
        sink_.reset();
    }

    std::unique_ptr<Store> store_;
    Service service_;
    Identity identity_;
    RequestReader reader_{body_max};
    std::unique_ptr<BodySink> sink_;
    Checker check_;
    bool refused_ = false;
};

}  // namespace
}  // namespace strata::tools

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    static constexpr std::size_t pieces[] = {1, 7, 1000, 1 << 20};
    strata::tools::Client client{data[0]};
    client.receive({reinterpret_cast<const char*>(data) + 1, size - 1},
                   pieces[(data[0] >> 4U) & 3U]);
    return 0;
}
