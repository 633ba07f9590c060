// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_parts.hpp"

#include "base/error.hpp"
#include "inspect/block_scan.hpp"
#include "inspect/footer_search.hpp"
#include "table/codec.hpp"
#include "table/table_file.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace strata {
namespace {

constexpr Bytes section_prefix = "section.";

bool is_damage(const Error& error) {
    return error.code == ErrorCode::corruption || error.code == ErrorCode::unsupported;
}

std::unique_ptr<char[]> allocate(std::size_t size) {
    return std::unique_ptr<char[]>{new char[std::max<std::size_t>(size, 1)]};
}

}  // namespace

Finding finding_from(const std::string& path, const Error& error) {
    Finding finding{.file = path, .offset = 0, .message = error.message};
    for (const std::string& start : {path + ": at ", std::string{"at "}, path + ": "}) {
        if (!finding.message.starts_with(start)) {
            continue;
        }
        const char* begin = finding.message.data() + start.size();
        const char* end = finding.message.data() + finding.message.size();
        if (start.ends_with("at ")) {
            const auto [rest, failed] = std::from_chars(begin, end, finding.offset);
            if (failed != std::errc{} || end - rest < 2) {
                continue;
            }
            begin = rest + 2;
        }
        finding.message = std::string{begin, end};
        break;
    }
    return finding;
}

Result<TableParts> TableParts::open(FileSystem& files, const std::string& path) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    TableParts parts{std::move(file), path};
    parts.file_size_ = STRATA_TRY(parts.file_->size());
    STRATA_TRY(parts.load_footer());
    if (parts.footer_) {
        STRATA_TRY(parts.load_properties());
        STRATA_TRY(parts.load_index(files));
    }
    return parts;
}

Status TableParts::note(std::uint64_t offset, Error error) {
    if (!is_damage(error)) {
        return error;
    }
    Finding finding = finding_from(path_, error);
    if (finding.message == error.message) {
        finding.offset = offset;
    }
    findings_.push_back(std::move(finding));
    return {};
}

Status TableParts::read_exactly(std::uint64_t offset, char* to, std::size_t size) const {
    const std::size_t got = STRATA_TRY(file_->read(offset, {to, size}));
    if (got != size) {
        return corruption_at(path_, offset, "the file ends after {} of {} bytes", got, size);
    }
    return {};
}

Result<std::string> TableParts::read(std::uint64_t offset, std::size_t size) const {
    const std::uint64_t left = file_size_ - std::min(file_size_, offset);
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(left, size)), '\0');
    const std::size_t got = STRATA_TRY(file_->read(offset, std::span{bytes.data(), bytes.size()}));
    bytes.resize(got);
    return bytes;
}

Status TableParts::load_footer() {
    auto found = find_footer(*file_, path_, {});
    if (!found) {
        // Another version is no damage: nothing here knows what its bytes mean.
        const bool unknown = found.error().code == ErrorCode::unsupported;
        return unknown ? Status{found.take_error()} : note(0, found.take_error());
    }
    footer_ = found->footer;
    if (!found->damage.empty()) {
        findings_.push_back({path_, found->offset, found->damage});
        // Bytes behind a sound footer are no damage of its own.
        footer_damaged_ = found->offset + table_footer_size == file_size_;
    }
    return {};
}

Result<std::string> TableParts::read_section(const BlockHandle& handle, BlockKind kind) const {
    if (handle.size > inspected_section_size_max) {
        return corruption_at(path_, handle.offset, "the {} of {} bytes is beyond the limit of {}",
                             block_kind_name(kind), handle.size, inspected_section_size_max);
    }
    std::string bytes(handle.size + block_trailer_size, '\0');
    STRATA_TRY(read_exactly(handle.offset, bytes.data(), bytes.size()));
    const auto trailer = verify_block(bytes, footer_->salt + handle.offset, kind);
    if (!trailer) {
        return corruption_at(path_, handle.offset, "{}", trailer.error().message);
    }
    if (trailer->codec != Compression::none || trailer->raw_length != handle.size) {
        return corruption_at(path_, handle.offset, "{} of {} bytes with codec {} and raw length {}",
                             block_kind_name(kind), handle.size,
                             static_cast<unsigned>(trailer->codec), trailer->raw_length);
    }
    bytes.resize(handle.size);
    return bytes;
}

Status TableParts::load_properties() {
    const BlockHandle handle = footer_->properties();
    auto bytes = read_section(handle, BlockKind::properties);
    if (!bytes) {
        return note(handle.offset, bytes.take_error());
    }
    const auto view = BlockView::parse(*bytes, BlockKind::properties);
    auto decoded = decode_properties(*bytes);
    if (!view || !decoded) {
        return note(handle.offset, view ? decoded.take_error() : Error{view.error()});
    }
    properties_ = decoded.take_value();
    take_sections(*view);
    return {};
}

