// SPDX-License-Identifier: Apache-2.0
#include "serve/http_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

namespace http = boost::beast::http;

using Code = boost::beast::error_code;
using View = boost::beast::string_view;

std::string_view view_of(View text) { return {text.data(), text.size()}; }

Method method_of(http::verb verb) {
    if (verb == http::verb::get) {
        return Method::get;
    }
    if (verb == http::verb::put) {
        return Method::put;
    }
    if (verb == http::verb::post) {
        return Method::post;
    }
    if (verb == http::verb::delete_) {
        return Method::del;
    }
    if (verb == http::verb::head) {
        return Method::head;
    }
    return verb == http::verb::options ? Method::options : Method::other;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// Eight bytes at a time: a byte below 0x20 borrows from its highest bit, one equal to 0x7f does so
/// after an exclusive or. Only where there is one, perhaps a tab, they are looked at one by one.
bool has_control(std::string_view line) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = ones * 0x80;
    while (line.size() >= sizeof ones) {
        std::uint64_t word = 0;
        std::memcpy(&word, line.data(), sizeof word);
        const std::uint64_t deleted = word ^ (ones * 0x7f);
        const std::uint64_t low = (word - ones * 0x20) & ~word;
        if (((low | ((deleted - ones) & ~deleted)) & high) != 0 &&
            std::ranges::any_of(line.substr(0, sizeof word), is_control)) {
            return true;
        }
        line.remove_prefix(sizeof word);
    }
    return std::ranges::any_of(line, is_control);
}

/// A field that decides where the body ends stands plain between one colon, at most one space, and
/// the line end: other programs disagree about anything else.
bool plainly_written(std::string_view value) {
    const char* before = value.data() - 1;
    const bool begins = *before == ':' || (*before == ' ' && before[-1] == ':');
    return begins && value.data()[value.size()] == '\r';
}

bool same_word(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != lower[i]) {
            return false;
        }
    }
    return true;
}

void move_view(std::string_view& view, std::ptrdiff_t distance) {
    if (view.data() != nullptr) {
        view = {view.data() + distance, view.size()};
    }
}

}  // namespace

/// Collects what Beast finds. Bodies are not its matter: it never sees a byte of one.
class HttpParser::Reader final : public http::basic_parser<true> {
  public:
    explicit Reader(RequestHead& head) : head_{head} {
        header_limit(request_line_max + fields_size_max + 1);
        body_limit(boost::none);
    }

    unsigned hosts = 0;
    unsigned lengths = 0;
    unsigned encodings = 0;
    std::string_view length{};
    std::string_view encoding{};
    std::string_view expect{};

  private:
    void on_request_impl(http::verb verb, View method, View target, int version,
                         Code& error) override {
        error = {};
        head_.verb = method_of(verb);
        head_.method = view_of(method);
        head_.target = view_of(target);
        head_.http11 = version >= 11;
    }

    void on_field_impl(http::field field, View name, View value, Code& error) override {
        error = {};
        if (head_.fields_count == fields_max) {
            error = http::error::header_limit;
            return;
        }
        const std::string_view text = view_of(value);
        head_.fields[head_.fields_count] = {view_of(name), text};
        ++head_.fields_count;
        if (field == http::field::host) {
            ++hosts;
            head_.host = text;
        } else if (field == http::field::content_length) {
            ++lengths;
            length = text;
        } else if (field == http::field::transfer_encoding) {
            ++encodings;
            encoding = text;
        } else if (field == http::field::expect) {
            expect = text;
        } else if (field == http::field::authorization) {
            head_.authorization = text;
        } else if (field == http::field::origin) {
            head_.origin = text;
        }
    }

    void on_response_impl(int, View, int, Code& error) override { error = {}; }
    void on_header_impl(Code& error) override { error = {}; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code& error) override {
        error = {};
    }
    std::size_t on_body_impl(View body, Code& error) override {
        error = {};
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, View, Code& error) override { error = {}; }
    std::size_t on_chunk_body_impl(std::uint64_t, View body, Code& error) override {
        error = {};
        return body.size();
    }
    void on_finish_impl(Code& error) override { error = {}; }

    RequestHead& head_;
};

void RequestHead::move_views(std::ptrdiff_t distance) noexcept {
    move_view(method, distance);
    move_view(target, distance);
    move_view(host, distance);
    move_view(authorization, distance);
    move_view(origin, distance);
    for (std::size_t i = 0; i < fields_count; ++i) {
        move_view(fields[i].name, distance);
        move_view(fields[i].value, distance);
    }
}

void HttpParser::restart() noexcept {
    line_begin_ = 0;
    searched_ = 0;
    lines_ = 0;
    line_size_ = 0;
}

HttpParser::Found HttpParser::refuse(int status, std::string_view code, std::string detail) {
    refusal_ = {status, code, std::move(detail)};
    return Found::refused;
}

