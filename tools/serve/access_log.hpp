// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/request.hpp"

#include <strata/result.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace strata::tools {

/// One answered request.
struct LogEntry {
    std::string_view client{};
    std::string_view method{};  ///< as it was written; empty: the request could not be read
    std::string_view target{};
    const Request* request = nullptr;  ///< for its fields; null: the request could not be read
    bool http11 = true;
    int status = 0;
    std::uint64_t bytes_out = 0;  ///< of the body
    std::uint64_t nanoseconds = 0;
    std::int64_t seconds = 0;  ///< since 1970
};

/// A line for each request:
///     127.0.0.1 - - [20/Nov/2026:19:38:40 +0000] "GET /v1/kv/a HTTP/1.1" 200 5 "-" "curl/7"
///     0.000041
/// or an object: {"time":...,"client":...,"method":...}. Threads add to a buffer that one thread
/// writes; when that cannot keep up, lines are dropped and counted in a line of their own.
class AccessLog {
  public:
    enum class Form : std::uint8_t { combined, json };

    /// `path` "-": standard output. Appends to a file.
    static Result<std::unique_ptr<AccessLog>> open(const std::string& path, Form form);
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    /// Writes what is there.
    ~AccessLog();

    void add(const LogEntry& entry);
    /// Opens the file anew, after somebody renamed it.
    void reopen();

  private:
    AccessLog(std::string path, Form form, int descriptor);

    void run();
    void write(const std::string& lines);

    static constexpr std::size_t pending_max = std::size_t{8} << 20;  // bytes

    const std::string path_;
    const Form form_;
    int descriptor_;  // of the writing thread alone
    std::atomic<bool> reopen_{false};
    std::mutex mutex_;  // guards pending_, dropped_, stopping_
    std::condition_variable changed_;
    std::string pending_;
    std::uint64_t dropped_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

/// Appends the line of an entry, with its end.
void append_log_line(std::string& out, const LogEntry& entry, AccessLog::Form form);

}  // namespace strata::tools
