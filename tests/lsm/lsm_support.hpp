// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/must.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

/// Small stores in memory for the tests of the LSM engine.
namespace strata::test {

inline constexpr const char* store_path = "/store";

/// Memtables and blocks so small that everything happens soon.
inline Options small_options(std::shared_ptr<FileSystem> files = StrictFileSystem::create()) {
    Options options;
    options.memory = std::size_t{1} << 20;
    options.memtable_size = 4096;
    options.block_size = 256;
    options.file_system = std::move(files);
    return options;
}

inline std::unique_ptr<Store> open_store(const Options& options) {
    return must(open(store_path, options));
}

inline Options reading(Options options) {
    options.read_only = true;
    return options;
}

/// "key=value " of every key of a scan.
inline std::string text_of(Store& store, const ScanOptions& options = {}) {
    const auto iterator = must(store.scan(options));
    std::string text;
    while (must(iterator->next())) {
        text += std::string{iterator->key()} + "=" + std::string{iterator->value()} + " ";
    }
    return text;
}

inline void put_many(Store& store, int from, int to, const std::string& value,
                     const WriteOptions& mode = {.sync = SyncMode::none()}) {
    for (int i = from; i < to; ++i) {
        must(store.put("key" + std::to_string(10000 + i), value, mode));
    }
}

/// What another thread will bring about: false when it does not within a minute.
inline bool eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

/// Names and sizes in a directory.
inline std::map<std::string, std::uint64_t> sizes_in(FileSystem& files,
                                                     const std::string& directory) {
    std::map<std::string, std::uint64_t> sizes;
    for (const std::string& name : must(files.list(directory))) {
        const auto status = must(files.status(directory + "/" + name));
        sizes[name] = status ? status->size : 0;
    }
    return sizes;
}

}  // namespace strata::test
