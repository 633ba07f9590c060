// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/database.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// The content of a database: what its own iterator would give.
namespace strata::level {

/// Something that could not be read. The keys lost with it lie between `after` and `up_to`, where
/// those are known; older versions of them may take their place.
struct Damage {
    std::string path{};
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  ///< bytes of the file; 0: not known
    std::string message{};   ///< with the place in front
    ErrorCode code = ErrorCode::corruption;
    std::string after{};
    std::string up_to{};
};

/// Decides about damage: success goes on without what was lost, an error ends the walk with it.
using DamageHandler = std::function<Status(const Damage&)>;

/// Walks a database.
class RecordWalk {
  public:
    RecordWalk() = default;
    RecordWalk(const RecordWalk&) = delete;
    RecordWalk& operator=(const RecordWalk&) = delete;
    virtual ~RecordWalk() = default;

    /// Moves to the next operation; false behind the last. After an error it must not be called.
    virtual Result<bool> next() = 0;

    /// The current operation, borrowed until the next call.
    [[nodiscard]] virtual const InternalKey& key() const noexcept = 0;
    [[nodiscard]] virtual Bytes value() const noexcept = 0;
    /// Of tables and logs, for showing how far it is.
    [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
};

/// In byte order: each key once, with its newest version, puts only. Tables are read one block at a
/// time; the operations of the logs are held in memory, as LevelDB holds them.
///
/// Of a database with another comparator: every table from the oldest to the newest, then the logs,
/// with the newest version of each key in each table, deletes included. Whoever applies all of them
/// in this order has the content. Nothing is held in memory.
///
/// The database must outlive the walk.
Result<std::unique_ptr<RecordWalk>> walk_records(Database& database, const DamageHandler& damaged);

}  // namespace strata::level
