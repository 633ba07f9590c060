// SPDX-License-Identifier: Apache-2.0
#include "stress/compare.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/json.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "stress/mode_table.hpp"
#include "stress/parse.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

namespace strata::tools {
namespace {

namespace json = boost::json;

constexpr std::size_t file_size_max = std::size_t{64} << 20;

/// Adds the figures of reports to measures.
class MeasureReader {
  public:
    explicit MeasureReader(std::string where) : where_{std::move(where)} {}

    Status add(const json::value& report) {
        const json::object* object = report.if_object();
        const json::value* tool = object == nullptr ? nullptr : object->if_contains("tool");
        const json::value* runs = object == nullptr ? nullptr : object->if_contains("runs");
        if (tool == nullptr || *tool != "strata-stress" || runs == nullptr || !runs->is_array()) {
            return usage_error("{}: expected a report of \"strata-stress bench --json\"", where_);
        }
        for (const json::value& run : runs->get_array()) {
            add_run(run);
        }
        if (const json::value* figures = object->if_contains("figures");
            figures != nullptr && figures->is_object()) {
            for (const auto& figure : figures->get_object()) {
                add_figure(std::string{figure.key()}, figure.value());
            }
        }
        return {};
    }

    [[nodiscard]] Measures take() { return std::move(measures_); }

  private:
    void add_value(const std::string& name, bool more_is_better, const json::value* value) {
        if (value == nullptr || !value->is_number()) {
            return;
        }
        const auto number = value->to_number<double>();
        auto found = std::ranges::find(measures_, name, &Measure::name);
        if (found == measures_.end()) {
            measures_.push_back({name, more_is_better, {}});
            found = measures_.end() - 1;
        }
        found->values.push_back(number);
    }

    static std::string text_of(const json::object& object, std::string_view name) {
        const json::value* value = object.if_contains(name);
        return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
    }

    void add_run(const json::value& value) {
        if (!value.is_object()) {
            return;
        }
        const json::object& run = value.get_object();
        const json::value* threads = run.if_contains("threads");
        const std::string name =
            fmt::format("{} {}T", text_of(run, "name"),
                        threads != nullptr && threads->is_int64() ? threads->get_int64() : 0);
        add_value(name + " ops/s", true, run.if_contains("ops_per_s"));
        const json::value* kinds = run.if_contains("kinds");
        for (const json::value& kind :
             kinds != nullptr && kinds->is_array() ? kinds->get_array() : json::array{}) {
            if (kind.is_object()) {
                add_kind(name, kind.get_object());
            }
        }
        add_value(name + " written per byte", false, run.if_contains("write_amplification"));
    }

    void add_kind(const std::string& run, const json::object& kind) {
        const std::string name = fmt::format("{} {}", run, text_of(kind, "kind"));
        for (const std::string_view times : {"service_us", "response_us"}) {
            const json::value* found = kind.if_contains(times);
            if (found == nullptr || !found->is_object()) {
                continue;
            }
            for (const std::string_view percentile : {"p50", "p99"}) {
                add_value(
                    fmt::format("{} {} {}", name, times.substr(0, times.find('_')), percentile),
                    false, found->get_object().if_contains(percentile));
            }
        }
    }

    void add_figure(const std::string& name, const json::value& value) {
        // Counts are neither good nor bad.
        if (name.starts_with("disk") || name == "compaction" || name == "recovery" ||
            name == "all writes" || name == "peak memory") {
            add_value(name, false, &value);
        }
    }

    std::string where_;
    Measures measures_;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double spread(const std::vector<double>& values, double middle) {
    const auto [least, greatest] = std::ranges::minmax(values);
    return middle == 0 ? 0 : (greatest - least) / middle;
}

Comparison compare_one(const Measure& base, const Measure& now, double threshold) {
    Comparison result;
    result.name = base.name;
    result.base = median(base.values);
    result.now = median(now.values);
    result.noise = std::max(threshold, spread(base.values, result.base));
    if (result.base == 0) {
        return result;
    }
    result.change = (result.now - result.base) / result.base;
    // A rate that fell to 1 / 1.1 is as much worse as a time that grew by the factor 1.1.
    const double factor =
        base.more_is_better ? result.base / std::max(result.now, 1e-300) : result.now / result.base;
    if (factor > 1 + result.noise) {
        result.verdict = Verdict::worse;
    } else if (factor < 1 / (1 + result.noise)) {
        result.verdict = Verdict::better;
    }
    return result;
}

std::string_view verdict_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::better:
            return "better";
        case Verdict::worse:
            return "worse";
        case Verdict::only_base:
            return "only in the base";
        case Verdict::only_new:
            return "only in the new";
        case Verdict::same:
            break;
    }
    return "no difference";
}

std::string number_text(double number) { return fmt::format("{:.4g}", number); }

Result<Measures> read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file.is_open() || file.bad()) {
        return system_error(path, "open");
    }
    if (text.size() > file_size_max) {
        return usage_error("{}: {}, expected at most {}", path, size_text(text.size()),
                           size_text(file_size_max));
    }
    return read_measures(path, text);
}

