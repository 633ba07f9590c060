// SPDX-License-Identifier: Apache-2.0
#include "http/http_iterator.hpp"

#include "common/error.hpp"
#include "common/json_members.hpp"
#include "common/json_read.hpp"
#include "http/problem.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

// Longest line of a stream: a value of the greatest size as JSON, its key, and room for the rest.
constexpr std::size_t line_max = 6 * (std::size_t{16} << 20) + (std::size_t{2} << 20);
static_assert(line_max > value_size_max / 3 * 4 + 6 * key_size_max);

// Longest bound that goes to the server, in bytes: four of them, each byte as three, fit into the
// line that servers take. Of a longer one its beginning goes, and what that lets through is left
// out here.
constexpr std::size_t bound_max = 600;

// The least string above all that begin with `text`; empty when there is none.
std::optional<std::string> above_all(std::string text) {
    while (!text.empty() && text.back() == '\xff') {
        text.pop_back();
    }
    if (text.empty()) {
        return std::nullopt;
    }
    text.back() = static_cast<char>(static_cast<unsigned char>(text.back()) + 1);
    return text;
}

// Makes the bounds short enough to be sent, so that the range grows; whether that was needed.
bool shorten(ScanOptions& range) {
    bool cut = false;
    const auto is_long = [&cut](const std::optional<std::string>& bound) {
        const bool found = bound && bound->size() > bound_max;
        cut = cut || found;
        return found;
    };
    if (is_long(range.after)) {
        auto& bound = range.reverse ? range.to : range.from;
        const bool narrower =
            !bound || (range.reverse ? *range.after < *bound : *bound < *range.after);
        if (narrower) {
            bound = range.after;
        }
        range.after.reset();
    }
    if (is_long(range.from)) {
        range.from->resize(bound_max);
    }
    if (is_long(range.to)) {
        range.to = above_all(range.to->substr(0, bound_max));
    }
    if (range.prefix.size() > bound_max) {
        range.prefix.resize(bound_max);
        cut = true;
    }
    return cut;
}

bool lies_in(const ScanOptions& range, Bytes key) {
    const bool above = (!range.from || key >= *range.from) &&
                       (!range.after || range.reverse || key > *range.after);
    const bool below =
        (!range.to || key < *range.to) && (!range.after || !range.reverse || key < *range.after);
    return above && below && key.starts_with(range.prefix);
}

class HttpIterator final : public Iterator {
  public:
    HttpIterator(std::shared_ptr<Remote> remote, ScanOptions options, std::uint64_t limit)
        : remote_{std::move(remote)}, options_{std::move(options)}, limit_{limit} {}

    /// Begins the walk within `range`.
    Status begin(const ScanOptions& range) {
        lease_.reset();
        lease_.emplace(STRATA_TRY(remote_->connection()));
        ScanOptions sent = range;
        filter_.reset();
        if (shorten(sent)) {
            filter_ = range;
        }
        TargetBuilder builder = range_target("/v1/kv", sent);
        if (limit_ != 0 && !filter_) {
            builder.number("limit", limit_);
        }
        const std::string target = builder.take();
        const HttpHead head =
            STRATA_TRY((*lease_)->begin({.target = target, .accept = "application/x-ndjson"}));
        pending_.clear();
        at_ = 0;
        count_ = 0;
        ended_ = false;
        if (head.status != 200) {
            HttpAnswer answer{.head = head};
            STRATA_TRY(read_all(answer.body));
            return error_of(remote_->endpoint(), answer);
        }
        if (head.sequence) {
            sequence_read_ = head.sequence;
        }
        return {};
    }

    Result<bool> next() override {
        if (remote_->closed()) {
            return remote_->closed_error();
        }
        if (failed_) {
            return *failed_;
        }
        if (ended_) {
            return false;
        }
        auto more = step();
        while (filter_ && more && *more && !lies_in(*filter_, found_.key)) {
            more = step();
        }
        if (!more) {
            failed_ = more.error();
            lease_.reset();
        }
        return more;
    }

    Result<bool> seek(Bytes key) override {
        if (remote_->closed()) {
            return remote_->closed_error();
        }
        ScanOptions range = options_;
        // The same state as before, unless the server does not say which that is.
        if (!range.at) {
            range.at = sequence_read_;
        }
        if (!options_.reverse) {
            if (!range.from || *range.from < key) {
                range.from = std::string{key};
            }
        } else {
            std::string above{key};
            above += '\0';
            if (!range.to || above < *range.to) {
                range.to = std::move(above);
            }
        }
        failed_.reset();
        STRATA_TRY(begin(range));
        return next();
    }

    [[nodiscard]] Bytes key() const noexcept override { return found_.key; }
    [[nodiscard]] Bytes value() const noexcept override { return found_.value; }
    [[nodiscard]] Sequence sequence() const noexcept override { return found_.sequence; }
    [[nodiscard]] bool deleted() const noexcept override { return found_.deleted; }

  private:
    struct Found {
        std::string key{};
        std::string value{};
        Sequence sequence = 0;
        bool deleted = false;
    };

