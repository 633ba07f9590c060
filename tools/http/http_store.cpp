// SPDX-License-Identifier: Apache-2.0
#include "http/http_store.hpp"

#include "common/error.hpp"
#include "common/facts_json.hpp"
#include "common/json.hpp"
#include "common/json_members.hpp"
#include "common/json_read.hpp"
#include "common/line_reader.hpp"
#include "common/sync_mode.hpp"
#include "common/terminal.hpp"
#include "http/batch_body.hpp"
#include "http/http_iterator.hpp"
#include "http/job.hpp"
#include "http/problem.hpp"

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

constexpr const char* json_type = "application/json";
constexpr const char* lines_type = "application/x-ndjson";
// Longer keys go in a body: servers and proxies limit the length of a request's head.
constexpr std::size_t key_in_path_max = 2048;

class HttpSnapshot final : public Snapshot {
  public:
    explicit HttpSnapshot(Sequence sequence) : sequence_{sequence} {}
    [[nodiscard]] Sequence sequence() const noexcept override { return sequence_; }

  private:
    const Sequence sequence_;
};

template <typename AnyOptions>
std::optional<Sequence> state_of(const AnyOptions& options) {
    return options.snapshot != nullptr ? std::optional{options.snapshot->sequence()} : options.at;
}

ScanOptions remote_scan(const ScanOptions& options) {
    ScanOptions scan = options;
    scan.at = state_of(options);
    scan.snapshot = nullptr;
    return scan;
}

// A range is as large from either end; a route that counts knows one direction.
ScanOptions forward_scan(const ScanOptions& options) {
    ScanOptions scan = remote_scan(options);
    if (scan.reverse && scan.after) {
        scan.to = scan.to ? std::min(*scan.to, *scan.after) : *scan.after;
        scan.after.reset();
    }
    scan.reverse = false;
    return scan;
}

std::string key_path(std::string path, Bytes key) {
    append_percent_encoded(path, key);
    return path;
}

TargetBuilder with_state(std::string path, std::optional<Sequence> at) {
    TargetBuilder target{std::move(path)};
    if (at) {
        target.number("at", *at);
    }
    return target;
}

std::string with_sync(std::string path, const WriteOptions& options) {
    TargetBuilder target{std::move(path)};
    if (options.sync) {
        target.bytes("sync", sync_mode_text(*options.sync));
    }
    return target.take();
}

Value owned_value(std::string bytes, Sequence sequence) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    const Bytes view{*owner};
    return Value{view, sequence, std::move(owner)};
}

// What POST /v1/get answers: as many items as keys.
Result<std::vector<std::optional<Value>>> read_items(std::string_view text, std::size_t count) {
    const boost::json::object object = STRATA_TRY(parse_json_object(text));
    const JsonMembers members{object};
    const boost::json::value* error = members.find("error");
    if (error != nullptr && error->is_object()) {
        return error_of_problem(error->get_object());
    }
    const boost::json::value* items = members.find("items");
    if (items == nullptr || !items->is_array() || items->get_array().size() != count) {
        return fail(ErrorCode::io, "expected {} items", count);
    }
    std::vector<std::optional<Value>> values;
    for (const boost::json::value& item : items->get_array()) {
        if (!item.is_object()) {
            return JsonMembers::wrong_kind("items", "objects");
        }
        const JsonMembers one{item.get_object()};
        if (one.find("value") == nullptr) {
            values.emplace_back();
            continue;
        }
        std::string bytes;
        Sequence sequence = 0;
        STRATA_TRY(one.bytes("value", bytes));
        STRATA_TRY(one.number("seq", sequence));
        values.emplace_back(owned_value(std::move(bytes), sequence));
    }
    return values;
}

// Names the server in front of what is wrong with an answer's body.
template <typename T>
Result<T> from(const Remote& remote, Result<T> read) {
    if (!read && read.error().code == ErrorCode::invalid_argument) {
        Error error = at(remote.endpoint().name + ": the server's answer", read.take_error());
        error.code = ErrorCode::io;
        return error;
    }
    return read;
}

Result<Sequence> read_sequence(std::string_view text) {
    const boost::json::object object = STRATA_TRY(parse_json_object(text));
    Sequence sequence = 0;
    STRATA_TRY(JsonMembers{object}.number("seq", sequence));
    return sequence;
}

Result<RangeEstimate> read_count(std::string_view text) {
    const boost::json::object object = STRATA_TRY(parse_json_object(text));
    const boost::json::value* error = JsonMembers{object}.find("error");
    if (error != nullptr && error->is_object()) {
        return error_of_problem(error->get_object());
    }
    if (!object.contains("count")) {
        return fail(ErrorCode::io, "expected a count");
    }
    RangeEstimate estimate;
    STRATA_TRY(JsonMembers{object}.number("count", estimate.entries));
    STRATA_TRY(JsonMembers{object}.number("bytes", estimate.bytes));
    return estimate;
}

}  // namespace

HttpStore::HttpStore(HttpSettings settings, bool read_only)
    : remote_{std::make_shared<Remote>(std::move(settings))}, read_only_{read_only} {}

