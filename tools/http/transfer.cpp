// SPDX-License-Identifier: Apache-2.0
#include "http/transfer.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/interrupt.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <system_error>
#include <utility>

namespace strata::tools {
namespace {

struct CurlLibrary {
    CurlLibrary() noexcept { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

struct FreeEasy {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeMulti {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

// The value of a header line when it has this name, in any case.
std::optional<std::string_view> header_value(std::string_view line, std::string_view name) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        !std::equal(name.begin(), name.end(), line.begin(),
                    [&same](char expected, char found) { return same(found, expected); })) {
        return std::nullopt;
    }
    line.remove_prefix(name.size() + 1);
    const std::size_t begin = line.find_first_not_of(" \t");
    const std::size_t end = line.find_last_not_of(" \t\r\n");
    return begin == std::string_view::npos || end < begin ? std::string_view{}
                                                          : line.substr(begin, end + 1 - begin);
}

std::optional<Sequence> sequence_of_tag(std::string_view tag) {
    if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') {
        return std::nullopt;
    }
    return parse_number(tag.substr(1, tag.size() - 2), sequence_max);
}

std::unique_ptr<curl_slist, FreeList> header_lines(const HttpSettings& settings,
                                                   const HttpRequest& request) {
    curl_slist* list = nullptr;
    const auto add = [&list](const std::string& line) {
        if (curl_slist* grown = curl_slist_append(list, line.c_str())) {
            list = grown;
        }
    };
    for (const std::string& line : request.headers) {
        add(line);
    }
    add(request.accept == nullptr ? "Accept:" : fmt::format("Accept: {}", request.accept));
    if (request.content_type != nullptr) {
        add(fmt::format("Content-Type: {}", request.content_type));
    }
    if (!settings.token.empty()) {
        add("Authorization: Bearer " + settings.token);
    }
    // Waiting for "100 Continue" would cost a round trip.
    add("Expect:");
    return std::unique_ptr<curl_slist, FreeList>{list};
}

}  // namespace

struct Transfer::State {
    std::unique_ptr<CURLM, FreeMulti> multi;
    std::unique_ptr<CURL, FreeEasy> easy;  // goes before the multi handle
    std::unique_ptr<curl_slist, FreeList> headers;

    HttpHead head;
    bool head_complete = false;
    std::string body;
    std::size_t body_max = 0;  // of a whole answer; 0: streamed
    bool paused = false;       // the body waits in libcurl
    bool too_large = false;
    Bytes whole;                                  // the request's body
    Bytes unsent;                                 // of it
    std::chrono::steady_clock::time_point moved;  // when the last byte was, or the waiting began
    bool writes = false;                          // the request may change something
    bool active = false;                          // the easy handle belongs to the multi handle
    std::optional<CURLcode> ended;
    bool was_interrupted = false;  // before the request began

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
        static_cast<State*>(user)->take_header({data, size * count});
        return size * count;
    }
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
        return static_cast<State*>(user)->take_body({data, size * count});
    }
    static std::size_t on_upload(char* to, std::size_t size, std::size_t count, void* user) {
        auto* state = static_cast<State*>(user);
        const std::size_t given = std::min(state->unsent.size(), size * count);
        std::copy_n(state->unsent.data(), given, to);
        state->unsent.remove_prefix(given);
        state->moved = std::chrono::steady_clock::now();
        return given;
    }
    // libcurl repeats a request by itself when a connection that was used before breaks. This stops
    // it: a write that may have been carried out is not sent again.
    static int on_seek(void* user, curl_off_t offset, int origin) {
        auto* state = static_cast<State*>(user);
        if (state->writes || origin != SEEK_SET || offset != 0) {
            return CURL_SEEKFUNC_FAIL;
        }
        state->unsent = state->whole;
        return CURL_SEEKFUNC_OK;
    }

