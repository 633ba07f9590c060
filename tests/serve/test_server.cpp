// SPDX-License-Identifier: Apache-2.0
#include "test_server.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace strata::test {
namespace {

using tools::Answer;
using tools::BodySink;
using tools::BodySource;
using tools::Method;
using tools::PendingWrite;
using tools::Request;
using tools::Response;
using tools::Route;
using tools::Runs;
using tools::Scope;
using tools::Service;

Response text(std::string body) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

std::size_t number(std::string_view digits) {
    std::size_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Answer hello(Service&, const Request&, std::string_view) { return text("hello"); }

Answer size(Service&, const Request&, std::string_view rest) {
    return text(std::string(number(rest), 's'));
}

Answer value(Service& service, const Request&, std::string_view rest) {
    auto found = service.store.get(rest);
    if (!found || !*found) {
        return Response{.status = 404};
    }
    return Response{.content_type = "application/octet-stream", .value = std::move(*found)};
}

Answer put(Service&, const Request& request, std::string_view rest) {
    PendingWrite write;
    CHECK(write.batch.put(rest, request.body).has_value());
    write.answer = [](const Result<Sequence>& result) {
        Response response;
        response.status = result ? 204 : 500;
        return response;
    };
    return write;
}

Answer echo(Service&, const Request& request, std::string_view) {
    std::string body{request.body};
    if (const auto field = request.header("X-Echo")) {
        body.append(" ").append(*field).append(" ").append(request.path);
    }
    return text(std::move(body));
}

Answer wait(Service&, const Request& request, std::string_view) {
    stage().arrive();
    stage().wait_until_open();
    return text("waited for " + std::string{request.path});
}

class Pieces final : public BodySource {
  public:
    explicit Pieces(std::size_t count) : left_{count} {}
    bool next(std::string& out, std::size_t) override {
        if (left_ > 0) {
            out.append(1000, static_cast<char>('a' + left_ % 26));
            --left_;
            stage().pulled.fetch_add(1);
        }
        return left_ > 0;
    }

  private:
    std::size_t left_;
};

Answer stream(Service&, const Request&, std::string_view rest) {
    Response response;
    response.content_type = "text/plain";
    response.source = std::make_unique<Pieces>(number(rest));
    return response;
}

class Counting final : public BodySink {
  public:
    Counting(bool waits, bool enough) : waits_{waits}, enough_{enough} {}
    bool take(std::string_view piece) override {
        if (waits_) {
            stage().arrive();
            stage().wait_until_open();
        }
        taken_ += piece.size();
        stage().taken.fetch_add(piece.size());
        stage().pieces.fetch_add(1);
        return !enough_;
    }
    Response finish() override {
        stage().finished.fetch_add(1);
        return text(std::to_string(taken_));
    }
    void abandon() noexcept override { stage().abandoned.fetch_add(1); }

  private:
    bool waits_;
    bool enough_;
    std::size_t taken_ = 0;
};

Answer sink(Service&, const Request& request, std::string_view) {
    return std::make_unique<Counting>(request.path == "/sink-wait", request.path == "/sink-enough");
}

constexpr Route routes[] = {
    {.method = Method::get, .pattern = "/hello", .handler = hello, .summary = ""},
    {.method = Method::get, .pattern = "/size/{key}", .handler = size, .summary = ""},
    {.method = Method::get, .pattern = "/value/{key}", .handler = value, .summary = ""},
    {.method = Method::put, .pattern = "/put/{key}", .handler = put, .summary = ""},
    {.method = Method::post, .pattern = "/echo", .handler = echo, .summary = ""},
    {.method = Method::post,
     .pattern = "/echo-worker",
     .runs = Runs::on_worker,
     .handler = echo,
     .summary = ""},
    {.method = Method::get,
     .pattern = "/wait",
     .runs = Runs::on_worker,
     .handler = wait,
     .summary = ""},
    {.method = Method::get, .pattern = "/stream/{key}", .handler = stream, .summary = ""},
    {.method = Method::post,
     .pattern = "/sink",
     .handler = sink,
     .summary = "",
     .takes_pieces = true},
    {.method = Method::post,
     .pattern = "/sink-wait",
     .handler = sink,
     .summary = "",
     .takes_pieces = true},
    {.method = Method::post,
     .pattern = "/sink-enough",
     .handler = sink,
     .summary = "",
     .takes_pieces = true},
};

tools::Match find(const Service&, const Request& request) {
    const Method method = request.method == Method::head ? Method::get : request.method;
    for (const Route& route : routes) {
        const std::size_t brace = route.pattern.find('{');
        const std::string_view fixed = route.pattern.substr(0, brace);
        const bool matches = brace == std::string_view::npos ? request.path == fixed
                                                             : request.path.starts_with(fixed);
        if (matches && route.method == method) {
            return {.route = &route, .rest = request.path.substr(fixed.size())};
        }
    }
    tools::Match match;
    match.refusal.status = 404;
    return match;
}

std::optional<Response> refuse(const Service&, const Request& request, const Route&) {
    if (request.identity->scope == Scope::none) {
        Response response;
        response.status = 401;
        return response;
    }
    return std::nullopt;
}

}  // namespace

void Stage::reset() {
    const std::lock_guard lock{mutex_};
    open_ = false;
    arrived_ = 0;
    pulled = 0;
    taken = 0;
    pieces = 0;
    finished = 0;
    abandoned = 0;
}

void Stage::open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
}

void Stage::wait_until_open() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return open_; });
}

void Stage::arrive() {
    const std::lock_guard lock{mutex_};
    ++arrived_;
    changed_.notify_all();
}

void Stage::wait_for_arrivals(int count) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return arrived_ >= count; });
}

Stage& stage() {
    static Stage the_stage;
    return the_stage;
}

TestServer::TestServer(tools::ServerOptions options) {
    stage().reset();
    auto opened = strata::open("memory:");
    REQUIRE(opened.has_value());
    store = opened.take_value();
    service = std::make_unique<tools::Service>(*store, "memory:", tools::ServiceOptions{});
    if (options.listen.empty() && options.unix_paths.empty()) {
        options.listen.emplace_back("127.0.0.1:0");
    }
    if (options.threads == 0) {
        options.threads = 2;
    }
    options.dispatch = {.find = find, .refuse = refuse};
    auto started = tools::Server::start(*service, std::move(options), [](const std::string&) {});
    REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().message));
    server = started.take_value();
}

TestServer::~TestServer() {
    stage().open();
    server->stop();
    server.reset();
}

}  // namespace strata::test
