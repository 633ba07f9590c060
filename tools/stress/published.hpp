// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/bench_session.hpp"

#include <span>
#include <string_view>

/// Workloads that others have published figures of, with all that they report: several runs one
/// after the other on one store, compaction between them, and recovery at the end.
namespace strata::tools {

struct PublishedWorkload {
    std::string_view name;
    std::string_view summary;
    /// How the store is opened, unless -o says otherwise.
    void (*configure)(Options& engine);
    SyncMode sync{};
    Status (*run)(BenchSession& session, const SyncMode& sync);
};

[[nodiscard]] std::span<const PublishedWorkload> published_workloads() noexcept;
/// By its name, or null.
[[nodiscard]] const PublishedWorkload* find_published(std::string_view name) noexcept;

/// Opens the store and runs everything.
Status run_published(BenchSession& session, const PublishedWorkload& workload);

}  // namespace strata::tools
