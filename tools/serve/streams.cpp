// SPDX-License-Identifier: Apache-2.0
#include "serve/streams.hpp"

#include "common/json.hpp"
#include "serve/problem.hpp"
#include "serve/summary.hpp"

#include <utility>

namespace strata::tools {
namespace {

// As much as is made before it is known whether an answer is short.
constexpr std::size_t short_max = std::size_t{64} << 10;

// A body of which the beginning is already made.
class BegunSource final : public BodySource {
  public:
    BegunSource(std::string begun, std::unique_ptr<BodySource> rest)
        : begun_{std::move(begun)}, rest_{std::move(rest)} {}

    bool next(std::string& out, std::size_t wanted) override {
        if (!begun_.empty()) {
            out += begun_;
            begun_ = std::string{};
            return true;
        }
        return rest_->next(out, wanted);
    }

  private:
    std::string begun_;
    std::unique_ptr<BodySource> rest_;
};

class RecordLines final : public BodySource {
  public:
    RecordLines(Walk walk, RecordStream stream)
        : walk_{std::move(walk)}, stream_{std::move(stream)} {}

    bool next(std::string& out, std::size_t wanted) override {
        const std::size_t end = out.size() + wanted;
        // A pattern that matches nothing must not keep the thread.
        for (std::size_t i = 0; i < records_per_step && out.size() < end; ++i) {
            const auto more = walk_.iterator->next();
            if (!more) {
                append_error(out, more.error());
                return false;
            }
            if (!*more) {
                append_end(out, false);
                return false;
            }
            if (stream_.range.glob && !stream_.range.glob->matches(walk_.iterator->key())) {
                continue;
            }
            if (stream_.range.limit && count_ == *stream_.range.limit) {
                append_end(out, true);
                return false;
            }
            append_line(out);
        }
        return true;
    }

  private:
    void append_line(std::string& out) {
        const Iterator& at = *walk_.iterator;
        Record record{.key = at.key()};
        if (!stream_.keys_only && !at.deleted()) {
            record.value = at.value();
        }
        if (stream_.sequences) {
            record.sequence = at.sequence();
        }
        if (stream_.range.scan.all_versions) {
            record.type = at.deleted() ? RecordType::del : RecordType::put;
        }
        append_json_record(out, record, {});
        out += '\n';
        if (++count_ == stream_.range.limit) {
            last_ = at.key();
        }
    }

    void append_end(std::string& out, bool more) {
        {
            JsonObject object{out};
            object.boolean("end", true);
            object.number("count", count_);
            object.number("seq", walk_.sequence);
            if (stream_.moved) {
                object.boolean("moved", true);
            }
            if (more && !stream_.range.scan.all_versions) {
                object.text("next", cursor_text({walk_.sequence, last_}, stream_.range));
            }
        }
        out += '\n';
    }

    static void append_error(std::string& out, const Error& error) {
        {
            JsonObject object{out};
            append_problem(object.member("error"), problem_of(error));
        }
        out += '\n';
    }

    Walk walk_;
    RecordStream stream_;
    std::uint64_t count_ = 0;
    std::string last_;  // key of the last line that the limit allows
};

}  // namespace

Response stream_answer(std::string_view type, std::unique_ptr<BodySource> source) {
    Response response;
    response.content_type = type;
    std::string begun;
    bool more = true;
    for (std::size_t before = 1; more && begun.size() < short_max && before != begun.size();) {
        before = begun.size();
        more = source->next(begun, short_max - begun.size());
    }
    if (more) {
        response.source = std::make_unique<BegunSource>(std::move(begun), std::move(source));
    } else {
        response.body = std::move(begun);
    }
    return response;
}

std::unique_ptr<BodySource> record_lines(Walk walk, RecordStream stream) {
    return std::make_unique<RecordLines>(std::move(walk), std::move(stream));
}

}  // namespace strata::tools
