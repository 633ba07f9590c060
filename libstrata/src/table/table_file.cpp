// SPDX-License-Identifier: Apache-2.0
#include "table/table_file.hpp"

#include "base/error.hpp"
#include "table/codec.hpp"

#include <algorithm>
#include <utility>

namespace strata {

TableFile::TableFile(std::unique_ptr<File> file, std::string path) noexcept
    : file_{std::move(file)}, path_{std::move(path)} {}

Result<TableFile> TableFile::open(FileSystem& files, const std::string& path,
                                  const TableIdentity& identity) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    TableFile table{std::move(file), path};
    STRATA_TRY(table.read_footer(identity));
    return table;
}

TableFile TableFile::with_footer(std::unique_ptr<File> file, std::string path,
                                 const TableFooter& footer) {
    TableFile table{std::move(file), std::move(path)};
    table.footer_ = footer;
    return table;
}

/// Errors of the layers below know no file: this adds it, and the offset.
Error TableFile::at(std::uint64_t offset, const Error& error) const {
    return make_error(error.code, "{}: at {}: {}", path_, offset, error.message);
}

Status TableFile::read(std::uint64_t offset, char* to, std::size_t size) const {
    const std::size_t got = STRATA_TRY(file_->read(offset, {to, size}));
    if (got != size) {
        return corruption_at(path_, offset, "the file ends after {} of {} bytes", got, size);
    }
    return {};
}

Status TableFile::read_footer(const TableIdentity& identity) {
    const std::uint64_t length = STRATA_TRY(file_->size());
    if (length < table_footer_size) {
        return corruption_at(path_, 0, "not a table, or cut short: {} bytes, a footer has {}",
                             length, table_footer_size);
    }
    const std::uint64_t offset = length - table_footer_size;
    char bytes[table_footer_size];
    STRATA_TRY(read(offset, bytes, sizeof bytes));
    auto footer = decode_footer({bytes, sizeof bytes}, length);
    if (!footer) {
        return at(offset, footer.error());
    }
    footer_ = *footer;
    if (identity.number && *identity.number != footer_.number) {
        return corruption_at(path_, offset, "the footer says table {}, expected {}", footer_.number,
                             *identity.number);
    }
    if (identity.footer_check && *identity.footer_check != footer_.check) {
        return corruption_at(path_, offset, "the footer has check {:016x}, expected {:016x}",
                             footer_.check, *identity.footer_check);
    }
    return {};
}

/// Unfolds a compressed block into `scratch`; leaves it alone when the block is stored raw.
Status TableFile::unfold(const BlockTrailer& trailer, const BlockHandle& handle, Bytes stored,
                         BlockFrame::Pointer& scratch) const {
    if (trailer.codec > Compression::zstd) {
        return make_error(ErrorCode::unsupported,
                          "{}: at {}: codec {}, this program knows none, lz4 and zstd", path_,
                          handle.offset, static_cast<unsigned>(trailer.codec));
    }
    if (trailer.raw_length > data_block_size_max ||
        !plausible_raw_length(trailer.codec, stored, trailer.raw_length)) {
        return corruption_at(path_, handle.offset, "{} bytes of {} cannot unfold to {}",
                             stored.size(), codec_name(trailer.codec), trailer.raw_length);
    }
    if (trailer.codec == Compression::none) {
        return {};
    }
    if (scratch == nullptr || scratch->size() < trailer.raw_length) {
        scratch = BlockFrame::allocate(trailer.raw_length);
    }
    const Status unfolded =
        decompress_block(trailer.codec, stored, {scratch->data(), trailer.raw_length});
    if (!unfolded) {
        return at(handle.offset, unfolded.error());
    }
    return {};
}

