// SPDX-License-Identifier: Apache-2.0
#include "serve/access_log.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/json.hpp"
#include "common/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <iterator>
#include <utility>

namespace strata::tools {
namespace {

// Longest part of a field that a line repeats, in bytes.
constexpr std::size_t shown_max = 2048;

std::string combined_time(std::int64_t seconds) {
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    return fmt::format("{:02}/{}/{}:{:02}:{:02}:{:02} +0000", parts.tm_mday,
                       months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string json_time(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string_view field(const LogEntry& entry, std::string_view name) {
    if (entry.request == nullptr) {
        return {};
    }
    return entry.request->header(name).value_or(std::string_view{}).substr(0, shown_max);
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    if (text.empty()) {
        out += '-';
    }
    append_escaped(out, text, true);
    out += '"';
}

}  // namespace

void append_log_line(std::string& out, const LogEntry& entry, AccessLog::Form form) {
    const std::string_view target = entry.target.substr(0, shown_max);
    const double seconds = static_cast<double>(entry.nanoseconds) / 1e9;
    if (form == AccessLog::Form::json) {
        {
            JsonObject object{out};
            object.text("time", json_time(entry.seconds));
            object.text("client", entry.client);
            object.text("method", entry.method);
            object.text("target", target);
            object.number("status", static_cast<std::uint64_t>(entry.status));
            object.number("bytes", entry.bytes_out);
            object.member("seconds") += fmt::format("{:.6f}", seconds);
            object.text("referer", field(entry, "Referer"));
            object.text("agent", field(entry, "User-Agent"));
        }
        out += '\n';
        return;
    }
    fmt::format_to(std::back_inserter(out), "{} - - [{}] \"", entry.client,
                   combined_time(entry.seconds));
    if (entry.method.empty()) {
        out += '-';
    } else {
        out.append(entry.method).append(" ");
        append_escaped(out, target, true);
        out.append(entry.http11 ? " HTTP/1.1" : " HTTP/1.0");
    }
    fmt::format_to(std::back_inserter(out), "\" {} {} ", entry.status, entry.bytes_out);
    append_quoted(out, field(entry, "Referer"));
    out += ' ';
    append_quoted(out, field(entry, "User-Agent"));
    fmt::format_to(std::back_inserter(out), " {:.6f}\n", seconds);
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path, Form form) {
    int descriptor = STDOUT_FILENO;
    if (path != "-") {
        descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (descriptor < 0) {
            return system_error(path, "open");
        }
    }
    return std::unique_ptr<AccessLog>{new AccessLog{path, form, descriptor}};
}

AccessLog::AccessLog(std::string path, Form form, int descriptor)
    : path_{std::move(path)}, form_{form}, descriptor_{descriptor}, thread_{[this] { run(); }} {}

AccessLog::~AccessLog() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
    if (path_ != "-") {
        ::close(descriptor_);
    }
}

void AccessLog::add(const LogEntry& entry) {
    thread_local std::string line;
    line.clear();
    append_log_line(line, entry, form_);
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (pending_.size() + line.size() > pending_max) {
            ++dropped_;
            return;
        }
        wake = pending_.empty();
        pending_ += line;
    }
    if (wake) {
        changed_.notify_one();
    }
}

void AccessLog::reopen() {
    {
        const std::lock_guard lock{mutex_};
        reopen_.store(true);
    }
    changed_.notify_one();
}

void AccessLog::write(const std::string& lines) {
    if (reopen_.exchange(false) && path_ != "-") {
        const int descriptor =
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (descriptor >= 0) {
            ::close(descriptor_);
            descriptor_ = descriptor;
        }
    }
    // A full disk costs lines, not the server.
    static_cast<void>(write_all(descriptor_, lines));
}

void AccessLog::run() {
    std::string lines;
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !pending_.empty() || reopen_.load(); });
        if (pending_.empty() && stopping_) {
            return;
        }
        lines.swap(pending_);
        if (const std::uint64_t dropped = std::exchange(dropped_, 0); dropped > 0) {
            lines += form_ == Form::json ? fmt::format("{{\"dropped\":{}}}\n", dropped)
                                         : fmt::format("# {} lines were dropped\n", dropped);
        }
        lock.unlock();
        write(lines);
        lines.clear();
        lock.lock();
    }
}

}  // namespace strata::tools
