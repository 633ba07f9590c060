// SPDX-License-Identifier: Apache-2.0
#include "stress/environment.hpp"

#include "common/units.hpp"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <fmt/format.h>
#include <strata/store.hpp>

#include <fstream>
#include <string_view>
#include <thread>

namespace strata::tools {
namespace {

std::string processor_name() {
    std::ifstream file{"/proc/cpuinfo"};
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown processor";
}

std::string kernel_name() {
    utsname name{};
    if (::uname(&name) != 0) {
        return "unknown kernel";
    }
    return fmt::format("{} {}", name.sysname, name.release);
}

std::string file_system_name(const std::string& directory) {
    struct statfs facts {};
    if (directory.empty() || ::statfs(directory.c_str(), &facts) != 0) {
        return {};
    }
    struct Magic {
        std::uint64_t number;
        const char* name;
    };
    // From statfs(2); the three ext file systems share one number.
    constexpr Magic known[] = {
        {0xef53, "ext4"},      {0x58465342, "xfs"},      {0x9123683e, "btrfs"},
        {0x01021994, "tmpfs"}, {0x794c7630, "overlay"},  {0xf2f52010, "f2fs"},
        {0x2fc12fc1, "zfs"},   {0x6969, "nfs"},          {0x65735546, "fuse"},
        {0x858458f6, "ramfs"}, {0xca451a4e, "bcachefs"},
    };
    const auto number = static_cast<std::uint64_t>(facts.f_type);
    for (const Magic& magic : known) {
        if (magic.number == number) {
            return magic.name;
        }
    }
    return fmt::format("file system {:#x}", number);
}

std::string compiler_name() {
#if defined(__clang__)
    return fmt::format("clang {}", __clang_version__);
#else
    return fmt::format("g++ {}", __VERSION__);
#endif
}

std::string build_name() {
    std::string text = STRATA_STRESS_BUILD_TYPE;
#if defined(__SANITIZE_ADDRESS__)
    text += ", address sanitizer";
#endif
#if defined(__SANITIZE_THREAD__)
    text += ", thread sanitizer";
#endif
#if defined(STRATA_DEBUG_CHECKS)
    text += ", debug checks";
#endif
    return text;
}

}  // namespace

Environment environment_of(const std::string& directory) {
    Environment environment;
    environment.processor = processor_name();
    environment.cores = std::thread::hardware_concurrency();
    struct sysinfo facts {};
    if (::sysinfo(&facts) == 0) {
        environment.memory = std::uint64_t{facts.totalram} * facts.mem_unit;
    }
    environment.kernel = kernel_name();
    environment.compiler = compiler_name();
    environment.build = build_name();
    environment.file_system = file_system_name(directory);
    environment.version = version();
    return environment;
}

std::string environment_text(const Environment& environment) {
    std::string text =
        fmt::format("{}, {}, {}, {}", environment.processor, count_of(environment.cores, "core"),
                    size_text(environment.memory), environment.kernel);
    if (!environment.file_system.empty()) {
        text += ", " + environment.file_system;
    }
    return text;
}

}  // namespace strata::tools
