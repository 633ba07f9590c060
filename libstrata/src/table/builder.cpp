// SPDX-License-Identifier: Apache-2.0
#include "table/builder.hpp"

#include "base/assert.hpp"
#include "base/coding.hpp"
#include "base/file_name.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"
#include "table/codec.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace strata {
namespace {

/// Blocks are codec input of at most this size; LZ4 and zstd take no more than 2 GiB.
static_assert(data_block_size_max < std::numeric_limits<int>::max());

}  // namespace

std::string shortest_separator(Bytes last, Bytes next) {
    const std::size_t common = common_prefix_size(last, next);
    // The byte at `common` may be raised when the result is below next, or a prefix of it; at the
    // bytes behind it last alone decides, since what stands before them is already below next.
    for (std::size_t i = common; i + 1 < last.size(); ++i) {
        const auto byte = static_cast<unsigned char>(last[i]);
        const bool may_raise =
            i > common ? byte < 0xff
                       : byte + 1 < static_cast<unsigned char>(next[i]) || next.size() > i + 1;
        if (may_raise) {
            std::string separator{last.substr(0, i + 1)};
            separator.back() = static_cast<char>(byte + 1);
            return separator;
        }
    }
    return std::string{last};
}

Result<std::unique_ptr<TableBuilder>> TableBuilder::create(FileSystem& files,
                                                           const std::string& directory,
                                                           const TableBuilderOptions& options) {
    return create_file(files, file_path(directory, FileType::table, options.number), options);
}

Result<std::unique_ptr<TableBuilder>> TableBuilder::create_file(
    FileSystem& files, const std::string& path, const TableBuilderOptions& options) {
    auto file = STRATA_TRY(files.open(path, OpenMode::create_new));
    return std::unique_ptr<TableBuilder>{new TableBuilder{std::move(file), options}};
}

TableBuilder::TableBuilder(std::unique_ptr<File> file, const TableBuilderOptions& options)
    : options_{options},
      output_{std::move(file)},
      salt_{options.salt != 0 ? options.salt : random_u64()},
      filter_{options.filter_bits} {
    properties_.store_id = options.store_id;
    properties_.writer = options.writer;
    properties_.created_ms = options.created_ms;
    properties_.codec = static_cast<std::uint64_t>(options.codec);
    properties_.block_size = options.block_size;
}

Status TableBuilder::add(const Entry& entry) {
    STRATA_ASSERT(!entry.key.empty() && entry.key.size() <= key_size_max);
    STRATA_ASSERT(entry.value.size() <= value_size_max && entry.sequence <= sequence_max);
    STRATA_ASSERT(entry.kind != Kind::del || entry.value.empty());
    const Bytes last = block_.empty() ? Bytes{last_key_} : block_.last_key();
    const int order = last.compare(entry.key);
    const bool first = properties_.entries == 0;
    STRATA_ASSERT(first || order < 0 || (order == 0 && last_sequence_ > entry.sequence));
    const bool new_key = first || order != 0;
    if (!block_.empty() && block_.size_with(entry) > options_.block_size) {
        STRATA_TRY(close_block(&entry.key));
    }
    block_.add(entry);
    open_bytes_ += entry.key.size() + entry.value.size();
    last_sequence_ = entry.sequence;
    count(entry, new_key);
    return {};
}

void TableBuilder::count(const Entry& entry, bool new_key) {
    Properties& p = properties_;
    if (p.entries == 0) {
        p.key_min = entry.key;
        p.sequence_min = entry.sequence;
    }
    p.entries += 1;
    p.raw_bytes += entry.key.size() + entry.value.size();
    p.sequence_min = std::min(p.sequence_min, entry.sequence);
    p.sequence_max = std::max(p.sequence_max, entry.sequence);
    if (new_key) {
        p.keys += 1;
        if (options_.filter_bits != 0) {
            filter_.add(hash64(entry.key, 0));
        }
    }
    if (entry.kind == Kind::del) {
        p.deletes += 1;
    } else {
        p.puts += 1;
    }
    if (entry.kind == Kind::put_expiring) {
        p.expiring += 1;
        p.expiry_min = p.expiring == 1 ? entry.expiry : std::min(p.expiry_min, entry.expiry);
        p.expiry_max = std::max(p.expiry_max, entry.expiry);
    }
    sum_.add(entry);
}