    Status read_all(std::string& body) {
        bool more = true;
        while (more && body.size() < line_max) {
            more = STRATA_TRY((*lease_)->read(body));
        }
        return {};
    }

    // The next line without its end; empty when the stream has ended.
    Result<std::optional<std::string_view>> line() {
        std::size_t searched = 0;
        while (true) {
            const std::string_view rest = std::string_view{pending_}.substr(at_);
            const std::size_t end = rest.find('\n', searched);
            if (end != std::string_view::npos) {
                at_ += end + 1;
                return std::optional{rest.substr(0, end)};
            }
            if (rest.size() > line_max) {
                return fail(ErrorCode::io, "{}: a line of the answer has more than {} bytes",
                            remote_->endpoint().name, line_max);
            }
            searched = rest.size();
            pending_.erase(0, at_);
            at_ = 0;
            const bool more = STRATA_TRY((*lease_)->read(pending_));
            if (!more) {
                return std::optional<std::string_view>{};
            }
        }
    }

    Result<bool> step() {
        const auto text = STRATA_TRY(line());
        if (!text) {
            return truncated();
        }
        auto object = parse_json_object(*text);
        if (!object) {
            return at(remote_->endpoint().name + ": a line of the answer", object.take_error());
        }
        const JsonMembers members{*object};
        if (object->contains("end")) {
            return finish(members);
        }
        if (const boost::json::value* error = members.find("error")) {
            if (!error->is_object()) {
                return JsonMembers::wrong_kind("error", "an object");
            }
            return error_of_problem(error->get_object());
        }
        STRATA_TRY(take_record(members));
        ++count_;
        if (count_ == limit_ && !filter_) {
            read_on();
        }
        return true;
    }

    // Takes the last line, which follows at once, before somebody lets the walk go with it unread:
    // that would cost the connection. An error is told by the next call.
    void read_on() {
        Found kept = std::move(found_);
        auto more = step();
        if (!more) {
            failed_ = more.error();
        } else if (*more) {
            failed_ = fail(ErrorCode::io, "{}: the answer has more records than the {} asked for",
                           remote_->endpoint().name, limit_);
        }
        found_ = std::move(kept);
    }

    Status take_record(const JsonMembers& members) {
        std::string type;
        found_.key.clear();
        found_.value.clear();
        STRATA_TRY(members.bytes("key", found_.key));
        STRATA_TRY(members.bytes("value", found_.value));
        STRATA_TRY(members.number("seq", found_.sequence));
        STRATA_TRY(members.text("type", type));
        found_.deleted = type == "del";
        if (found_.key.empty()) {
            return fail(ErrorCode::io, "{}: expected a record with a key in a line of the answer",
                        remote_->endpoint().name);
        }
        return {};
    }

    Result<bool> finish(const JsonMembers& members) {
        std::uint64_t count = count_;
        STRATA_TRY(members.number("count", count));
        if (count != count_) {
            return truncated();
        }
        ended_ = true;
        // Nothing follows; reading on lets the connection serve again.
        std::string nothing;
        auto more = (*lease_)->read(nothing);
        lease_.reset();
        return more ? Result<bool>{false} : Result<bool>{more.take_error()};
    }

    [[nodiscard]] Error truncated() const {
        return fail(ErrorCode::io, "{}: the answer is truncated after {} records",
                    remote_->endpoint().name, count_);
    }

    std::shared_ptr<Remote> remote_;
    const ScanOptions options_;
    const std::uint64_t limit_;
    std::optional<Remote::Lease> lease_;
    std::string pending_;  // bytes that came; those before at_ are used
    std::size_t at_ = 0;
    std::uint64_t count_ = 0;
    bool ended_ = false;
    std::optional<ScanOptions> filter_;  // the range, when a wider one was asked for
    std::optional<Error> failed_;
    std::optional<Sequence> sequence_read_;  // of the state that is walked

    Found found_;  // the record that the walk stands at
};

}  // namespace

TargetBuilder range_target(std::string path, const ScanOptions& options) {
    TargetBuilder target{std::move(path)};
    if (!options.prefix.empty()) {
        target.bytes("prefix", options.prefix);
    }
    if (options.from) {
        target.bytes("from", *options.from);
    }
    if (options.to) {
        target.bytes("to", *options.to);
    }
    if (options.after) {
        target.bytes("after", *options.after);
    }
    if (options.reverse) {
        target.flag("reverse");
    }
    if (options.at) {
        target.number("at", *options.at);
    }
    if (options.all_versions) {
        target.flag("all_versions");
    }
    return target;
}

Result<std::unique_ptr<Iterator>> open_http_iterator(std::shared_ptr<Remote> remote,
                                                     ScanOptions options, std::uint64_t limit) {
    auto iterator = std::make_unique<HttpIterator>(std::move(remote), options, limit);
    STRATA_TRY(iterator->begin(options));
    return std::unique_ptr<Iterator>{std::move(iterator)};
}

}  // namespace strata::tools
