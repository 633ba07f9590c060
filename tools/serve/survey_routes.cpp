// SPDX-License-Identifier: Apache-2.0
#include "common/digest.hpp"
#include "common/facts_json.hpp"
#include "common/usage_sum.hpp"
#include "serve/access.hpp"
#include "serve/batch_body.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"
#include "serve/range_query.hpp"
#include "serve/summary.hpp"

#include <memory>
#include <string>
#include <utility>

// Routes that walk a whole range and answer with a summary of it.

namespace strata::tools {
namespace {

class DigestSummary {
  public:
    void add(const Iterator& at) { digest_.add(at); }
    void append(std::string& out, Sequence sequence) const {
        JsonObject object{out};
        add_facts(object, digest_.facts());
        object.number("seq", sequence);
    }

  private:
    Digest digest_;
};

struct UsageQuery {
    KeyRange range{};
    std::uint64_t depth = 1;
    std::string separators{":/"};
    bool obsolete = false;
};

std::optional<Problem> read_usage(const Request& request, UsageQuery& usage) {
    if (auto problem = read_range(request, usage.range)) {
        return problem;
    }
    const Query query{request.query};
    const auto depth = query.number("depth");
    auto separators = query.bytes("sep");
    const auto obsolete = query.flag("obsolete");
    if (!depth) {
        return bad_request(depth.error());
    }
    if (!separators) {
        return bad_request(separators.error());
    }
    if (!obsolete) {
        return bad_request(obsolete.error());
    }
    usage.depth = depth->value_or(usage.depth);
    usage.separators = std::move(*separators).value_or(usage.separators);
    usage.obsolete = *obsolete;
    usage.range.scan.all_versions = true;
    return std::nullopt;
}

class UsageSummary {
  public:
    explicit UsageSummary(const UsageQuery& query)
        : sum_{std::make_unique<UsageSum>(query.range.scan.prefix.size(), query.separators,
                                          query.depth)},
          obsolete_{query.obsolete} {}

    void add(const Iterator& at) { sum_->add(at); }
    void append(std::string& out, Sequence) const { append_json_rows(out, sum_->sheet(obsolete_)); }

  private:
    std::unique_ptr<UsageSum> sum_;  // which points into itself
    bool obsolete_;
};

}  // namespace

Answer show_usage(Service& service, const Request& request, std::string_view) {
    UsageQuery query;
    if (const auto problem = read_usage(request, query)) {
        return problem_answer(*problem);
    }
    return summary_answer(service, query.range, UsageSummary{query});
}

Answer show_digest(Service& service, const Request& request, std::string_view) {
    KeyRange range;
    if (const auto problem = read_range(request, range)) {
        return problem_answer(*problem);
    }
    return summary_answer(service, range, DigestSummary{});
}

Answer explain_scan(Service& service, const Request& request, std::string_view) {
    KeyRange range;
    if (const auto problem = read_range(request, range)) {
        return problem_answer(*problem);
    }
    const auto all_versions = Query{request.query}.flag("all_versions");
    if (!all_versions) {
        return problem_answer(bad_request(all_versions.error()));
    }
    range.scan.all_versions = *all_versions;
    const auto explanation = service.store.explain_scan(range.scan, range.limit.value_or(0));
    if (!explanation) {
        return problem_answer(read_problem(service, explanation.error()));
    }
    Response response;
    response.content_type = json_type;
    append_json_explanation(response.body, "scan", *explanation);
    response.body += '\n';
    return response;
}

Answer explain_batch(Service& service, const Request& request, std::string_view) {
    Batch batch;
    if (const auto problem = read_batch(request, batch)) {
        return problem_answer(*problem);
    }
    const auto sync = Query{request.query}.sync();
    if (!sync) {
        return problem_answer(bad_request(sync.error()));
    }
    const auto explanation = service.store.explain_write(batch, {.sync = *sync});
    if (!explanation) {
        return problem_answer(read_problem(service, explanation.error()));
    }
    Response response;
    response.content_type = json_type;
    append_json_explanation(response.body, "put", *explanation);
    response.body += '\n';
    return response;
}

}  // namespace strata::tools
