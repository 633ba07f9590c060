// SPDX-License-Identifier: Apache-2.0
#include "cli/transcript.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/line_reader.hpp"
#include "common/units.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

struct Step {
    std::size_t line = 0;
    std::string command{};
    std::vector<std::string> expected{};
};

// The command behind a prompt.
std::optional<std::string> command_of(const std::string& line) {
    std::size_t begin = 0;
    if (line.starts_with("strata ")) {
        begin = line.find('>');
        if (begin == std::string::npos) {
            return std::nullopt;
        }
    }
    if (line.substr(begin, 2) != "> " && line.substr(begin) != ">") {
        return std::nullopt;
    }
    return line.substr(std::min(begin + 2, line.size()));
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

// Takes away comments behind an empty line, and the empty lines.
void trim(std::vector<std::string>& lines) {
    std::size_t end = lines.size();
    while (end > 0 && lines[end - 1].starts_with('#')) {
        --end;
    }
    if (end < lines.size() && end > 0 && lines[end - 1].empty()) {
        lines.resize(end);
    }
    while (!lines.empty() && lines.back().empty()) {
        lines.pop_back();
    }
}

std::vector<Step> steps_of(const std::string& content) {
    std::vector<Step> steps;
    const std::vector<std::string> lines = lines_of(content);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto command = command_of(lines[i]);
        if (command) {
            steps.push_back({i + 1, std::move(*command), {}});
        } else if (!steps.empty()) {
            steps.back().expected.push_back(lines[i]);
        }
    }
    for (Step& step : steps) {
        trim(step.expected);
    }
    return steps;
}

void print_difference(Output& output, const std::string& path, const Step& step,
                      const std::vector<std::string>& actual) {
    output.write(fmt::format("{}:{}: > {}\n", path, step.line, step.command));
    for (const std::string& line : step.expected) {
        output.write("- " + line + "\n");
    }
    for (const std::string& line : actual) {
        output.write("+ " + line + "\n");
    }
}

}  // namespace

Result<int> check_transcript(Session& session, const std::string& path) {
    constexpr std::uint64_t size_max = std::uint64_t{256} << 20;
    const std::string content = STRATA_TRY(read_whole(path, size_max));
    const std::vector<Step> steps = steps_of(content);
    if (steps.empty()) {
        return usage_error("{}: expected lines that begin with \"> \", found none", path);
    }
    Output& report = session.output();
    std::size_t different = 0;
    for (const Step& step : steps) {
        std::string printed;
        {
            Output capture{printed};
            const OutputSwap swap{session, capture};
            auto parsed = parse_line(step.command);
            if (!parsed) {
                session.diagnostics().error(parsed.error());
            } else {
                session.execute_all(parsed->commands);
            }
        }
        std::vector<std::string> actual = lines_of(printed);
        trim(actual);
        if (actual != step.expected) {
            ++different;
            print_difference(report, path, step, actual);
        }
        if (interrupted() || session.quit_request()) {
            break;
        }
    }
    session.diagnostics().note(
        fmt::format("{}: {}, {} differ", path, count_of(steps.size(), "command"), different));
    return different == 0 ? exit_done : exit_verification;
}

}  // namespace strata::tools
