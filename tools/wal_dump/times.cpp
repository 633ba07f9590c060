// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/times.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace strata::tools {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;

/// Takes numbers and signs off a text.
class TimeParser {
  public:
    explicit TimeParser(std::string_view text) : rest_{text} {}

    /// Exactly so many digits.
    unsigned digits(std::size_t count) {
        unsigned value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const char digit = i < rest_.size() ? rest_[i] : ' ';
            good_ = good_ && digit >= '0' && digit <= '9';
            value = good_ ? value * 10 + static_cast<unsigned>(digit - '0') : 0;
        }
        rest_.remove_prefix(std::min(count, rest_.size()));
        return value;
    }
    bool skip(char wanted) {
        const bool there = rest_.starts_with(wanted);
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }
    void expect(char wanted) { good_ = skip(wanted) && good_; }
    /// Up to three digits behind a point; more are dropped.
    unsigned fraction_ms() {
        unsigned value = 0;
        unsigned scale = 100;
        while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
            value += static_cast<unsigned>(rest_[0] - '0') * scale;
            scale /= 10;
            rest_.remove_prefix(1);
        }
        return value;
    }
    [[nodiscard]] bool done() const { return good_ && rest_.empty(); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

Result<std::uint64_t> parse_time(std::string_view text, std::uint64_t now) {
    if (const auto ago = parse_duration(text)) {
        const auto ms = static_cast<std::uint64_t>(ago->count()) / 1000;
        return ms < now ? now - ms : std::uint64_t{0};
    }
    TimeParser parser{text};
    const auto year = std::chrono::year{static_cast<int>(parser.digits(4))};
    parser.expect('-');
    const auto month = std::chrono::month{parser.digits(2)};
    parser.expect('-');
    const std::chrono::year_month_day date{year, month, std::chrono::day{parser.digits(2)}};
    milliseconds time{0};
    bool good = date.ok() && static_cast<int>(year) >= 1970;
    if (!parser.empty()) {
        good = (parser.skip('T') || parser.skip(' ')) && good;
        const unsigned hours = parser.digits(2);
        parser.expect(':');
        const unsigned minutes = parser.digits(2);
        const unsigned seconds = parser.skip(':') ? parser.digits(2) : 0;
        const unsigned fraction = parser.skip('.') ? parser.fraction_ms() : 0;
        good = good && hours < 24 && minutes < 60 && seconds < 61;
        time = std::chrono::hours{hours} + std::chrono::minutes{minutes} +
               std::chrono::seconds{seconds} + milliseconds{fraction};
        const bool ahead = parser.skip('+');
        if (ahead || parser.skip('-')) {
            const std::chrono::hours zone_hours{parser.digits(2)};
            parser.expect(':');
            const auto zone = zone_hours + std::chrono::minutes{parser.digits(2)};
            time += ahead ? -zone : zone;
        } else {
            parser.skip('Z');
        }
    }
    if (!good || !parser.done()) {
        return usage_error(
            "expected a time (2026-05-01T12:30:00Z) or a duration (10m), found "
            "\"{}\"",
            escaped(text));
    }
    const milliseconds since = sys_days{date}.time_since_epoch() + time;
    return since.count() < 0 ? std::uint64_t{0} : static_cast<std::uint64_t>(since.count());
}

std::string time_text(std::uint64_t ms) {
    // Beyond the year 9999 a number says as much.
    constexpr std::uint64_t ms_max = 253'402'300'799'999;
    if (ms > ms_max) {
        return fmt::format("{} ms", ms);
    }
    const milliseconds since{static_cast<std::int64_t>(ms)};
    const days day = std::chrono::floor<days>(since);
    const std::chrono::year_month_day date{sys_days{day}};
    const auto rest = static_cast<std::uint64_t>((since - day).count());
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
}

}  // namespace strata::tools
