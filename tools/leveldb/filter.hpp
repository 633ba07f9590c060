// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/table.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// The filter of a table: for each stretch of the file (2 KiB by default) a Bloom filter over the
/// keys of the blocks that begin in it.
namespace strata::level {

/// Behind "filter." in the metaindex.
inline constexpr const char* bloom_filter = "leveldb.BuiltinBloomFilter2";

class Filter {
  public:
    /// The filter that the metaindex names, if any. corruption when the metaindex, or a filter of
    /// the known kind, is damaged.
    static Result<std::optional<Filter>> read(const Table& table);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Whether this is the kind of filter that may_contain() can test.
    [[nodiscard]] bool known() const noexcept { return name_ == bloom_filter; }
    [[nodiscard]] const BlockHandle& handle() const noexcept { return handle_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return content_.size(); }
    /// How many stretches there are, and how long each is, as a power of two.
    [[nodiscard]] std::size_t stretches() const noexcept { return count_; }
    [[nodiscard]] unsigned stretch_log2() const noexcept { return stretch_log2_; }

    /// False: the key is in no block that begins at `block_offset`. True for kinds that are not
    /// known, and where the filter itself makes no sense.
    [[nodiscard]] bool may_contain(std::uint64_t block_offset, Bytes user_key) const noexcept;

  private:
    Filter(std::string name, Block block)
        : name_{std::move(name)}, handle_{block.handle}, content_{std::move(block.content)} {}

    Status read_stretches(const std::string& path);
    [[nodiscard]] std::uint32_t begin_of(std::size_t stretch) const noexcept;

    std::string name_;
    BlockHandle handle_;
    std::string content_;
    std::size_t offsets_ = 0;  ///< where the offsets begin, which is where the filters end
    std::size_t count_ = 0;
    unsigned stretch_log2_ = 0;
};

}  // namespace strata::level
