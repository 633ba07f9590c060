// SPDX-License-Identifier: Apache-2.0
#include "http/good_client.hpp"

#include "http/wire.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace strata::test {
namespace {

using Clock = std::chrono::steady_clock;

// Pause between two requests: somebody must be there, not use the machine up.
constexpr std::chrono::milliseconds pause{2};

// A connection that was idle for longer may have been closed by the server, as when this whole
// machine stood still.
constexpr std::chrono::seconds idle_max{5};

}  // namespace

GoodClient::GoodClient(std::uint16_t port) : port_{port} {
    const int status = put(port, sentinel_key, sentinel_value).status;
    REQUIRE((status == 201 || status == 204));
    thread_ = std::thread{[this] { run(); }};
}

void GoodClient::run() {
    const std::string request =
        fmt::format("GET /v1/kv/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", sentinel_key);
    auto wire = std::make_unique<Wire>(port_);
    Clock::time_point last = Clock::now();
    while (!stopping_ && failure_.empty()) {
        const Clock::time_point begin = Clock::now();
        Answer answer;
        wire->send(request);
        const Wire::Got got = wire->receive(answer);
        const Clock::time_point end = Clock::now();
        if (got == Wire::Got::answer && answer.status == 200 && answer.body == sentinel_value) {
            milliseconds_.push_back(std::chrono::duration<double, std::milli>(end - begin).count());
            ++served_;
        } else if (got == Wire::Got::closed && end - last > idle_max) {
            wire = std::make_unique<Wire>(port_);
        } else {
            failure_ = fmt::format("request {}: outcome {}, status {}, body \"{}\"", served_.load(),
                                   static_cast<int>(got), answer.status, answer.body);
        }
        last = end;
        std::this_thread::sleep_for(pause);
    }
}

void GoodClient::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void GoodClient::stop_and_check() {
    stop();
    CHECK_MESSAGE(failure_.empty(), "a good client was not served: " << failure_);
    REQUIRE(served_ > 0);
    std::ranges::sort(milliseconds_);
    MESSAGE(fmt::format("good client: {} requests, p50 {:.2f} ms, p99 {:.2f} ms", served_.load(),
                        quantile_ms(0.5), quantile_ms(0.99)));
}

double GoodClient::quantile_ms(double share) const {
    const auto last = static_cast<double>(milliseconds_.size() - 1);
    return milliseconds_[static_cast<std::size_t>(share * last)];
}

}  // namespace strata::test
