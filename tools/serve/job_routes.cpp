// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.hpp"
#include "common/facts_json.hpp"
#include "serve/handlers.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

void append_job(std::string& out, const JobInfo& job) {
    JsonObject object{out};
    object.number("id", job.id);
    object.text("kind", job.kind);
    object.text("state", job_state_name(job.state));
    if (job.total != 0) {
        object.number("done", job.done);
        object.number("total", job.total);
    }
    object.number("created_ms", job.created_ms);
    if (job.finished_ms != 0) {
        object.number("finished_ms", job.finished_ms);
    }
    if (!job.result.empty()) {
        object.member("result") += job.result;
    }
    if (job.error) {
        append_problem(object.member("error"), problem_of(*job.error));
    }
}

Response job_answer(const JobInfo& job, int status) {
    Response response;
    response.status = status;
    response.content_type = json_type;
    append_job(response.body, job);
    response.body += '\n';
    return response;
}

Problem no_job() {
    return {.status = 404,
            .code = "not-found",
            .detail = "there is no such job; /v1/jobs lists those that are remembered"};
}

// 202 with the place to ask at, or with ?wait=1 the job when it has ended.
Answer start_job(Service& service, const Request& request, std::string_view kind, Jobs::Work work) {
    const auto wait = Query{request.query}.flag("wait");
    if (!wait) {
        return problem_answer(bad_request(wait.error()));
    }
    const auto id = service.jobs.start(kind, std::move(work));
    if (!id) {
        return problem_answer(problem_of(id.error()));
    }
    const auto job = *wait ? service.jobs.wait(*id) : service.jobs.find(*id);
    if (!job) {
        return problem_answer(no_job());
    }
    if (job->error && *wait) {
        return problem_answer(problem_of(*job->error));
    }
    Response response = job_answer(*job, *wait ? 200 : 202);
    response.headers.emplace_back("Location", fmt::format("/v1/jobs/{}", *id));
    return response;
}

std::optional<Problem> refuse_read_only(const Service& service) {
    if (!service.options.read_only) {
        return std::nullopt;
    }
    return Problem{
        .status = 403, .code = "read-only", .detail = "the server was started with --read-only"};
}

// Does the work and says what it changed.
Result<std::string> change(Store& store, Status (Store::*work)()) {
    const Stats before = STRATA_TRY(store.stats());
    const auto start = std::chrono::steady_clock::now();
    STRATA_TRY((store.*work)());
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    const Stats after = STRATA_TRY(store.stats());
    std::string text;
    {
        JsonObject object{text};
        object.number("bytes_before", before.table_bytes);
        object.number("bytes_after", after.table_bytes);
        object.number("tables_before", before.tables);
        object.number("tables_after", after.tables);
        object.number("microseconds", static_cast<std::uint64_t>(spent.count()));
    }
    return text;
}

std::optional<JobInfo> find_job(const Service& service, std::string_view rest) {
    const auto id = parse_number(rest);
    return id ? service.jobs.find(*id) : std::nullopt;
}

}  // namespace

Answer start_flush(Service& service, const Request& request, std::string_view) {
    if (const auto problem = refuse_read_only(service)) {
        return problem_answer(*problem);
    }
    return start_job(service, request, "flush", [&store = service.store](JobProgress&) {
        return change(store, &Store::flush);
    });
}

Answer start_compact(Service& service, const Request& request, std::string_view) {
    if (const auto problem = refuse_read_only(service)) {
        return problem_answer(*problem);
    }
    return start_job(service, request, "compact", [&store = service.store](JobProgress&) {
        return change(store, &Store::compact);
    });
}

Answer start_check(Service& service, const Request& request, std::string_view) {
    const auto fast = Query{request.query}.flag("fast");
    if (!fast) {
        return problem_answer(bad_request(fast.error()));
    }
    const auto work = [&store = service.store,
                       full = !*fast](JobProgress& progress) -> Result<std::string> {
        CheckOptions options;
        options.full = full;
        options.progress = [&progress](std::uint64_t done, std::uint64_t total) {
            progress.done.store(done, std::memory_order_relaxed);
            progress.total.store(total, std::memory_order_relaxed);
        };
        const CheckReport report = STRATA_TRY(store.check(options));
        std::string text;
        append_json_check(text, report);
        return text;
    };
    return start_job(service, request, "check", work);
}

Answer sync_store(Service& service, const Request&, std::string_view) {
    const Sequence sequence = service.store.last_sequence();
    const Status done = service.store.sync();
    if (!done) {
        return problem_answer(write_problem_of(done.error()));
    }
    return json_answer([sequence](JsonObject& object) { object.number("durable", sequence); });
}

Answer list_jobs(Service& service, const Request&, std::string_view) {
    return json_answer([&](JsonObject& object) {
        std::string& list = object.member("jobs");
        list += '[';
        bool first = true;
        for (const JobInfo& job : service.jobs.list()) {
            list += first ? "" : ",";
            first = false;
            append_job(list, job);
        }
        list += ']';
    });
}

Answer show_job(Service& service, const Request&, std::string_view rest) {
    const auto job = find_job(service, rest);
    return job ? job_answer(*job, 200) : problem_answer(no_job());
}

Answer cancel_job(Service& service, const Request&, std::string_view rest) {
    const auto id = parse_number(rest);
    const auto job = id ? service.jobs.cancel(*id) : std::nullopt;
    if (!job) {
        return problem_answer(no_job());
    }
    if (job->state != JobState::cancelled) {
        return problem_answer(
            {.status = 409,
             .code = "conflict",
             .detail = fmt::format("the job is {}; only one that waits can be cancelled",
                                   job_state_name(job->state))});
    }
    return job_answer(*job, 200);
}

}  // namespace strata::tools