    void take_header(std::string_view line) {
        moved = std::chrono::steady_clock::now();
        if (line.starts_with("HTTP/")) {
            head = {};
            const std::size_t space = line.find(' ');
            const std::string_view digits =
                space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3);
            head.status = static_cast<int>(parse_number(digits, 999).value_or(0));
        } else if (line == "\r\n" || line == "\n") {
            head_complete = head.status >= 200;
        } else if (const auto type = header_value(line, "content-type")) {
            head.content_type = type->substr(0, type->find_first_of("; "));
            std::transform(head.content_type.begin(), head.content_type.end(),
                           head.content_type.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        } else if (const auto location = header_value(line, "location")) {
            head.location = *location;
        } else if (const auto sequence = header_value(line, "strata-seq")) {
            head.sequence = parse_number(*sequence, sequence_max);
        } else if (const auto tag = header_value(line, "etag"); tag && !head.sequence) {
            head.sequence = sequence_of_tag(*tag);
        }
    }

    std::size_t take_body(std::string_view piece) {
        if (body_max == 0 && body.size() >= stream_buffer) {
            paused = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        if (body_max != 0 && body_max - body.size() < piece.size()) {
            too_large = true;
            return 0;
        }
        body += piece;
        moved = std::chrono::steady_clock::now();
        return piece.size();
    }
};

Transfer::Transfer(const HttpSettings& settings)
    : settings_{settings}, state_{std::make_unique<State>()} {}

Transfer::~Transfer() { end(); }

Result<std::unique_ptr<Transfer>> Transfer::make(const HttpSettings& settings) {
    static const CurlLibrary library;
    std::unique_ptr<Transfer> transfer{new Transfer{settings}};
    transfer->state_->multi.reset(curl_multi_init());
    transfer->state_->easy.reset(curl_easy_init());
    if (!transfer->state_->multi || !transfer->state_->easy) {
        return fail(ErrorCode::internal, "libcurl cannot be started");
    }
    return transfer;
}

Status Transfer::prepare(const HttpRequest& request, std::size_t body_max) {
    State& state = *state_;
    CURL* easy = state.easy.get();
    end();
    curl_easy_reset(easy);
    state.head = {};
    state.head_complete = false;
    state.body.clear();
    state.body_max = body_max;
    state.paused = false;
    state.too_large = false;
    state.whole = request.body;
    state.unsent = request.body;
    state.writes = !request.repeatable;
    state.ended.reset();
    state.was_interrupted = interrupted();

    state.headers = header_lines(settings_, request);

    const std::string url = settings_.endpoint.base + request.target;
    bool ok = true;
    const auto set = [&ok, easy](CURLoption option, auto value) {
        ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok;
    };
    set(CURLOPT_URL, url.c_str());
    if (!settings_.endpoint.socket.empty()) {
        set(CURLOPT_UNIX_SOCKET_PATH, settings_.endpoint.socket.c_str());
    }
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_USERAGENT, "strata");
    set(CURLOPT_HTTPHEADER, state.headers.get());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
    set(CURLOPT_BUFFERSIZE, 256L << 10);
    set(CURLOPT_HEADERFUNCTION, &State::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&state));
    set(CURLOPT_WRITEFUNCTION, &State::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&state));
    if (std::strcmp(request.method, "GET") != 0) {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_READFUNCTION, &State::on_upload);
        set(CURLOPT_READDATA, static_cast<void*>(&state));
        set(CURLOPT_SEEKFUNCTION, &State::on_seek);
        set(CURLOPT_SEEKDATA, static_cast<void*>(&state));
        set(CURLOPT_CUSTOMREQUEST, request.method);
    }
    if (!ok) {
        return fail(ErrorCode::internal, "{}: libcurl refuses an option of the request",
                    settings_.endpoint.name);
    }
    if (curl_multi_add_handle(state.multi.get(), easy) != CURLM_OK) {
        return fail(ErrorCode::internal, "{}: libcurl refuses the request",
                    settings_.endpoint.name);
    }
    state.active = true;
    return {};
}

