// SPDX-License-Identifier: Apache-2.0
#include "table/filter.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "table/format.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr std::uint64_t line_bits = filter_line_size * 8;
constexpr std::uint32_t probe_factor = 0x9e3779b9U;
constexpr std::uint32_t lines_max =
    static_cast<std::uint32_t>(table_section_size_max / filter_line_size - 1);

std::size_t line_offset(std::uint64_t key_hash, std::uint32_t lines) noexcept {
    return static_cast<std::size_t>(((key_hash >> 32) * lines) >> 32) * filter_line_size;
}

std::uint32_t lines_for(std::uint64_t keys, unsigned bits_per_key) noexcept {
    const std::uint64_t lines = (keys * bits_per_key + line_bits - 1) / line_bits;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(lines, 1, lines_max));
}

}  // namespace

std::string FilterBuilder::finish() const {
    if (bits_per_key_ == 0) {
        return {};
    }
    const std::uint32_t lines = lines_for(hashes_.size(), bits_per_key_);
    const unsigned probes = filter_probes(bits_per_key_);
    std::string block(filter_line_size * (std::size_t{lines} + 1), '\0');
    store(block.data(), lines);
    block[4] = static_cast<char>(probes);
    store(block.data() + 8, std::uint64_t{hashes_.size()});
    char* bits = block.data() + filter_line_size;
    for (const std::uint64_t hash : hashes_) {
        char* line = bits + line_offset(hash, lines);
        std::uint32_t y = low32(hash);
        for (unsigned i = 0; i < probes; ++i) {
            const std::uint32_t bit = y >> 23;
            line[bit / 8] = static_cast<char>(line[bit / 8] | (1 << (bit % 8)));
            y *= probe_factor;
        }
    }
    return block;
}

Result<FilterView> FilterView::parse(Bytes block) {
    FieldReader fields{block};
    FilterView view;
    view.lines_ = fields.fixed<std::uint32_t>();
    view.probes_ = fields.fixed<std::uint8_t>();
    static_cast<void>(fields.take(3));
    view.keys_ = fields.fixed<std::uint64_t>();
    const std::uint64_t size = filter_line_size * (std::uint64_t{view.lines_} + 1);
    if (!fields.ok() || view.lines_ == 0 || view.probes_ == 0 || size != block.size()) {
        return make_error(ErrorCode::corruption,
                          "a filter of {} lines and {} probes does not fit in {} bytes",
                          view.lines_, view.probes_, block.size());
    }
    view.bits_ = block.data() + filter_line_size;
    return view;
}

void FilterView::prefetch(std::uint64_t key_hash) const noexcept {
    if (bits_ != nullptr) {
        __builtin_prefetch(bits_ + line_offset(key_hash, lines_));
    }
}

bool FilterView::may_contain(std::uint64_t key_hash) const noexcept {
    if (bits_ == nullptr) {
        return true;
    }
    const char* line = bits_ + line_offset(key_hash, lines_);
    std::uint32_t y = low32(key_hash);
    for (unsigned i = 0; i < probes_; ++i) {
        const std::uint32_t bit = y >> 23;
        if ((static_cast<unsigned char>(line[bit / 8]) >> (bit % 8) & 1U) == 0) {
            return false;
        }
        y *= probe_factor;
    }
    return true;
}

}  // namespace strata
