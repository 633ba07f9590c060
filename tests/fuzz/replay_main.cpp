// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer, so that every compiler and every test run exercises it:
//
//     log_fuzz_replay [-m MUTATIONS] FILE|DIR...
//
// Each file is given to the target as it is, then MUTATIONS times (500) with a few bytes changed,
// cut off or repeated, always the same way. When the target ends the process, the input that did
// it is named.
#include "support/random.hpp"

#include <unistd.h>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// What is running, for the handler of the signal that ends it.
char running[512];

extern "C" void name_input(int number) {
    const std::size_t size = std::strlen(running);
    static_cast<void>(!::write(STDERR_FILENO, running, size));
    std::signal(number, SIG_DFL);
    std::raise(number);
}

void run(const std::string& input, const std::string& name) {
    std::snprintf(running, sizeof running, "\nfuzz: failed on %s\n", name.c_str());
    // A copy of exactly this size, so that a sanitizer sees every byte read beyond it.
    std::vector<std::uint8_t> bytes(input.begin(), input.end());
    static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
}

std::string mutated(std::string input, std::uint64_t seed) {
    strata::test::Random random{seed};
    const std::uint64_t changes = random.between(1, 4);
    for (std::uint64_t i = 0; i < changes && !input.empty(); ++i) {
        const std::size_t at = random.below(input.size());
        switch (random.below(5)) {
            case 0:
                input[at] = static_cast<char>(random.next());
                break;
            case 1:
                input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
                break;
            case 2:
                input.resize(at);
                break;
            case 3:
                input.insert(at, random.bytes(random.between(1, 8)));
                break;
            default:
                input.insert(at, input.substr(random.below(input.size()), 64));
                break;
        }
    }
    return input;
}

std::vector<std::string> inputs(const std::string& path) {
    if (!std::filesystem::is_directory(path)) {
        return {path};
    }
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{path}) {
        if (entry.path().filename() != "README") {
            found.push_back(entry.path().string());
        }
    }
    return found;
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGABRT, name_input);
    std::signal(SIGSEGV, name_input);
    std::uint64_t mutations = 500;
    std::uint64_t runs = 0;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "-m" && i + 1 < count) {
            mutations = std::strtoull(arguments[++i], nullptr, 10);
            continue;
        }
        for (const std::string& path : inputs(argument)) {
            std::ifstream file{path, std::ios::binary};
            const std::string input{std::istreambuf_iterator<char>{file}, {}};
            run(input, path);
            for (std::uint64_t seed = 1; seed <= mutations; ++seed) {
                run(mutated(input, seed), path + " with mutation " + std::to_string(seed));
            }
            runs += 1 + mutations;
        }
    }
    std::printf("fuzz: %llu inputs\n", static_cast<unsigned long long>(runs));
    return runs == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
