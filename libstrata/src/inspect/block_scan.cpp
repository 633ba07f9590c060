// SPDX-License-Identifier: Apache-2.0
#include "inspect/block_scan.hpp"

#include "base/coding.hpp"
#include "table/block_view.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr std::uint64_t read_size = std::uint64_t{256} << 10;
constexpr std::size_t piece_size = 4096;  ///< of a read around a bad sector
constexpr std::uint64_t block_extent_max = data_block_size_max + block_trailer_size;
/// Starts that are remembered: one stands behind each thing that looked like a trailer.
constexpr std::size_t starts_max = 8;
/// A sound file costs one hash of each byte. More is spent where something is damaged, and this
/// bounds what a crafted file can cost.
constexpr std::uint64_t hashed_max_per_byte = 64;
constexpr std::uint64_t hashed_max_free = std::uint64_t{16} << 20;

/// The bytes of a trailer that are the same for all data blocks: codec, kind and a zero.
bool looks_like_trailer(const char* at) noexcept {
    return at[5] == static_cast<char>(BlockKind::data) &&
           static_cast<unsigned char>(at[4]) <= static_cast<unsigned char>(Compression::zstd) &&
           at[6] == 0 && at[7] == 0;
}

}  // namespace

Bytes BlockScan::bytes(std::uint64_t begin, std::uint64_t end) const {
    return Bytes{window_}.substr(static_cast<std::size_t>(begin - window_at_),
                                 static_cast<std::size_t>(end - begin));
}

/// Reads around bytes that the medium refuses, which become zero.
void BlockScan::read_pieces(std::uint64_t offset, std::size_t to, std::size_t size) {
    for (std::size_t done = 0; done < size; done += piece_size) {
        const std::size_t piece = std::min(piece_size, size - done);
        if (!file_.read(offset + done, window_.data() + to + done, piece)) {
            window_.replace(to + done, piece, piece, '\0');
        }
    }
}

/// Makes the window reach `to`, or the end of the data.
void BlockScan::fill(std::uint64_t to) {
    while (window_at_ + window_.size() < std::min(to, end_)) {
        const std::uint64_t at = window_at_ + window_.size();
        const auto size = static_cast<std::size_t>(std::min(read_size, end_ - at));
        const std::size_t before = window_.size();
        window_.resize(before + size);
        if (!file_.read(at, window_.data() + before, size)) {
            read_pieces(at, before, size);
        }
    }
}

bool BlockScan::verifies(std::uint64_t begin, std::uint64_t trailer) {
    const std::uint64_t size = trailer - begin;
    if (size == 0 || size > data_block_size_max) {
        return false;
    }
    if (hashed_ > hashed_max_free + end_ * hashed_max_per_byte) {
        return false;
    }
    hashed_ += size;
    return verify_block(bytes(begin, trailer + block_trailer_size), file_.footer().salt + begin,
                        BlockKind::data)
        .has_value();
}

/// The block whose trailer stands at `at`, if it does.
std::optional<BlockHandle> BlockScan::try_trailer(std::uint64_t at) {
    const Bytes trailer = bytes(at, at + block_trailer_size);
    const auto raw_length = load<std::uint32_t>(trailer.data());
    const auto codec = static_cast<Compression>(static_cast<unsigned char>(trailer[4]));
    const auto found = [at](std::uint64_t begin) {
        return BlockHandle{.offset = begin, .size = static_cast<std::uint32_t>(at - begin)};
    };
    if (codec == Compression::none) {
        const bool possible = raw_length <= at - position_;
        const std::uint64_t begin = possible ? at - raw_length : 0;
        if (possible && begin % table_block_alignment == 0 && verifies(begin, at)) {
            return found(begin);
        }
        return {};
    }
    for (auto start = starts_.rbegin(); start != starts_.rend(); ++start) {
        if (*start < at && verifies(*start, at)) {
            return found(*start);
        }
    }
    // The trailer of the block before may be what is damaged. A compressed block is shorter than
    // what it unfolds to, which bounds where it can begin.
    const std::uint64_t least = round_up(
        std::max(position_, at - std::min<std::uint64_t>(at, raw_length)), table_block_alignment);
    for (std::uint64_t begin = least; begin < at; begin += table_block_alignment) {
        if (verifies(begin, at)) {
            return found(begin);
        }
    }
    return {};
}

std::optional<BlockHandle> BlockScan::next() {
    starts_.assign(1, position_);
    window_.erase(0, static_cast<std::size_t>(
                         std::min<std::uint64_t>(position_ - window_at_, window_.size())));
    window_at_ = position_;
    for (std::uint64_t at = position_; at + block_trailer_size <= end_; ++at) {
        if (at + block_trailer_size > window_at_ + window_.size()) {
            if (at - position_ > 2 * block_extent_max) {
                // No block can be so long: what lies far behind is given up.
                position_ = round_up(at - block_extent_max, table_block_alignment);
                window_.erase(0, static_cast<std::size_t>(position_ - window_at_));
                window_at_ = position_;
                std::erase_if(starts_, [this](std::uint64_t s) { return s < position_; });
                starts_.insert(starts_.begin(), position_);
            }
            fill(at + block_trailer_size);
        }
        if (!looks_like_trailer(window_.data() + (at - window_at_))) {
            continue;
        }
        if (const auto found = try_trailer(at)) {
            position_ = round_up(found->end(), table_block_alignment);
            return found;
        }
        starts_.push_back(round_up(at + block_trailer_size, table_block_alignment));
        if (starts_.size() > starts_max) {
            starts_.erase(starts_.begin() + 1);
        }
    }
    position_ = end_;
    return {};
}

}  // namespace strata
