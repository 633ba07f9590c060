// SPDX-License-Identifier: Apache-2.0
#include "serve/access.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"
#include "serve/range_query.hpp"

#include <fmt/format.h>

#include <string>

namespace strata::tools {
namespace {

// What one batch deletes: few enough that writers beside it do not wait for long.
constexpr std::uint32_t batch_keys = 10'000;
constexpr std::size_t batch_bytes = std::size_t{4} << 20;

struct Deleted {
    std::uint64_t keys = 0;
    std::uint64_t bytes = 0;  // of keys and values, of a dry run
    std::uint64_t batches = 0;
    Sequence sequence = 0;
};

class RangeDelete {
  public:
    RangeDelete(Service& service, const KeyRange& range, const WriteOptions& options)
        : service_{service}, range_{range}, options_{options} {}

    /// What was done before an error is in done().
    Status run(bool dry) {
        const Walk walk = STRATA_TRY(begin_walk(service_.store, range_.scan));
        done_.sequence = walk.sequence;
        while (true) {
            const bool more = STRATA_TRY(walk.iterator->next());
            if (!more) {
                break;
            }
            const Iterator& at = *walk.iterator;
            if (range_.glob && !range_.glob->matches(at.key())) {
                continue;
            }
            if (dry) {
                ++done_.keys;
                done_.bytes += at.key().size() + at.value().size();
                continue;
            }
            STRATA_TRY(batch_.del(at.key()));
            if (batch_.operations() == batch_keys || batch_.encoded().size() >= batch_bytes) {
                STRATA_TRY(write());
            }
        }
        return batch_.empty() ? Status{} : write();
    }

    [[nodiscard]] const Deleted& done() const noexcept { return done_; }

  private:
    Status write() {
        done_.sequence = STRATA_TRY(service_.store.write(batch_, options_));
        done_.keys += batch_.operations();
        ++done_.batches;
        batch_.clear();
        return {};
    }

    Service& service_;
    const KeyRange& range_;
    const WriteOptions options_;
    Batch batch_;
    Deleted done_;
};

struct DeleteQuery {
    KeyRange range{};
    WriteOptions options{};
    bool dry_run = false;
};

std::optional<Problem> read_delete(const Request& request, DeleteQuery& wanted) {
    if (auto problem = read_range(request, wanted.range)) {
        return problem;
    }
    const Query query{request.query};
    const auto all = query.flag("all");
    const auto dry_run = query.flag("dry_run");
    const auto sync = query.sync();
    for (const Result<bool>* flag : {&all, &dry_run}) {
        if (!*flag) {
            return bad_request(flag->error());
        }
    }
    if (!sync) {
        return bad_request(sync.error());
    }
    wanted.dry_run = *dry_run;
    wanted.options.sync = *sync;
    const bool whole = !wanted.range.bounded && !wanted.range.glob;
    if (whole && !*all) {
        return bad_request("expected prefix, from, to, after or match; all=1 deletes every key");
    }
    if (!whole && *all) {
        return bad_request("all: it means every key, but the request names a range");
    }
    return std::nullopt;
}

}  // namespace

Answer delete_range(Service& service, const Request& request, std::string_view) {
    DeleteQuery wanted;
    if (const auto problem = read_delete(request, wanted)) {
        return problem_answer(*problem);
    }
    RangeDelete work{service, wanted.range, wanted.options};
    const Status status = work.run(wanted.dry_run);
    const Deleted& done = work.done();
    if (!status) {
        Problem problem = wanted.dry_run ? read_problem(service, status.error())
                                         : write_problem_of(status.error());
        problem.more = fmt::format(",\"deleted\":{}", done.keys);
        return problem_answer(problem);
    }
    return json_answer([&](JsonObject& object) {
        if (wanted.dry_run) {
            object.boolean("dry_run", true);
            object.number("count", done.keys);
            object.number("bytes", done.bytes);
        } else {
            object.number("deleted", done.keys);
            object.number("batches", done.batches);
            object.boolean("atomic", done.batches <= 1);
        }
        object.number("seq", done.sequence);
    });
}

}  // namespace strata::tools
