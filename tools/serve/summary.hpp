// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json.hpp"
#include "serve/access.hpp"
#include "serve/body.hpp"
#include "serve/problem.hpp"
#include "serve/range_query.hpp"
#include "serve/response.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

/// Answers that a walk over a whole range adds up to.
namespace strata::tools {

/// Records that are walked over in one go, before somebody else may use the thread.
inline constexpr std::size_t records_per_step = 4096;

/// Walks step by step, so that a long walk ends when its client goes, and other requests are served
/// meanwhile. `Summary` has add(const Iterator&) and append(std::string&, Sequence), which appends
/// the JSON of the answer.
template <typename Summary>
class SummarySource final : public BodySource {
  public:
    SummarySource(Walk walk, const KeyRange& range, Summary summary)
        : walk_{std::move(walk)}, glob_{range.glob}, summary_{std::move(summary)} {}

    /// True: there is more to walk.
    Result<bool> step(std::string& out) {
        for (std::size_t i = 0; i < records_per_step; ++i) {
            const bool more = STRATA_TRY(walk_.iterator->next());
            if (!more) {
                summary_.append(out, walk_.sequence);
                out += '\n';
                return false;
            }
            if (!glob_ || glob_->matches(walk_.iterator->key())) {
                summary_.add(*walk_.iterator);
            }
        }
        return true;
    }

    bool next(std::string& out, std::size_t) override {
        const auto more = step(out);
        if (!more) {
            // The status has been sent.
            {
                JsonObject object{out};
                append_problem(object.member("error"), problem_of(more.error()));
            }
            out += '\n';
            return false;
        }
        return *more;
    }

  private:
    Walk walk_;
    const std::optional<Glob> glob_;
    Summary summary_;
};

template <typename Summary>
[[nodiscard]] Response summary_answer(Service& service, const KeyRange& range, Summary summary) {
    auto walk = begin_walk(service.store, range.scan);
    if (!walk) {
        return problem_answer(read_problem(service, walk.error()));
    }
    auto source =
        std::make_unique<SummarySource<Summary>>(walk.take_value(), range, std::move(summary));
    Response response;
    response.content_type = json_type;
    const auto more = source->step(response.body);
    if (!more) {
        return problem_answer(read_problem(service, more.error()));
    }
    if (*more) {
        response.source = std::move(source);
    }
    return response;
}

}  // namespace strata::tools
