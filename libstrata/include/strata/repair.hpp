// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Repair: what can still be read of a damaged store, as a new store, with a full account of what
/// could not be read. The damaged store is never changed.
namespace strata {

/// Something that could not be read, and what it may have held.
struct RepairLoss {
    std::string kind{};  ///< block, table, log, manifest, torn-tail
    std::string file{};
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  ///< bytes; 0: they are not there at all
    std::string message{};   ///< what was expected and what was found

    /// The keys it may have held lie between these, both included; unset: no bound on that side.
    std::optional<std::string> key_from{};
    std::optional<std::string> key_to{};
    bool key_from_older = false;  ///< what is lost of key_from is older than what was read of it
    /// Sequences of what it may have held, both included. sequence_to is 0 when no record is lost
    /// at all, sequence_max when nobody knows.
    Sequence sequence_from = 0;
    Sequence sequence_to = 0;
    /// At most so many records were lost here; unset: nobody knows. Several losses in one table
    /// share one number.
    std::optional<std::uint64_t> records_max{};
};

/// A key whose newest readable version is in the new store, although a newer version of it, or its
/// delete, may be among what was lost: it may be out of date, or come back from the dead.
struct RepairSuspect {
    Bytes key{};            ///< valid until the call returns
    Sequence sequence = 0;  ///< of the version that the new store shows
    std::size_t loss = 0;   ///< index in RepairReport::losses
};

struct RepairOptions {
    /// Directory of the new store: absent or empty, and not inside the damaged one.
    std::string out{};
    bool dry_run = false;  ///< read and judge everything, write nothing
    /// Called for each suspect, keys ascending. May be empty; they are counted all the same.
    std::function<void(const RepairSuspect&)> suspect{};
    /// Called now and then with the bytes of tables read and to be read. May be empty.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
    std::shared_ptr<FileSystem> file_system{};  ///< unset: the operating system's
};

struct RepairReport {
    std::string manifest{};        ///< path of the one that was used; empty: none could be read
    bool newest_manifest = false;  ///< it is the newest, not one that was kept from before
    std::uint64_t tables = 0;
    std::uint64_t segments = 0;
    std::uint64_t records_read = 0;  ///< versions, tombstones too
    std::uint64_t keys_written = 0;  ///< live keys in the new store
    std::uint64_t bytes_written = 0;
    Sequence last_sequence = 0;
    std::vector<RepairLoss> losses{};
    std::vector<Finding> damage{};     ///< that cost no record: an index, a filter, a header
    std::vector<std::string> notes{};  ///< files that were left out, and why
    std::uint64_t suspects = 0;
    /// Keys that are older than operations of the log that were lost, which may have been of any
    /// key; they are not named one by one.
    std::uint64_t keys_in_doubt = 0;
    /// Batches behind damage in the log: they are in the new store though older ones are lost.
    std::uint64_t batches_behind_gap = 0;
    bool complete = false;  ///< no record was lost, as far as anybody can tell
    std::string verdict{};  ///< one line: "complete", "lost at most 12 records between a and b"
};

/// Reads what can be read of the store in `directory`: the newest manifest that verifies (or the
/// footers of the tables when none does), every block and every frame with a check that verifies.
/// Writes the newest version of each key into a new store in `options.out`, which is marked as
/// repaired, has an identity of its own, and keeps sequences; older versions are not kept.
///
/// Of the log, everything before the first damage counts, and then the batches of later frames that
/// verify (RepairReport::batches_behind_gap). Nothing is taken on trust: what has no check that
/// verifies is lost.
///
/// busy: the store has an owner. invalid_argument: `out` is not a place for a new store. not_found:
/// nothing of a store is there. unsupported: a later format. Memory: the log, and a block of each
/// table.
Result<RepairReport> repair_directory(const std::string& directory, const RepairOptions& options);

}  // namespace strata