// Lets the transfer go on until `done()`, or until it ended.
template <typename Done>
Status Transfer::run_until(const Done& done) {
    constexpr int poll_ms = 200;  // how late an interrupt between two polls is noticed
    State& state = *state_;
    state.moved = std::chrono::steady_clock::now();
    while (!done()) {
        if (state.ended) {
            return *state.ended == CURLE_OK ? Status{} : Status{failure(*state.ended)};
        }
        int running = 0;
        if (curl_multi_perform(state.multi.get(), &running) != CURLM_OK) {
            return failure(CURLE_FAILED_INIT);
        }
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(state.multi.get(), &left)) {
            if (message->msg == CURLMSG_DONE) {
                state.ended = message->data.result;
            }
        }
        if (state.ended || done()) {
            continue;
        }
        if (interrupted() && !state.was_interrupted) {
            return failure(CURLE_ABORTED_BY_CALLBACK);
        }
        if (std::chrono::steady_clock::now() - state.moved > settings_.idle_timeout) {
            return failure(CURLE_OPERATION_TIMEDOUT);
        }
        curl_multi_poll(state.multi.get(), nullptr, 0, poll_ms, nullptr);
    }
    return {};
}

Error Transfer::failure(int code) const {
    const State& state = *state_;
    const std::string& where = settings_.endpoint.name;
    long cause = 0;
    curl_easy_getinfo(state.easy.get(), CURLINFO_OS_ERRNO, &cause);
    curl_off_t connected = 0;
    curl_easy_getinfo(state.easy.get(), CURLINFO_CONNECT_TIME_T, &connected);
    // The body was handed over on some connection, perhaps on one before this one. A server makes
    // no write of which it has only a part.
    const bool sent = state.unsent.empty() && !state.whole.empty();
    Error error{ErrorCode::io, {}, state.writes && sent};
    const auto curl_code = static_cast<CURLcode>(code);
    if (state.too_large) {
        error.message = fmt::format("{}: the answer has more than {} bytes", where, answer_max);
    } else if (curl_code == CURLE_ABORTED_BY_CALLBACK) {
        error.message = where + ": interrupted";
    } else if (curl_code == CURLE_COULDNT_RESOLVE_HOST) {
        error.message = where + ": no address is known for this host";
    } else if (curl_code == CURLE_OPERATION_TIMEDOUT && connected == 0) {
        error.message =
            fmt::format("{}: no connection within {} ms", where, settings_.connect_timeout.count());
    } else if (curl_code == CURLE_OPERATION_TIMEDOUT) {
        error.message = fmt::format("{}: the server has not moved a byte for {} s", where,
                                    settings_.idle_timeout.count());
    } else if (curl_code == CURLE_COULDNT_CONNECT) {
        error.message =
            fmt::format("{}: cannot connect: {}; is strata-serve running there?", where,
                        cause == 0 ? std::string{"refused"}
                                   : std::generic_category().message(static_cast<int>(cause)));
    } else if (curl_code == CURLE_URL_MALFORMAT) {
        error = usage_error("{}: expected http://HOST:PORT", where);
    } else if (!state.head_complete) {
        error.message = fmt::format("{}: the connection broke before the answer came ({})", where,
                                    curl_easy_strerror(curl_code));
    } else {
        error.message = fmt::format("{}: the connection broke within the answer ({})", where,
                                    curl_easy_strerror(curl_code));
    }
    if (error.outcome_unknown) {
        error.message += "; the write may or may not have been made";
    }
    return error;
}

Result<HttpAnswer> Transfer::ask(const HttpRequest& request) {
    STRATA_TRY(prepare(request, answer_max));
    auto ran = run_until([] { return false; });
    end();
    if (!ran) {
        return ran.take_error();
    }
    return HttpAnswer{std::move(state_->head), std::move(state_->body)};
}

Result<HttpHead> Transfer::begin(const HttpRequest& request) {
    STRATA_TRY(prepare(request, 0));
    STRATA_TRY(run_until([this] { return state_->head_complete; }));
    return state_->head;
}

Result<bool> Transfer::read(std::string& out) {
    State& state = *state_;
    if (state.body.empty() && state.paused) {
        state.paused = false;
        // Delivers what was held back, at once.
        curl_easy_pause(state.easy.get(), CURLPAUSE_CONT);
    }
    STRATA_TRY(run_until([&state] { return !state.body.empty(); }));
    if (state.body.empty()) {
        return false;
    }
    if (out.empty()) {
        out.swap(state.body);
    } else {
        out += state.body;
        state.body.clear();
    }
    return true;
}

void Transfer::end() noexcept {
    if (std::exchange(state_->active, false)) {
        curl_multi_remove_handle(state_->multi.get(), state_->easy.get());
    }
}

}  // namespace strata::tools
