// SPDX-License-Identifier: Apache-2.0
#include "leveldb/table.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "leveldb/crc32c.hpp"

#include <algorithm>
#include <utility>

namespace strata::level {
namespace {

/// The whole block with its trailer lies before `end`.
bool fits(const BlockHandle& handle, std::uint64_t end) noexcept {
    return end >= block_trailer_size && handle.size <= end - block_trailer_size &&
           handle.offset <= end - block_trailer_size - handle.size;
}

/// Reads exactly `size` bytes.
Result<std::string> read_exactly(File& file, const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const std::size_t count = STRATA_TRY(file.read(offset, bytes));
    if (count != bytes.size()) {
        return corruption_at(path, offset, "expected {} bytes, found {}", bytes.size(), count);
    }
    return bytes;
}

}  // namespace

Result<bool> ends_like_table(FileSystem& files, const std::string& path) {
    const auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const std::uint64_t size = STRATA_TRY(file->size());
    if (size < footer_size) {
        return false;
    }
    char magic[sizeof table_magic] = {};
    const std::size_t count = STRATA_TRY(file->read(size - sizeof magic, magic));
    return count == sizeof magic && load<std::uint64_t>(magic) == table_magic;
}

Result<std::unique_ptr<Table>> Table::open(FileSystem& files, const std::string& path) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const std::uint64_t size = STRATA_TRY(file->size());
    std::unique_ptr<Table> table{new Table{std::move(file), path, size}};
    STRATA_TRY(table->read_footer());
    return table;
}

Status Table::read_footer() {
    if (size_ < footer_size) {
        return corruption_at(path_, size_, "expected a footer of {} bytes, found a file of {}",
                             footer_size, size_);
    }
    const std::uint64_t at = size_ - footer_size;
    const std::string bytes = STRATA_TRY(read_exactly(*file_, path_, at, footer_size));
    const auto magic = load<std::uint64_t>(bytes.data() + footer_size - sizeof table_magic);
    if (magic != table_magic) {
        return corruption_at(path_, size_ - sizeof table_magic,
                             "expected the magic {:016x} of LevelDB, found {:016x}", table_magic,
                             magic);
    }
    Bytes handles = Bytes{bytes}.substr(0, footer_size - sizeof table_magic);
    const auto metaindex = take_handle(handles);
    const auto index = metaindex ? take_handle(handles) : std::nullopt;
    if (!index) {
        return corruption_at(path_, at, "expected two handles in the footer, found no varint");
    }
    for (const BlockHandle& handle : {*metaindex, *index}) {
        if (!fits(handle, at)) {
            return corruption_at(path_, at,
                                 "expected handles of blocks before {}, found {} bytes at {}", at,
                                 handle.size, handle.offset);
        }
    }
    footer_ = {.metaindex = *metaindex, .index = *index};
    return {};
}

Result<Block> Table::read_block(const BlockHandle& handle) const {
    if (!fits(handle, size_ - footer_size)) {
        return corruption_at(path_, handle.offset, "expected a block before {}, found {} bytes",
                             size_ - footer_size, handle.size);
    }
    if (handle.size > unit_size_max) {
        return make_error(ErrorCode::unsupported,
                          "{}: at {}: a block of {} bytes, more than the {} read at once", path_,
                          handle.offset, handle.size, unit_size_max);
    }
    std::string stored =
        STRATA_TRY(read_exactly(*file_, path_, handle.offset, handle.size + block_trailer_size));
    const auto size = static_cast<std::size_t>(handle.size);
    const auto codec = static_cast<std::uint8_t>(stored[size]);
    const auto found = load<std::uint32_t>(stored.data() + size + 1);
    const std::uint32_t expected = masked(crc32c(Bytes{stored}.substr(0, size + 1)));
    if (found != expected) {
        return corruption_at(path_, handle.offset,
                             "expected the check {:08x} behind a block of {} bytes, found {:08x}",
                             expected, size, found);
    }
    stored.resize(size);
    auto content = unfold(codec, std::move(stored));
    if (!content) {
        return make_error(content.error().code, "{}: at {}: {}", path_, handle.offset,
                          content.error().message);
    }
    return Block{.content = content.take_value(), .handle = handle, .codec = codec};
}

Result<BlockCursor> Table::walk(const BlockHandle& handle) const {
    auto block = STRATA_TRY(read_block(handle));
    return BlockCursor::create(path_, std::move(block));
}

Result<BlockHandle> Table::data_handle(const BlockCursor& index) const {
    Bytes value = index.value();
    const auto handle = take_handle(value);
    if (!handle || !value.empty()) {
        return corruption_at(path_, footer_.index.offset,
                             "byte {} of the unfolded index: expected a handle, found {} bytes",
                             index.entry_offset(), index.value().size());
    }
    const std::uint64_t end = std::min(footer_.metaindex.offset, footer_.index.offset);
    if (!fits(*handle, end)) {
        return corruption_at(path_, footer_.index.offset,
                             "byte {} of the unfolded index: expected a block before {}, found "
                             "{} bytes at {}",
                             index.entry_offset(), end, handle->size, handle->offset);
    }
    return *handle;
}

Result<TableCursor> TableCursor::create(const Table& table) {
    auto index = STRATA_TRY(table.walk(table.footer().index));
    return TableCursor{table, std::move(index)};
}

Result<bool> TableCursor::next() {
    while (true) {
        if (!data_) {
            const bool more = STRATA_TRY(next_block());
            if (!more) {
                return false;
            }
        }
        const bool more = STRATA_TRY(data_->next());
        if (!more) {
            data_.reset();
            continue;
        }
        const auto key = parse_internal_key(data_->key());
        if (!key) {
            return corruption_at(table_->path(), handle_.offset,
                                 "byte {} of the unfolded block: expected a key that ends with "
                                 "sequence and kind 0 or 1, found {} bytes",
                                 data_->entry_offset(), data_->key().size());
        }
        key_ = *key;
        if (!lower_.empty() && key_.user_key < lower_) {
            continue;
        }
        lower_.clear();
        return true;
    }
}

Result<bool> TableCursor::next_block() {
    while (true) {
        auto more = index_.next();
        if (!more) {
            lost_index_ = true;
            return more.take_error();
        }
        if (!*more) {
            return false;
        }
        const auto separator = parse_internal_key(index_.key());
        if (lower_.empty() || !separator || separator->user_key >= lower_) {
            break;
        }
    }
    handle_ = table_->footer().index;
    handle_ = STRATA_TRY(table_->data_handle(index_));
    auto data = STRATA_TRY(table_->walk(handle_));
    data_.emplace(std::move(data));
    ++blocks_;
    return true;
}

void TableCursor::seek(Bytes user_key) { lower_ = user_key; }

}  // namespace strata::level