void print_comparisons_json(Output& output, const std::vector<Comparison>& all) {
    for (const Comparison& one : all) {
        std::string line;
        {
            JsonObject object{line};
            object.text("figure", one.name);
            if (one.verdict != Verdict::only_new) {
                object.member("base") += fmt::format("{:.6g}", one.base);
            }
            if (one.verdict != Verdict::only_base) {
                object.member("new") += fmt::format("{:.6g}", one.now);
            }
            if (one.verdict != Verdict::only_new && one.verdict != Verdict::only_base) {
                object.member("change") += fmt::format("{:.4f}", one.change);
                object.member("noise") += fmt::format("{:.4f}", one.noise);
            }
            object.text("verdict", verdict_text(one.verdict));
        }
        output.write(line + "\n");
    }
}

void print_comparisons(Output& output, const std::vector<Comparison>& all) {
    Sheet sheet;
    sheet.columns = {"figure", "base", "new", "change", "noise", "verdict"};
    for (const Comparison& one : all) {
        const bool both = one.verdict != Verdict::only_base && one.verdict != Verdict::only_new;
        const auto cell = [](bool shown, std::string text) {
            return shown ? Cell{std::move(text)} : Cell{};
        };
        sheet.rows.push_back({one.name,
                              cell(one.verdict != Verdict::only_new, number_text(one.base)),
                              cell(one.verdict != Verdict::only_base, number_text(one.now)),
                              cell(both, fmt::format("{:+.1f}%", one.change * 100)),
                              cell(both, fmt::format("{:.1f}%", one.noise * 100)),
                              std::string{verdict_text(one.verdict)}});
    }
    OutputStyle style;
    style.format = OutputFormat::table;
    print_sheet(output, style, sheet);
}

Result<int> compare_files(const StressContext& context) {
    const auto base = STRATA_TRY(read_file(context.options.words[0]));
    const auto now = STRATA_TRY(read_file(context.options.words[1]));
    const auto all = compare_measures(base, now, context.options.threshold);
    (context.options.json ? print_comparisons_json : print_comparisons)(context.output, all);
    const auto count = [&all](Verdict verdict) {
        return static_cast<std::uint64_t>(std::ranges::count(all, verdict, &Comparison::verdict));
    };
    const std::uint64_t worse = count(Verdict::worse);
    const std::uint64_t better = count(Verdict::better);
    context.diagnostics.note(
        worse + better == 0
            ? fmt::format("{} compared: no difference", count_of(all.size(), "figure"))
            : fmt::format("{} compared: {} worse, {} better", count_of(all.size(), "figure"), worse,
                          better));
    return worse == 0 ? exit_done : exit_negative;
}

}  // namespace

Result<Measures> read_measures(const std::string& path, std::string_view text) {
    std::size_t number = 0;
    std::optional<MeasureReader> reader;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        if (line.empty()) {
            continue;
        }
        boost::system::error_code error;
        const json::value value = json::parse({line.data(), line.size()}, error);
        if (error) {
            return usage_error("{}:{}: not JSON: {}", path, number, error.message());
        }
        if (!reader) {
            reader.emplace(path);
        }
        STRATA_TRY(reader->add(value));
    }
    if (!reader) {
        return usage_error("{}: empty, expected a report of \"strata-stress bench --json\"", path);
    }
    return reader->take();
}

std::vector<Comparison> compare_measures(const Measures& base, const Measures& now,
                                         double threshold) {
    std::vector<Comparison> all;
    for (const Measure& measure : base) {
        const auto other = std::ranges::find(now, measure.name, &Measure::name);
        if (other != now.end()) {
            all.push_back(compare_one(measure, *other, threshold));
        } else {
            all.push_back({measure.name, median(measure.values), 0, 0, 0, Verdict::only_base});
        }
    }
    for (const Measure& measure : now) {
        if (std::ranges::find(base, measure.name, &Measure::name) == base.end()) {
            all.push_back({measure.name, 0, median(measure.values), 0, 0, Verdict::only_new});
        }
    }
    return all;
}

int stress_compare(const StressContext& context) {
    const auto status = compare_files(context);
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
