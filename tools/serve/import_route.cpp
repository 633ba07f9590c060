// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/record_parse.hpp"
#include "serve/access.hpp"
#include "serve/body.hpp"
#include "serve/handlers.hpp"
#include "serve/header_fields.hpp"
#include "serve/json_answer.hpp"
#include "serve/problem.hpp"
#include "serve/query.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

// One chunk is one batch: written, and synced, at once.
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr std::uint32_t chunk_operations = 10'000;
// A record that, with this, does not fit beside others goes alone.
constexpr std::size_t record_overhead_max = 64;
constexpr std::size_t reasons_max = 10;
constexpr std::string_view tsv_type = "text/tab-separated-values";

struct ImportOptions {
    WriteOptions write{};
    std::string prefix{};  ///< of the token
    bool tsv = false;
    bool skip = false;  ///< lines that are wrong are counted, not the end of it
    std::size_t line_max = 0;
};

/// Lines of records become batches as they come. What is written stays when a later line is wrong,
/// or the client goes away; the answer says how far it came.
class ImportSink final : public BodySink {
  public:
    ImportSink(Store& store, ImportOptions options)
        : store_{store}, options_{std::move(options)}, sequence_{store.last_sequence()} {}

    bool take(std::string_view piece) override {
        while (!piece.empty() && !problem_) {
            const std::size_t end = piece.find('\n');
            const std::string_view part = piece.substr(0, end);
            if (line_.size() + part.size() > options_.line_max) {
                problem_ = {.status = 413,
                            .code = "too-large",
                            .detail = fmt::format("line {}: it has more than {} bytes",
                                                  line_number_ + 1, options_.line_max)};
                break;
            }
            if (end == std::string_view::npos) {
                line_ += part;
                break;
            }
            if (line_.empty()) {
                take_line(part, 1);
            } else {
                line_ += part;
                take_line(line_, 1);
                line_.clear();
            }
            piece.remove_prefix(end + 1);
        }
        return !problem_;
    }

    Response finish() override {
        if (!problem_ && !line_.empty()) {
            take_line(line_, 0);
        }
        // What came before a wrong line is good.
        if (!problem_ || problem_->outcome.empty()) {
            write_chunk();
        }
        if (problem_) {
            problem_->more = fmt::format(",\"line\":{},\"imported\":{},\"durable_bytes\":{}",
                                         line_number_, imported_, durable_);
            return problem_answer(*problem_);
        }
        return json_answer([this](JsonObject& object) {
            object.number("imported", imported_);
            object.number("rejected", rejected_);
            object.number("bytes", durable_);
            object.number("seq", sequence_);
            if (!reasons_.empty()) {
                object.member("reasons") += "[" + reasons_ + "]";
            }
        });
    }

    void abandon() noexcept override {}

  private:
    void take_line(std::string_view line, std::size_t line_end) {
        ++line_number_;
        const std::uint64_t next = offset_ + line.size() + line_end;
        Status taken = add(line);
        if (!taken && !problem_) {
            if (options_.skip) {
                reject(taken.error());
            } else {
                problem_ = bad_request(fmt::format("line {}, byte {}: {}", line_number_, offset_,
                                                   taken.error().message));
            }
        }
        if (problem_) {
            return;
        }
        offset_ = next;
        if (batch_.operations() >= chunk_operations || batch_.encoded().size() >= chunk_bytes) {
            write_chunk();
        }
    }

    Status add(std::string_view line) {
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            return {};
        }
        if (ended_) {
            return usage_error("a record follows the end record");
        }
        if (!options_.tsv) {
            const auto end = STRATA_TRY(parse_stream_end(line));
            if (end) {
                return check_end(*end);
            }
        }
        const OwnedRecord record =
            STRATA_TRY(options_.tsv ? parse_tsv_record(line) : parse_json_record(line));
        if (!record.key.starts_with(options_.prefix)) {
            problem_ = outside_prefix(record.key);
            return {};
        }
        const std::size_t size = record.key.size() + record.value.size() + record_overhead_max;
        if (batch_.encoded().size() + size > batch_size_max) {
            write_chunk();
            if (problem_) {
                return {};
            }
        }
        STRATA_TRY(record.type == RecordType::del ? batch_.del(record.key)
                                                  : batch_.put(record.key, record.value));
        ++records_;
        return {};
    }

    Status check_end(std::uint64_t count) {
        if (count != records_ + rejected_) {
            return usage_error("the end record counts {} records, {} came", count,
                               records_ + rejected_);
        }
        ended_ = true;
        return {};
    }

    void reject(const Error& error) {
        if (rejected_++ < reasons_max) {
            reasons_ += reasons_.empty() ? "" : ",";
            JsonObject object{reasons_};
            object.number("line", line_number_);
            object.number("byte", offset_);
            object.text("detail", error.message);
        }
    }

    // Everything before offset_ is in the store afterwards.
    void write_chunk() {
        if (!batch_.empty()) {
            const auto written = store_.write(batch_, options_.write);
            if (!written) {
                problem_ = write_problem_of(written.error());
                return;
            }
            sequence_ = *written;
            imported_ += batch_.operations();
            batch_.clear();
        }
        durable_ = offset_;
    }

    Store& store_;
    const ImportOptions options_;
    Batch batch_;
    std::string line_;  // the beginning of one that is not complete
    std::optional<Problem> problem_;
    std::uint64_t line_number_ = 0;
    std::uint64_t offset_ = 0;  // of the body, behind the last line
    std::uint64_t durable_ = 0;
    std::uint64_t records_ = 0;
    std::uint64_t imported_ = 0;
    std::uint64_t rejected_ = 0;
    std::string reasons_;
    Sequence sequence_;
    bool ended_ = false;
};

}  // namespace

Answer import_records(Service& service, const Request& request, std::string_view) {
    ImportOptions options{.prefix = request.identity->prefix, .line_max = service.options.body_max};
    options.tsv = same_type(content_type(request), tsv_type);
    if (!options.tsv) {
        if (const auto problem = check_body_type(request, true)) {
            return problem_answer(*problem);
        }
    }
    const Query query{request.query};
    const auto sync = query.sync();
    if (!sync) {
        return problem_answer(bad_request(sync.error()));
    }
    options.write.sync = *sync;
    const auto on_error = query.text("on_error");
    if (!on_error) {
        return problem_answer(bad_request(on_error.error()));
    }
    const std::string word = on_error->value_or("stop");
    if (word != "stop" && word != "skip") {
        return problem_answer(bad_request("on_error: expected stop or skip"));
    }
    options.skip = word == "skip";
    return std::unique_ptr<BodySink>{
        std::make_unique<ImportSink>(service.store, std::move(options))};
}

}  // namespace strata::tools
