// SPDX-License-Identifier: Apache-2.0
#include "routes/asking.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace strata::tools {
namespace {

std::unique_ptr<Store> memory_store() {
    auto store = open("memory:");
    REQUIRE(store);
    return store.take_value();
}

Method method_of(std::string_view name) {
    constexpr std::string_view names[] = {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (names[i] == name) {
            return static_cast<Method>(i);
        }
    }
    return Method::other;
}

Answered answered_of(Response response, bool head) {
    // Of a body there is only one kind.
    CHECK(!(response.value && !response.body.empty()));
    CHECK(!(response.source && (response.value || !response.body.empty())));
    Answered answered{.status = response.status,
                      .type = std::string{response.content_type},
                      .close = response.close};
    if (response.sequence) {
        answered.etag = fmt::format("\"{}\"", *response.sequence);
    }
    for (auto& [name, value] : response.headers) {
        answered.headers.emplace_back(std::string{name}, std::move(value));
    }
    answered.body = std::move(response.body);
    if (response.value) {
        answered.body = response.value->bytes().substr(
            response.value_offset, response.value_size.value_or(std::string::npos));
    }
    constexpr std::size_t wanted = 4096;
    for (bool more = response.source != nullptr; more; ++answered.pieces) {
        more = response.source->next(answered.body, wanted);
    }
    if (head) {
        answered.body.clear();
    }
    return answered;
}

}  // namespace

std::string Answered::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

Asking::Asking(const ServiceOptions& options) : Asking{memory_store(), options} {}

Asking::Asking(std::unique_ptr<Store> store, const ServiceOptions& options)
    : store_{std::move(store)}, service_{std::make_unique<Service>(*store_, "memory:", options)} {}

Answered Asking::ask(const Asked& asked) {
    std::vector<Header> headers;
    for (const auto& [name, value] : asked.headers) {
        headers.push_back({name, value});
    }
    const std::string_view target = asked.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    Request request{.method = method_of(asked.method),
                    .path = target.substr(0, mark),
                    .query = target.substr(std::min(mark + 1, target.size())),
                    .headers = headers,
                    .client = "127.0.0.1",
                    .identity = &identity};
    const bool head = request.method == Method::head;
    Match match = find_route(*service_, request);
    if (match.route == nullptr) {
        return answered_of(std::move(match.refusal), head);
    }
    if (auto refused = refuse(*service_, request, *match.route)) {
        return answered_of(std::move(*refused), head);
    }
    if (!match.route->takes_pieces) {
        request.body = asked.body;
    }
    Answer answer = match.route->handler(*service_, request, match.rest);
    if (auto* write = std::get_if<PendingWrite>(&answer)) {
        return answered_of(write->answer(store_->write(write->batch, write->options)), head);
    }
    if (auto* sink = std::get_if<std::unique_ptr<BodySink>>(&answer)) {
        CHECK(match.route->takes_pieces);
        std::string_view rest = asked.body;
        bool more = true;
        while (more && !rest.empty()) {
            const std::string_view piece = rest.substr(0, piece_size);
            rest.remove_prefix(piece.size());
            more = (*sink)->take(piece);
        }
        return answered_of((*sink)->finish(), head);
    }
    return answered_of(std::move(std::get<Response>(answer)), head);
}

std::string text_of(const Answered& answered) {
    std::string text = fmt::format("{}", answered.status);
    text += answered.type.empty() ? "" : " " + answered.type;
    text += answered.etag.empty() ? "" : " etag=" + answered.etag;
    text += answered.pieces == 0 ? "" : " in pieces";
    text += answered.close ? " close\n" : "\n";
    for (const auto& [name, value] : answered.headers) {
        text += fmt::format("{}: {}\n", name, value);
    }
    text += answered.body;
    if (!text.ends_with('\n')) {
        text += '\n';
    }
    return text;
}

Asked parse_request(std::string_view text) {
    Asked asked;
    const auto line = [&text] {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return one;
    };
    const std::string_view first = line();
    const std::size_t blank = std::min(first.find(' '), first.size());
    asked.method = first.substr(0, blank);
    asked.target = first.substr(std::min(blank + 1, first.size()));
    while (!text.empty()) {
        const std::string_view header = line();
        if (header.empty()) {
            break;
        }
        const std::size_t colon = header.find(": ");
        REQUIRE(colon != std::string_view::npos);
        asked.headers.emplace_back(std::string{header.substr(0, colon)},
                                   std::string{header.substr(colon + 2)});
    }
    // The line end of the last line belongs to the file, not to the body.
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    asked.body = text;
    return asked;
}

}  // namespace strata::tools
