// SPDX-License-Identifier: Apache-2.0
#include "io/owner.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <unistd.h>

namespace strata {
namespace {

std::string read_line(const char* path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

// Field 22 of /proc/self/stat. The second field is the program's name in parentheses and may hold
// spaces, so counting starts behind the last one.
std::string start_time() {
    const std::string stat = read_line("/proc/self/stat");
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

}  // namespace

std::string owner_text() {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) {
        host[0] = '\0';
    }
    return fmt::format("pid={}\nstart={}\nprogram={}\nsince={}\nhost={}\ncontrol=\n", getpid(),
                       start_time(), read_line("/proc/self/comm"), local_time(), host.data());
}

}  // namespace strata