Status TableBuilder::close_block(const Bytes* next_key) {
    last_key_ = block_.last_key();
    const BlockHandle handle = STRATA_TRY(write_data());
    open_bytes_ = 0;
    char value[block_handle_size];
    store(value, handle.offset);
    store(value + sizeof handle.offset, handle.size);
    const std::string separator =
        next_key == nullptr ? last_key_ : shortest_separator(last_key_, *next_key);
    index_.add(
        {.key = separator, .sequence = 0, .kind = Kind::put, .value = {value, sizeof value}});
    return {};
}

Result<BlockHandle> TableBuilder::write_data() {
    block_.finish(raw_);
    const Compression codec = compress_block(options_.codec, raw_, stored_);
    std::string& bytes = codec == Compression::none ? raw_ : stored_;
    STRATA_TRY(output_.pad(table_block_alignment));
    const BlockTrailer trailer{.raw_length = static_cast<std::uint32_t>(raw_.size()),
                               .codec = codec,
                               .kind = BlockKind::data};
    const BlockHandle handle{.offset = output_.position(),
                             .size = static_cast<std::uint32_t>(bytes.size())};
    append_trailer(bytes, trailer, salt_ + handle.offset);
    STRATA_TRY(output_.append(bytes));
    return handle;
}

std::uint64_t TableBuilder::size_estimate() const noexcept {
    return output_.position() + open_bytes_;
}

Result<std::uint32_t> TableBuilder::write_section(std::string block, BlockKind kind) {
    STRATA_ASSERT(block.size() <= table_section_size_max);
    if (block.empty()) {
        return std::uint32_t{0};
    }
    const auto size = static_cast<std::uint32_t>(block.size());
    STRATA_TRY(output_.pad(table_section_alignment));
    append_trailer(block, {.raw_length = size, .codec = Compression::none, .kind = kind},
                   salt_ + output_.position());
    STRATA_TRY(output_.append(block));
    return size;
}

void TableBuilder::complete_properties() {
    Properties& p = properties_;
    p.data_end = output_.position();
    p.key_max = last_key_;
    p.entry_sum = sum_.value();
    if (p.expiring != p.entries) {
        p.expiry_max = 0;
    }
    if (p.deletes != 0) {
        p.tombstone_oldest_ms =
            options_.tombstone_oldest_ms != 0 ? options_.tombstone_oldest_ms : p.created_ms;
    }
}

Result<TableFacts> TableBuilder::finish() {
    STRATA_ASSERT(!block_.empty());
    STRATA_TRY(close_block(nullptr));
    complete_properties();
    const std::uint32_t filter_size =
        STRATA_TRY(write_section(filter_.finish(), BlockKind::filter));
    std::string index;
    index_.finish(index);
    const std::uint32_t index_size = STRATA_TRY(write_section(std::move(index), BlockKind::index));
    const std::uint32_t properties_size =
        STRATA_TRY(write_section(encode_properties(properties_), BlockKind::properties));
    STRATA_TRY(output_.pad(table_section_alignment));
    TableFooter footer{.length = output_.position() + table_footer_size,
                       .number = options_.number,
                       .salt = salt_,
                       .filter_size = filter_size,
                       .index_size = index_size,
                       .properties_size = properties_size};
    const std::array<char, table_footer_size> encoded = encode_footer(footer);
    STRATA_TRY(output_.append({encoded.data(), encoded.size()}));
    STRATA_TRY(output_.finish());
    return facts(footer);
}

TableFacts TableBuilder::facts(const TableFooter& footer) const {
    const Properties& p = properties_;
    return {.number = footer.number,
            .length = footer.length,
            .footer_check = footer.check,
            .file_check = output_.file_check(),
            .sequence_min = p.sequence_min,
            .sequence_max = p.sequence_max,
            .entries = p.entries,
            .deletes = p.deletes,
            .raw_bytes = p.raw_bytes,
            .tombstone_oldest_ms = p.tombstone_oldest_ms,
            .expiry_last = p.expiry_max,
            .key_min = p.key_min,
            .key_max = p.key_max};
}

}  // namespace strata
