// SPDX-License-Identifier: Apache-2.0
#include "serve/answer_head.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

namespace strata::tools {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
    struct Phrase {
        int status;
        std::string_view text;
    };
    static constexpr Phrase phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (const Phrase& phrase : phrases) {
        if (phrase.status == status) {
            return phrase.text;
        }
    }
    return "Status";
}

void append_answer_head(std::string& out, const Response& response, const AnswerFrame& frame) {
    if (response.status == 200) {
        out.append("HTTP/1.1 200 OK\r\n");
    } else {
        out.append("HTTP/1.1 ");
        append_number(out, static_cast<std::uint64_t>(response.status));
        out.append(" ").append(reason_phrase(response.status)).append("\r\n");
    }
    append_field(out, "Date", frame.date);
    if (!response.content_type.empty()) {
        append_field(out, "Content-Type", response.content_type);
        // A browser must not take a stored value for a page of ours.
        out.append("X-Content-Type-Options: nosniff\r\n");
    }
    if (response.sequence) {
        out.append("ETag: \"");
        append_number(out, *response.sequence);
        out.append("\"\r\nStrata-Seq: ");
        append_number(out, *response.sequence);
        out.append("\r\n");
    }
    for (const auto& [name, value] : response.headers) {
        append_field(out, name, value);
    }
    if (!frame.allow_origin.empty()) {
        append_field(out, "Access-Control-Allow-Origin", frame.allow_origin);
        out.append("Access-Control-Expose-Headers: ETag, Strata-Seq, Location, Retry-After\r\n");
        if (frame.allow_origin != "*") {
            out.append("Vary: Origin\r\n");
        }
    }
    if (frame.length) {
        // An answer without a body says nothing of its length, but that of HEAD does.
        if (status_has_body(response.status)) {
            out.append("Content-Length: ");
            append_number(out, *frame.length);
            out.append("\r\n");
        }
    } else if (frame.http11) {
        out.append("Transfer-Encoding: chunked\r\n");
    }
    if (!frame.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (!frame.http11) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
}

std::string http_date(std::int64_t seconds) {
    static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                       days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                       months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace strata::tools