Error HttpStore::refused(const char* what) const {
    return fail(ErrorCode::read_only, "{}: the store was opened read-only: {} is refused",
                remote_->endpoint().name, what);
}

void HttpStore::saw(Sequence sequence) const noexcept {
    Sequence known = last_sequence_.load(std::memory_order_relaxed);
    while (known < sequence && !last_sequence_.compare_exchange_weak(known, sequence)) {
    }
}

Result<std::string> HttpStore::get_text(std::string target) {
    HttpAnswer answer =
        STRATA_TRY(remote_->ask({.target = std::move(target), .accept = json_type}));
    return std::move(answer.body);
}

Result<Sequence> HttpStore::write(const Batch& batch, const WriteOptions& options) {
    if (read_only_) {
        return refused("a write");
    }
    if (batch.empty() && batch.conditions().empty()) {
        return usage_error("the batch is empty");
    }
    const auto put = single_put(batch);
    // A PUT with an empty body could be repeated by the connection unseen; see HttpRequest.
    if (put && put->key.size() <= key_in_path_max && !put->value.empty()) {
        HttpRequest request{.method = "PUT",
                            .target = with_sync(key_path("/v1/kv/", put->key), options),
                            .body = put->value,
                            .content_type = "application/octet-stream",
                            .repeatable = false};
        if (!put->header.empty()) {
            request.headers.push_back(put->header);
        }
        const HttpAnswer answer = STRATA_TRY(remote_->ask(request));
        const Sequence sequence = answer.head.sequence.value_or(0);
        saw(sequence);
        return sequence;
    }
    std::string body;
    append_batch_lines(body, batch);
    const HttpAnswer answer = STRATA_TRY(remote_->ask({.method = "POST",
                                                       .target = with_sync("/v1/batch", options),
                                                       .body = body,
                                                       .content_type = lines_type,
                                                       .accept = json_type,
                                                       .repeatable = false}));
    const Sequence sequence = STRATA_TRY(from(*remote_, read_sequence(answer.body)));
    saw(sequence);
    return sequence;
}

Result<std::optional<Value>> HttpStore::get(Bytes key, const ReadOptions& options) {
    const auto at = state_of(options);
    if (key.empty()) {
        // No store has it, and no path can name it.
        return std::optional<Value>{};
    }
    if (key.size() > key_in_path_max) {
        auto values = STRATA_TRY(get_by_body({&key, 1}, at));
        return std::move(values.front());
    }
    const std::string target = with_state(key_path("/v1/kv/", key), at).take();
    const Remote::Lease lease = STRATA_TRY(remote_->connection());
    HttpAnswer answer = STRATA_TRY(lease->ask({.target = target}));
    if (answer.head.status == 200) {
        return std::optional{owned_value(std::move(answer.body), answer.head.sequence.value_or(0))};
    }
    if (answer.head.status == 404) {
        const auto problem = parse_json_object(answer.body);
        // A path that the server does not know has no key.
        if (problem && problem->contains("key")) {
            return std::optional<Value>{};
        }
    }
    return error_of(remote_->endpoint(), answer);
}

Result<std::vector<std::optional<Value>>> HttpStore::get_by_body(std::span<const Bytes> keys,
                                                                 std::optional<Sequence> at) {
    std::string body;
    {
        JsonObject object{body};
        std::string& list = object.member("keys");
        list += '[';
        for (const Bytes key : keys) {
            list += list.back() == '[' ? "" : ",";
            append_json_bytes(list, key, {});
        }
        list += ']';
    }
    const HttpAnswer answer = STRATA_TRY(remote_->ask({.method = "POST",
                                                       .target = with_state("/v1/get", at).take(),
                                                       .body = body,
                                                       .content_type = json_type,
                                                       .accept = json_type}));
    return from(*remote_, read_items(answer.body, keys.size()));
}

Result<std::vector<std::optional<Value>>> HttpStore::get_many(std::span<const Bytes> keys,
                                                              const ReadOptions& options) {
    if (keys.size() > 1) {
        return get_by_body(keys, state_of(options));
    }
    std::vector<std::optional<Value>> values;
    for (const Bytes key : keys) {
        values.push_back(STRATA_TRY(get(key, options)));
    }
    return values;
}

Result<std::unique_ptr<Iterator>> HttpStore::scan(const ScanOptions& options) {
    return open_http_iterator(remote_, remote_scan(options));
}

Result<std::unique_ptr<Iterator>> HttpStore::scan_some(const ScanOptions& options,
                                                       std::uint64_t limit) {
    return open_http_iterator(remote_, remote_scan(options), limit);
}

Result<std::unique_ptr<Snapshot>> HttpStore::snapshot() {
    const Stats now = STRATA_TRY(stats());
    return std::unique_ptr<Snapshot>{std::make_unique<HttpSnapshot>(now.last_sequence)};
}

Result<History> HttpStore::history(Bytes key, const HistoryOptions& options) {
    TargetBuilder target{key_path("/v1/history/", key)};
    if (options.limit != 0) {
        target.number("limit", options.limit);
    }
    const std::string text = STRATA_TRY(get_text(target.take()));
    return from(*remote_, parse_json_history(text));
}

