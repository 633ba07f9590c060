// SPDX-License-Identifier: Apache-2.0
#include "http/job.hpp"

#include "common/error.hpp"
#include "common/interrupt.hpp"
#include "common/json_members.hpp"
#include "http/problem.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

namespace strata::tools {
namespace {

using std::chrono::milliseconds;

struct JobReport {
    std::string state{};
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::string result{};
    std::optional<Error> error{};
};

Result<JobReport> read_job(std::string_view text) {
    const boost::json::object object = STRATA_TRY(parse_json_object(text));
    const JsonMembers members{object};
    JobReport job;
    STRATA_TRY(members.text("state", job.state));
    STRATA_TRY(members.number("done", job.done));
    STRATA_TRY(members.number("total", job.total));
    if (const boost::json::value* result = members.find("result")) {
        job.result = boost::json::serialize(*result);
    }
    const boost::json::value* error = members.find("error");
    if (error != nullptr && error->is_object()) {
        job.error = error_of_problem(error->get_object());
    }
    return job;
}

// Waits, but not through Ctrl-C; false when that came.
bool pause(milliseconds duration, bool was_interrupted) {
    constexpr milliseconds step{20};
    const auto end = std::chrono::steady_clock::now() + duration;
    while (was_interrupted || !interrupted()) {
        const auto left = end - std::chrono::steady_clock::now();
        if (left <= left.zero()) {
            return true;
        }
        std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, step));
    }
    return false;
}

}  // namespace

Result<std::string> run_job(Remote& remote, const std::string& target,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    constexpr milliseconds shortest{2};
    constexpr milliseconds longest{250};
    const bool was_interrupted = interrupted();
    HttpAnswer answer =
        STRATA_TRY(remote.ask({.method = "POST", .target = target, .repeatable = false}));
    const std::string place =
        "/v1/jobs/" + answer.head.location.substr(answer.head.location.rfind('/') + 1);
    milliseconds wait = shortest;
    while (true) {
        auto read = read_job(answer.body);
        if (!read) {
            return at(remote.endpoint().name + ": a job of the server", read.take_error());
        }
        if (read->error) {
            return std::move(*read->error);
        }
        if (read->state == "done") {
            return std::move(read->result);
        }
        if (read->state != "queued" && read->state != "running") {
            return fail(ErrorCode::io, "{}: the job ended as {}", remote.endpoint().name,
                        read->state.empty() ? "nothing known" : read->state);
        }
        if (progress && read->total != 0) {
            progress(read->done, read->total);
        }
        if (!pause(wait, was_interrupted)) {
            return fail(ErrorCode::io, "{}: interrupted; the server goes on with {}",
                        remote.endpoint().name, place);
        }
        wait = std::min(wait * 3 / 2 + milliseconds{1}, longest);
        answer = STRATA_TRY(remote.ask({.target = place}));
    }
}

}  // namespace strata::tools
