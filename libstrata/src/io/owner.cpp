// SPDX-License-Identifier: Apache-2.0
#include "io/owner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <unistd.h>

namespace strata {
namespace {

// Longest value that is taken from the text.
constexpr std::size_t value_size_max = 128;

std::string read_line(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

// Field 22 of /proc/PROCESS/stat; empty when there is no such process. The second field is the
// program's name in parentheses and may hold spaces, so counting starts behind the last one.
std::string start_time(const std::string& process) {
    const std::string stat = read_line("/proc/" + process + "/stat");
    const std::size_t end = stat.rfind(')');
    if (end == std::string::npos) {
        return {};
    }
    std::istringstream fields{stat.substr(end + 1)};
    std::string field;
    for (int number = 3; number <= 22; ++number) {
        fields >> field;
    }
    return field;
}

std::string local_time() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    localtime_r(&now, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return {text.data(), size};
}

std::string host_name() {
    std::array<char, 256> host{};
    return gethostname(host.data(), host.size() - 1) == 0 ? std::string{host.data()} : "";
}

/// The value in the line "NAME=value", cleaned.
std::string value_of(Bytes text, Bytes name) {
    std::string value;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const Bytes line = text.substr(0, end);
        if (line.starts_with(name) && line.substr(name.size()).starts_with("=")) {
            for (const char byte : line.substr(name.size() + 1, value_size_max)) {
                value += byte >= ' ' && byte <= '~' ? byte : '?';
            }
            break;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return value;
}

}  // namespace

std::string owner_text() {
    return fmt::format("pid={}\nstart={}\nprogram={}\nsince={}\nhost={}\ncontrol=\n", getpid(),
                       start_time("self"), read_line("/proc/self/comm"), local_time(), host_name());
}

Owner parse_owner(Bytes text) {
    Owner owner{.start = value_of(text, "start"),
                .program = value_of(text, "program"),
                .since = value_of(text, "since"),
                .host = value_of(text, "host")};
    const std::string process = value_of(text, "pid");
    const auto parsed =
        std::from_chars(process.data(), process.data() + process.size(), owner.process);
    if (parsed.ec != std::errc{} || parsed.ptr != process.data() + process.size()) {
        owner.process = 0;
    }
    return owner;
}

OwnerState owner_state(const Owner& owner) {
    if (!owner.host.empty() && owner.host != host_name()) {
        return OwnerState::elsewhere;
    }
    const std::string start = start_time(fmt::format_int{owner.process}.str());
    return !start.empty() && start == owner.start ? OwnerState::running : OwnerState::ended;
}

}  // namespace strata
