// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/remote.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>
#include <strata/store.hpp>

#include <cstdint>
#include <memory>

namespace strata::tools {

/// Walks a range on a server, which sends its records as lines while they are used: neither side
/// holds more than a few megabytes, and the server waits for who reads. `options` has no snapshot,
/// but perhaps a sequence. `limit`: so many records are enough, also behind each seek; 0: all. A
/// stream that ends without its last line is an error.
Result<std::unique_ptr<Iterator>> open_http_iterator(std::shared_ptr<Remote> remote,
                                                     ScanOptions options, std::uint64_t limit = 0);

/// GET parameters of a range.
[[nodiscard]] TargetBuilder range_target(std::string path, const ScanOptions& options);

}  // namespace strata::tools
