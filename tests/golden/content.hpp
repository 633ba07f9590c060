// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/builders.hpp"
#include "table/builder.hpp"
#include "version/manifest.hpp"

#include <strata/options.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What the golden files of version 1 hold, by rule: make_golden wrote it once, golden_test expects
/// it for ever. A rule here never changes; what a later version adds gets rules and files of its
/// own.
namespace strata::golden {

using test::Version;

/// Of every file that is not part of a whole store.
[[nodiscard]] StoreId store_id();

/// The i-th key: text, bytes, or long text; and the value of one of its versions.
[[nodiscard]] std::string key_of(std::size_t i);
[[nodiscard]] std::string value_of(std::size_t i, std::size_t generation);

/// One file in tables/.
struct GoldenTable {
    std::uint64_t number = 0;
    Compression codec = Compression::none;
    std::size_t block_size = 1024;
    unsigned filter_bits = 10;
    std::size_t keys = 0;

    [[nodiscard]] TableBuilderOptions options() const;
    /// All versions, sorted: puts, expiring puts, deletes, one key with forty versions.
    [[nodiscard]] std::vector<Version> entries() const;
};
[[nodiscard]] std::vector<GoldenTable> tables();

/// The batches in log/: segments 3 and 4, closed, then the same split at `log_split`.
inline constexpr std::size_t log_batches = 40;
inline constexpr std::size_t log_split = 25;
inline constexpr std::uint64_t log_first_segment = 3;
/// In log-open/: one segment that nobody closed, with marks and pads, and zeros behind the end.
inline constexpr std::uint64_t log_open_segment = 7;
/// The operations of a batch, encoded, and their number.
struct LogContent {
    std::string encoded{};
    std::uint32_t operations = 0;
};
[[nodiscard]] LogContent log_batch(std::size_t i);

/// The files in manifests/.
[[nodiscard]] std::vector<Manifest> manifests();

/// One thing done to a store.
struct Step {
    enum class Kind : std::uint8_t {
        write,           ///< one batch, synced
        write_unsynced,  ///< one batch
        flush,
        compact,
        kill,  ///< ends without close, as by kill -9, and opens again
    };
    Kind kind = Kind::write;
    std::vector<Version> operations{};  ///< sequences are not used
};

/// One directory in stores/.
struct GoldenStore {
    enum class End : std::uint8_t {
        closed,
        killed,
        torn,  ///< killed, and the last batch is cut: a power cut while it was written
    };
    std::string name{};
    End end = End::closed;
    Options options{};
    std::vector<Step> steps{};

    /// Keys and values after all steps that survive.
    [[nodiscard]] std::map<std::string, std::string> state() const;
    /// Operations in these steps.
    [[nodiscard]] Sequence last_sequence() const;

  private:
    [[nodiscard]] std::size_t surviving_steps() const;
};
[[nodiscard]] std::vector<GoldenStore> stores();

}  // namespace strata::golden