Result<Explanation> HttpStore::explain_get(Bytes key, const ReadOptions& options) {
    const std::string text =
        STRATA_TRY(get_text(with_state(key_path("/v1/explain/", key), state_of(options)).take()));
    return from(*remote_, parse_json_explanation(text));
}

Result<Explanation> HttpStore::explain_scan(const ScanOptions& options, std::uint64_t limit) {
    TargetBuilder target = range_target("/v1/explain", remote_scan(options));
    if (limit != 0) {
        target.number("limit", limit);
    }
    const std::string text = STRATA_TRY(get_text(target.take()));
    return from(*remote_, parse_json_explanation(text));
}

Result<Explanation> HttpStore::explain_write(const Batch& batch, const WriteOptions& options) {
    std::string body;
    append_batch_lines(body, batch);
    const HttpAnswer answer = STRATA_TRY(remote_->ask({.method = "POST",
                                                       .target = with_sync("/v1/explain", options),
                                                       .body = body,
                                                       .content_type = lines_type,
                                                       .accept = json_type}));
    return from(*remote_, parse_json_explanation(answer.body));
}

Status HttpStore::sync() {
    if (read_only_) {
        return refused("sync");
    }
    STRATA_TRY(remote_->ask({.method = "POST", .target = "/v1/sync"}));
    return {};
}

Status HttpStore::flush() {
    if (read_only_) {
        return refused("flush");
    }
    STRATA_TRY(run_job(*remote_, "/v1/flush", {}));
    return {};
}

Status HttpStore::compact() {
    if (read_only_) {
        return refused("compact");
    }
    STRATA_TRY(run_job(*remote_, "/v1/compact", {}));
    return {};
}

Result<CheckpointReport> HttpStore::checkpoint(const std::string& /*directory*/) {
    return fail(ErrorCode::unsupported,
                "{}: a checkpoint is made where the server runs; export copies a store over the "
                "wire",
                remote_->endpoint().name);
}

Result<CheckReport> HttpStore::check(const CheckOptions& options) {
    const std::string text = STRATA_TRY(
        run_job(*remote_, options.full ? "/v1/check" : "/v1/check?fast=1", options.progress));
    return from(*remote_, parse_json_check(text));
}

Result<Stats> HttpStore::stats() {
    const std::string text = STRATA_TRY(get_text("/v1/stats"));
    Stats stats = STRATA_TRY(from(*remote_, parse_json_stats(text)));
    saw(stats.last_sequence);
    return stats;
}

Result<std::vector<RunInfo>> HttpStore::runs() {
    const std::string text = STRATA_TRY(get_text("/v1/runs"));
    return from(*remote_, parse_json_runs(text));
}

Result<std::vector<FileInfo>> HttpStore::files() {
    const std::string text = STRATA_TRY(get_text("/v1/files"));
    return from(*remote_, parse_json_files(text));
}

Result<RangeEstimate> HttpStore::estimate(const ScanOptions& options) {
    TargetBuilder target = range_target("/v1/count", forward_scan(options));
    const std::string text = STRATA_TRY(get_text(target.flag("approx").take()));
    return from(*remote_, read_count(text));
}

Result<std::uint64_t> HttpStore::count(const ScanOptions& options) {
    const std::string text =
        STRATA_TRY(get_text(range_target("/v1/count", forward_scan(options)).take()));
    const RangeEstimate counted = STRATA_TRY(from(*remote_, read_count(text)));
    return counted.entries;
}

Sequence HttpStore::last_sequence() const noexcept {
    // The store itself does not change; its connections do.
    const auto now = const_cast<HttpStore*>(this)->stats();
    return now ? now->last_sequence : last_sequence_.load(std::memory_order_relaxed);
}

Status HttpStore::close() {
    remote_->close();
    return {};
}

Result<std::unique_ptr<HttpStore>> open_http_store(const std::string& name, std::string token,
                                                   bool read_only) {
    HttpSettings settings;
    settings.endpoint = STRATA_TRY(parse_endpoint(name));
    settings.token = std::move(token);
    return std::make_unique<HttpStore>(std::move(settings), read_only);
}

Result<std::string> read_token(const std::string& file) {
    constexpr std::size_t token_file_max = std::size_t{64} << 10;
    const std::string text =
        file.empty() ? environment("STRATA_TOKEN") : STRATA_TRY(read_whole(file, token_file_max));
    constexpr const char* space = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(space), text.size());
    std::string token = text.substr(begin, text.find_first_of(space, begin) - begin);
    const auto is_plain = [](char byte) { return byte > ' ' && byte < 0x7f; };
    if (!std::all_of(token.begin(), token.end(), is_plain)) {
        return usage_error("{}: a token has printable ASCII characters only",
                           file.empty() ? "STRATA_TOKEN" : file);
    }
    if (token.empty() && !file.empty()) {
        return usage_error("{}: expected a token, found none", file);
    }
    return token;
}

}  // namespace strata::tools