/// One complete line without its LF. False: refused.
bool HttpParser::take_line(std::string_view line) {
    if (!line.ends_with('\r')) {
        refuse(400, "bad-request",
               fmt::format("line {} of the request ends in LF alone, expected CRLF", lines_ + 1));
        return false;
    }
    line.remove_suffix(1);
    if (has_control(line)) {
        refuse(400, "bad-request",
               fmt::format("line {} of the request holds a control character", lines_ + 1));
        return false;
    }
    if (lines_ > 0 && (line.starts_with(' ') || line.starts_with('\t'))) {
        refuse(400, "bad-request",
               fmt::format("line {} of the request begins with a blank: a field may not be folded",
                           lines_ + 1));
        return false;
    }
    ++lines_;
    if (lines_ > 1 && !line.empty() && lines_ - 1 > fields_max) {
        refuse(431, "too-large", fmt::format("more than {} header fields", fields_max));
        return false;
    }
    return true;
}

/// Looks for the empty line and keeps the limits meanwhile, so that nobody makes us read, or search
/// again, more than them.
HttpParser::Found HttpParser::find_end(std::string_view bytes) {
    while (true) {
        const std::string_view rest = bytes.substr(searched_);
        const void* found = std::memchr(rest.data(), '\n', rest.size());
        const std::size_t end =
            found == nullptr
                ? bytes.size()
                : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
        if (lines_ == 0 && end > request_line_max) {
            return refuse(414, "too-large",
                          fmt::format("the request line is longer than {} bytes; a long key can be "
                                      "sent in the body of POST /v1/get or /v1/batch",
                                      request_line_max));
        }
        if (lines_ > 0 && end - line_size_ > fields_size_max) {
            return refuse(
                431, "too-large",
                fmt::format("the header fields are longer than {} bytes in all", fields_size_max));
        }
        searched_ = end;
        if (found == nullptr) {
            return Found::need_more;
        }
        const std::string_view line = bytes.substr(line_begin_, end - 1 - line_begin_);
        if (!take_line(line)) {
            return Found::refused;
        }
        line_begin_ = end;
        if (lines_ == 1) {
            line_size_ = end;
        } else if (line.size() == 1) {
            head_.size = end;
            return Found::head;
        }
    }
}

HttpParser::Found HttpParser::parse(std::string_view bytes, std::size_t body_max) {
    if (const Found found = find_end(bytes); found != Found::head) {
        return found;
    }
    head_.host = {};
    head_.authorization = {};
    head_.origin = {};
    head_.fields_count = 0;
    Reader reader{head_};
    Code error;
    const std::size_t used = reader.put(boost::asio::const_buffer{bytes.data(), head_.size}, error);
    if (error == http::error::bad_version) {
        return refuse(505, "unsupported", "expected HTTP/1.1 or HTTP/1.0 in the request line");
    }
    if (error || used != head_.size) {
        return refuse(400, "bad-request",
                      error ? fmt::format("the request cannot be read: {}", error.message())
                            : std::string{"the request cannot be read"});
    }
    if (head_.target.empty() || (head_.target.front() != '/' && head_.target != "*") ||
        head_.target.find('#') != std::string_view::npos) {
        return refuse(400, "bad-request", "expected a target that begins with / and has no #");
    }
    if (head_.target == "*" && head_.verb != Method::options) {
        return refuse(400, "bad-request", "the target * belongs to OPTIONS only");
    }
    if (reader.hosts != 1 && (head_.http11 || reader.hosts > 1)) {
        return refuse(400, "bad-request",
                      fmt::format("expected one Host field, found {}", reader.hosts));
    }
    head_.expects_continue = !reader.expect.empty();
    if (head_.expects_continue && !same_word(reader.expect, "100-continue")) {
        return refuse(417, "unsupported", "the only expectation that is met is 100-continue");
    }
    head_.keep_alive = reader.keep_alive();
    return frame(reader, body_max);
}

HttpParser::Found HttpParser::frame(const Reader& reader, std::size_t body_max) {
    head_.chunked = reader.encodings > 0;
    head_.content_length = 0;
    if (reader.encodings > 0 && reader.lengths > 0) {
        return refuse(400, "bad-request", "both Content-Length and Transfer-Encoding are given");
    }
    if (reader.lengths > 1 || reader.encodings > 1) {
        return refuse(400, "bad-request", "a field that frames the body is given twice");
    }
    if (head_.chunked) {
        const bool plain =
            same_word(reader.encoding, "chunked") && plainly_written(reader.encoding);
        if (!plain || !head_.http11) {
            return refuse(plain ? 400 : 501, plain ? "bad-request" : "unsupported",
                          "the only Transfer-Encoding is \"chunked\", in HTTP/1.1");
        }
    }
    if (reader.lengths == 1) {
        const std::string_view text = reader.length;
        const char* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, head_.content_length);
        const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
        if (parsed.ptr != end || parsed.ec != std::errc{} || !digits || !plainly_written(text)) {
            return refuse(400, "bad-request", "Content-Length is not a plain decimal number");
        }
    }
    if (head_.content_length > body_max) {
        return refuse(413, "too-large",
                      fmt::format("the body has {} bytes, at most {} are taken",
                                  head_.content_length, body_max));
    }
    return Found::head;
}

}  // namespace strata::tools
