// SPDX-License-Identifier: Apache-2.0
#include "common/json.hpp"
#include "serve/access.hpp"
#include "serve/body.hpp"
#include "serve/handlers.hpp"
#include "serve/header_fields.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"
#include "serve/range_query.hpp"
#include "serve/streams.hpp"
#include "serve/summary.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::uint64_t page_limit = 100;
constexpr std::uint64_t page_limit_max = 10'000;
// A page ends behind the record that passes this, whatever the limit.
constexpr std::size_t page_bytes = std::size_t{1} << 20;

struct ScanQuery {
    KeyRange range{};
    bool keys_only = false;
    bool lines = false;
    bool moved = false;  // the state of the page before can no longer be read
    bool by_cursor = false;
};

Status read_scan(const Request& request, ScanQuery& scan) {
    const Query query{request.query};
    scan.keys_only = STRATA_TRY(query.flag("keys"));
    scan.range.scan.all_versions = STRATA_TRY(query.flag("all_versions"));
    scan.lines = accepts(request, ndjson_type);
    const auto text = STRATA_TRY(query.text("cursor"));
    if (text) {
        auto cursor = parse_cursor(*text, scan.range);
        if (!cursor) {
            return Error{ErrorCode::invalid_argument,
                         "cursor: it is not of this range; repeat the other parameters of the page "
                         "that gave it, or begin without"};
        }
        scan.by_cursor = !scan.range.scan.at;
        scan.range.scan.after = std::move(cursor->key);
        scan.range.scan.at = scan.range.scan.at.value_or(cursor->sequence);
    }
    if (scan.range.scan.all_versions && !scan.lines) {
        return Error{ErrorCode::invalid_argument,
                     "all_versions: only with Accept: application/x-ndjson; a page cannot end "
                     "between the versions of a key"};
    }
    return {};
}

// A cursor asks for the state of its first page, but rather shows the present than nothing.
Result<Walk> begin_scan(Store& store, ScanQuery& scan) {
    auto walk = begin_walk(store, scan.range.scan);
    if (walk || !scan.by_cursor || walk.error().code != ErrorCode::gap) {
        return walk;
    }
    scan.moved = true;
    scan.range.scan.at.reset();
    return begin_walk(store, scan.range.scan);
}

// A page ends behind so many records, whether they match a pattern or not.
constexpr std::uint64_t page_records = 100'000;

// The items of a page; yields the key that the next page comes after, or nothing at the end.
Result<std::optional<std::string>> append_items(std::string& out, const Walk& walk,
                                                const ScanQuery& scan) {
    const std::uint64_t limit = std::min(scan.range.limit.value_or(page_limit), page_limit_max);
    std::uint64_t count = 0;
    std::string last;
    for (std::uint64_t seen = 0;; ++seen) {
        const bool more = STRATA_TRY(walk.iterator->next());
        if (!more) {
            return std::optional<std::string>{};
        }
        const Iterator& at = *walk.iterator;
        const bool wanted = !scan.range.glob || scan.range.glob->matches(at.key());
        if ((wanted && (count == limit || out.size() >= page_bytes)) || seen == page_records) {
            return std::optional{last};
        }
        last = at.key();
        if (!wanted) {
            continue;
        }
        out += count++ == 0 ? "" : ",";
        Record record{.key = at.key(), .sequence = at.sequence()};
        if (!scan.keys_only) {
            record.value = at.value();
        }
        append_json_record(out, record, {});
    }
}

Response page_answer(Service& service, const Walk& walk, const ScanQuery& scan) {
    Response response;
    response.content_type = json_type;
    std::string& out = response.body;
    out = "{\"items\":[";
    const auto next = append_items(out, walk, scan);
    if (!next) {
        return problem_answer(read_problem(service, next.error()));
    }
    out += "],\"next\":";
    if (*next) {
        append_json_text(out, cursor_text({walk.sequence, **next}, scan.range));
    } else {
        out += "null";
    }
    out += ",\"seq\":" + std::to_string(walk.sequence);
    out += scan.moved ? ",\"moved\":true}\n" : "}\n";
    return response;
}

class KeyCount {
  public:
    void add(const Iterator&) noexcept { ++count_; }
    void append(std::string& out, Sequence sequence) const {
        JsonObject object{out};
        object.number("count", count_);
        object.number("seq", sequence);
    }

  private:
    std::uint64_t count_ = 0;
};

Response estimate_answer(Service& service, const KeyRange& range) {
    if (range.glob || range.scan.at) {
        return problem_answer(
            bad_request("approx: it knows whole ranges of the present, not match or at"));
    }
    const auto estimate = service.store.estimate(range.scan);
    if (!estimate) {
        return problem_answer(read_problem(service, estimate.error()));
    }
    return json_answer([&](JsonObject& object) {
        object.number("count", estimate->entries);
        object.number("bytes", estimate->bytes);
        object.boolean("approx", true);
    });
}

}  // namespace

Answer scan_keys(Service& service, const Request& request, std::string_view) {
    ScanQuery scan;
    if (const auto problem = read_range(request, scan.range)) {
        return problem_answer(*problem);
    }
    if (scan.range.limit == 0) {
        return problem_answer(bad_request("limit: expected at least 1"));
    }
    if (const Status read = read_scan(request, scan); !read) {
        return problem_answer(bad_request(read.error()));
    }
    auto walk = begin_scan(service.store, scan);
    if (!walk) {
        return problem_answer(read_problem(service, walk.error()));
    }
    if (!scan.lines) {
        return page_answer(service, *walk, scan);
    }
    // Who leaves the walk and begins another one elsewhere names the state that was walked.
    const Sequence sequence = walk->sequence;
    Response response = stream_answer(
        ndjson_type,
        record_lines(walk.take_value(),
                     {.range = scan.range, .keys_only = scan.keys_only, .moved = scan.moved}));
    response.headers.emplace_back("Strata-Seq", std::to_string(sequence));
    return response;
}

Answer count_keys(Service& service, const Request& request, std::string_view) {
    KeyRange range;
    if (const auto problem = read_range(request, range)) {
        return problem_answer(*problem);
    }
    const auto approximate = Query{request.query}.flag("approx");
    if (!approximate) {
        return problem_answer(bad_request(approximate.error()));
    }
    if (*approximate) {
        return estimate_answer(service, range);
    }
    return summary_answer(service, range, KeyCount{});
}

Answer export_records(Service& service, const Request& request, std::string_view) {
    RecordStream stream;
    if (const auto problem = read_range(request, stream.range)) {
        return problem_answer(*problem);
    }
    stream.sequences = false;
    auto walk = begin_walk(service.store, stream.range.scan);
    if (!walk) {
        return problem_answer(read_problem(service, walk.error()));
    }
    return stream_answer(ndjson_type, record_lines(walk.take_value(), std::move(stream)));
}

}  // namespace strata::tools
