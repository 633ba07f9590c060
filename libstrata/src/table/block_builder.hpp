// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"

#include <strata/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace strata {

/// Gathers entries and lays them out as one block (block_view.hpp). The layout depends on all
/// keys of the block, so entries wait in a staging buffer until finish(). Reusable: finish()
/// leaves it empty and keeps its memory.
class BlockBuilder {
  public:
    /// Entries must come in entry order; for an index, equal keys with sequence 0 may repeat.
    void add(const Entry& entry);

    [[nodiscard]] bool empty() const noexcept { return records_.empty(); }
    [[nodiscard]] std::size_t count() const noexcept { return records_.size(); }
    /// About the size the block would have with this entry as well; never far below the truth.
    [[nodiscard]] std::size_t size_with(const Entry& entry) const noexcept;
    /// The key added last; empty when the block is. Valid until the next call that is not const.
    [[nodiscard]] Bytes last_key() const noexcept;
    [[nodiscard]] Sequence last_sequence() const noexcept { return records_.back().sequence; }

    /// Replaces `out` with the block. Requires that it is not empty.
    void finish(std::string& out);

  private:
    struct Record {
        std::size_t at;  ///< of the key in staging_; the value follows it
        std::uint32_t key_size;
        std::uint32_t value_size;
        Sequence sequence;
        std::uint64_t expiry;
        Kind kind;
    };
    struct Layout;
    [[nodiscard]] Bytes key_of(const Record& record) const noexcept {
        return {staging_.data() + record.at, record.key_size};
    }
    [[nodiscard]] std::size_t common_prefix(Bytes key) const noexcept;
    [[nodiscard]] Layout plan() const noexcept;
    char* write_record(const Record& record, const Layout& layout, char* to) const noexcept;

    std::string staging_;
    std::vector<Record> records_;
    std::size_t prefix_ = 0;  ///< length of the common prefix of all keys
    std::size_t key_bytes_ = 0;
    std::size_t value_bytes_ = 0;
    std::size_t expiry_bytes_ = 0;
    Sequence least_ = 0;
    Sequence greatest_ = 0;
    bool sizes_vary_ = false;
};

/// Length of the longest common prefix of two byte strings.
[[nodiscard]] std::size_t common_prefix_size(Bytes left, Bytes right) noexcept;

}  // namespace strata
