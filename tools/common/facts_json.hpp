// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json.hpp"

#include <strata/explain.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What a store tells about itself as JSON, written by the server and by the shell, and read back
/// by who asks a server. Reading trusts nothing: kinds and limits of numbers are checked, fields
/// that are missing keep their defaults, and unknown ones are read over, so that programs of
/// different versions understand each other. Errors are invalid_argument and name the field.
namespace strata::tools {

/// {"store_id":"..","last_sequence":n,..,"events":[{"time_ms":n,"text":".."}]}
void append_json_stats(std::string& out, const Stats& stats, const JsonStyle& style = {});
Result<Stats> parse_json_stats(std::string_view text);

/// [{"run":n,"tier":n,"tables":[{"table":n,"size":n,"entries":n,"deletes":n,"seq_min":n,
/// "seq_max":n,"key_min":Bytes,"key_max":Bytes}]}], the newest run first.
void append_json_runs(std::string& out, const std::vector<RunInfo>& runs,
                      const JsonStyle& style = {});
Result<std::vector<RunInfo>> parse_json_runs(std::string_view text);

/// [{"name":"..","role":"..","size":n}]
void append_json_files(std::string& out, const std::vector<FileInfo>& files);
Result<std::vector<FileInfo>> parse_json_files(std::string_view text);

/// {"floor":n,"more":false,"versions":[{"seq":n,"type":"put|del","size":n,"place":"..","run":n,
/// "file":".."}]}
void append_json_history(std::string& out, const History& history, const JsonStyle& style = {});
Result<History> parse_json_history(std::string_view text);

/// What explain prints under --json; `what`: get, scan or put. The outcome of a read that failed
/// has "error":{"code":"..","message":".."}.
void append_json_explanation(std::string& out, std::string_view what,
                             const Explanation& explanation, const JsonStyle& style = {});
Result<Explanation> parse_json_explanation(std::string_view text);

/// {"files":n,"blocks":n,"entries":n,"bytes":n,"torn_tail":false,"findings":[{"file":"..",
/// "offset":n,"message":".."}],"notes":[".."]}
void append_json_check(std::string& out, const CheckReport& report);
Result<CheckReport> parse_json_check(std::string_view text);

/// The code that a word stands for: error_code_name() the other way round; words of servers only
/// ("too-large", "rate-limited", "timeout") give the nearest code, unknown ones internal.
[[nodiscard]] ErrorCode error_code_of(std::string_view word) noexcept;

}  // namespace strata::tools
