// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/log_reader.hpp"
#include "leveldb/write_batch.hpp"
#include "wal_dump/view.hpp"

#include <strata/result.hpp>

#include <memory>

namespace strata::tools {

/// What is shown of a log of LevelDB.
class LevelLogView {
  public:
    LevelLogView() = default;
    LevelLogView(const LevelLogView&) = delete;
    LevelLogView& operator=(const LevelLogView&) = delete;
    virtual ~LevelLogView() = default;

    /// A record of a log that was verified to be a whole batch.
    virtual Status batch(const level::LogReader& record) = 0;
    /// A record of a manifest that was verified to be an edit.
    virtual Status edit(const level::LogReader& record) = 0;
    /// The end. Called once.
    virtual Status finish() { return {}; }
};

/// For records, batches, script, stats and check; unsupported for other modes.
Result<std::unique_ptr<LevelLogView>> make_leveldb_view(const ViewContext& context);

/// An operation as one of our own, which the selection knows.
[[nodiscard]] Entry entry_of(const level::InternalKey& key, Bytes value) noexcept;

}  // namespace strata::tools
