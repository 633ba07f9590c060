// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/process_facts.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// What the kernel knows about this process and a directory, and other processes.
namespace strata::bench {

class Engine;

using tools::cpu_seconds;
using tools::disk_bytes;
using tools::peak_memory_bytes;
using tools::Stopwatch;
using tools::storage_bytes_written;

/// Bytes in the files of `directory` whose names end in `suffix`: their sizes, or less where not
/// all of that is allocated. Space set aside behind a file's end does not count.
[[nodiscard]] std::uint64_t file_bytes(const std::string& directory, std::string_view suffix);

/// Runs `work` in a child process, so that the memory it used is not this one's, and ends this
/// process when it fails. What it left in the page cache is on the disk afterwards, so that the
/// kernel does not write beside what is measured. Call it before anything has started a thread.
void run_in_child(const std::function<void()>& work);

/// The same, but the child kills itself with SIGKILL when it has opened and filled a store.
void run_killed_child(const std::function<std::unique_ptr<Engine>()>& work);

}  // namespace strata::bench