void TableParts::take_sections(const BlockView& properties) {
    for (std::uint32_t i = 0; i < properties.count(); ++i) {
        const std::string name = properties.key(i);
        const Bytes value = properties.record(i).value;
        if (!name.starts_with(section_prefix)) {
            continue;
        }
        FieldReader fields{value};
        BlockHandle handle;
        handle.offset = fields.fixed<std::uint64_t>();
        handle.size = fields.fixed<std::uint32_t>();
        const std::uint64_t room = footer_->sections_begin();
        if (!fields.ok() || !fields.at_end() || handle.offset > room ||
            handle.size + block_trailer_size > room - handle.offset) {
            findings_.push_back({path_, footer_->properties().offset,
                                 fmt::format("the section {} does not lie before the sections at "
                                             "{}",
                                             name.substr(section_prefix.size()), room)});
            continue;
        }
        sections_.push_back({name.substr(section_prefix.size()), handle});
    }
    std::ranges::sort(sections_, {}, [](const Section& section) { return section.handle.offset; });
}

Status TableParts::load_index(FileSystem& files) {
    const BlockHandle handle = footer_->index();
    auto bytes = read_section(handle, BlockKind::index);
    if (!bytes) {
        STRATA_TRY(note(handle.offset, bytes.take_error()));
        return search_blocks(files);
    }
    index_bytes_ = bytes.take_value();
    const auto view = BlockView::parse(index_bytes_, BlockKind::index);
    if (!view) {
        STRATA_TRY(note(handle.offset, Error{view.error()}));
        return search_blocks(files);
    }
    index_ = *view;
    check_handles();
    return {};
}

Status TableParts::search_blocks(FileSystem& files) {
    auto opened = STRATA_TRY(files.open(path_, OpenMode::read));
    const TableFile file = TableFile::with_footer(std::move(opened), path_, *footer_);
    BlockScan scan{file, footer_->sections_begin()};
    while (const auto handle = scan.next()) {
        handles_.emplace_back(*handle);
    }
    return {};
}

void TableParts::check_handles() {
    const std::uint64_t room = footer_->sections_begin();
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < index_->count(); ++i) {
        FieldReader fields{index_->record(i).value};
        BlockHandle handle;
        handle.offset = fields.fixed<std::uint64_t>();
        handle.size = fields.fixed<std::uint32_t>();
        auto& checked = handles_.emplace_back();
        if (!fields.ok() || !fields.at_end() || handle.offset < end ||
            handle.offset % table_block_alignment != 0 || handle.offset > room ||
            handle.size > data_block_size_max ||
            handle.size + block_trailer_size > room - handle.offset) {
            findings_.push_back(
                {path_, footer_->index().offset,
                 fmt::format("entry {} has a block of {} bytes at {}, expected one between {} and "
                             "{}",
                             i, handle.size, handle.offset, end, room)});
            continue;
        }
        checked = handle;
        end = handle.end();
    }
}

Result<DataBlock> TableParts::read_block(std::uint32_t block) const {
    DataBlock data;
    data.handle = *handles_[block];
    const std::uint64_t offset = data.handle.offset;
    const std::size_t size = data.handle.size + block_trailer_size;
    data.stored = allocate(size);
    STRATA_TRY(read_exactly(offset, data.stored.get(), size));
    const auto trailer =
        verify_block({data.stored.get(), size}, footer_->salt + offset, BlockKind::data);
    if (!trailer) {
        return corruption_at(path_, offset, "{}", trailer.error().message);
    }
    data.trailer = *trailer;
    const Bytes stored{data.stored.get(), data.handle.size};
    if (trailer->codec > Compression::zstd) {
        return make_error(ErrorCode::unsupported,
                          "{}: at {}: codec {}, this program knows none, lz4 and zstd", path_,
                          offset, static_cast<unsigned>(trailer->codec));
    }
    if (trailer->raw_length > data_block_size_max ||
        !plausible_raw_length(trailer->codec, stored, trailer->raw_length)) {
        return corruption_at(path_, offset, "{} bytes of {} cannot unfold to {}", stored.size(),
                             codec_name(trailer->codec), trailer->raw_length);
    }
    data.raw = stored;
    if (trailer->codec != Compression::none) {
        data.unfolded = allocate(trailer->raw_length);
        const Status unfolded =
            decompress_block(trailer->codec, stored, {data.unfolded.get(), trailer->raw_length});
        if (!unfolded) {
            return corruption_at(path_, offset, "{}", unfolded.error().message);
        }
        data.raw = {data.unfolded.get(), trailer->raw_length};
    }
    const auto view = BlockView::parse(data.raw, BlockKind::data);
    if (!view) {
        return corruption_at(path_, offset, "{}", view.error().message);
    }
    data.view = *view;
    return data;
}

}  // namespace strata
