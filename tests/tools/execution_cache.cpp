// SPDX-License-Identifier: Apache-2.0
// A program outside the tree: runs the script on its standard input and prints the result, or
// remembers the result from the last time.
//
//     execution_cache STORE < SCRIPT
#include <strata/store.hpp>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

namespace {

// FNV-1a. Where strangers choose the scripts, take a cryptographic hash.
std::string hash_of(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return "result:" + std::to_string(hash);
}

std::string run(const std::string& script) {
    std::string result;
    if (std::FILE* pipe = popen(script.c_str(), "r"); pipe != nullptr) {
        for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
            result.push_back(static_cast<char>(c));
        }
        pclose(pipe);
    }
    return result;
}

strata::Result<std::string> run_cached(strata::Store& store, const std::string& script) {
    const std::string key = hash_of(script);
    if (const auto known = STRATA_TRY(store.get(key))) {
        std::cerr << "remembered\n";
        return std::string{known->bytes()};
    }
    std::string result = run(script);
    // A result that a power cut takes away is computed again.
    STRATA_TRY(store.put(key, result, {.sync = strata::SyncMode::none()}));
    std::cerr << "computed\n";
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string script{std::istreambuf_iterator<char>{std::cin}, {}};
    auto store = strata::open(argc == 2 ? argv[1] : "");
    if (!store) {
        std::cerr << store.error().message << '\n';
        return 1;
    }
    const auto result = run_cached(**store, script);
    const auto closed = (*store)->close();
    if (!result || !closed) {
        std::cerr << (result ? closed.error() : result.error()).message << '\n';
        return 1;
    }
    std::cout << *result;
    return 0;
}