Result<BlockView> TableFile::view_data(const BlockHandle& handle, Bytes bytes,
                                       BlockFrame::Pointer& scratch) const {
    const auto trailer = verify_block(bytes, footer_.salt + handle.offset, BlockKind::data);
    if (!trailer) {
        return at(handle.offset, trailer.error());
    }
    const Bytes stored = bytes.substr(0, handle.size);
    STRATA_TRY(unfold(*trailer, handle, stored, scratch));
    const Bytes raw =
        trailer->codec == Compression::none ? stored : Bytes{scratch->data(), trailer->raw_length};
    auto view = BlockView::parse(raw, BlockKind::data);
    if (!view) {
        return at(handle.offset, view.error());
    }
    return view;
}

Result<BlockFrame::Pointer> TableFile::read_data(const BlockHandle& handle) const {
    const std::size_t size = handle.size + block_trailer_size;
    BlockFrame::Pointer frame;
    Bytes bytes;
    if (handle.offset + size <= map_.size()) {
        frame = BlockFrame::allocate(0);
        bytes = map_.substr(static_cast<std::size_t>(handle.offset), size);
    } else {
        frame = BlockFrame::allocate(size);
        STRATA_TRY(read(handle.offset, frame->data(), size));
        bytes = {frame->data(), size};
    }
    BlockFrame::Pointer unfolded;
    const BlockView view = STRATA_TRY(view_data(handle, bytes, unfolded));
    if (unfolded != nullptr) {
        frame = std::move(unfolded);
    }
    frame->view = view;
    return frame;
}

Result<BlockFrame::Pointer> TableFile::read_section(const BlockHandle& handle,
                                                    BlockKind kind) const {
    const std::size_t size = handle.size + block_trailer_size;
    auto frame = BlockFrame::allocate(size);
    STRATA_TRY(read(handle.offset, frame->data(), size));
    const auto trailer = verify_block({frame->data(), size}, footer_.salt + handle.offset, kind);
    if (!trailer) {
        return at(handle.offset, trailer.error());
    }
    if (trailer->codec != Compression::none || trailer->raw_length != handle.size) {
        return corruption_at(path_, handle.offset, "{} of {} bytes with codec {} and raw length {}",
                             block_kind_name(kind), handle.size,
                             static_cast<unsigned>(trailer->codec), trailer->raw_length);
    }
    return frame;
}

Result<BlockFrame::Pointer> TableFile::read_index() const {
    const BlockHandle handle = footer_.index();
    auto frame = STRATA_TRY(read_section(handle, BlockKind::index));
    const auto view = BlockView::parse({frame->data(), handle.size}, BlockKind::index);
    if (!view) {
        return at(handle.offset, view.error());
    }
    const Status checked = check_index(*view);
    if (!checked) {
        return at(handle.offset, checked.error());
    }
    frame->view = *view;
    return frame;
}

Status TableFile::check_bounds(const BlockView& index, std::uint32_t position,
                               const BlockView& block) const {
    const bool above = position == 0 || block.compare_key(0, index.key(position - 1)) >= 0;
    const bool below = block.compare_key(block.count() - 1, index.key(position)) <= 0;
    if (!above || !below) {
        return corruption_at(path_, handle_at(index, position).offset,
                             "the keys of block {} do not lie between its separators in the index",
                             position);
    }
    return {};
}

Status TableFile::check_index(const BlockView& index) const {
    std::uint64_t expected = 0;
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < index.count(); ++i) {
        const std::size_t size = index.record(i).value.size();
        if (size != block_handle_size) {
            return make_error(ErrorCode::corruption, "entry {} has {} bytes, expected {}", i, size,
                              block_handle_size);
        }
        const BlockHandle handle = handle_at(index, i);
        if (handle.offset != expected || handle.size > data_block_size_max) {
            return make_error(ErrorCode::corruption,
                              "entry {} has a block of {} bytes at {}, expected one at {}", i,
                              handle.size, handle.offset, expected);
        }
        end = handle.end();
        expected = round_up(end, table_block_alignment);
    }
    if (end > footer_.sections_begin()) {
        return make_error(ErrorCode::corruption, "the blocks end at {}, beyond the sections at {}",
                          end, footer_.sections_begin());
    }
    return {};
}

}  // namespace strata
