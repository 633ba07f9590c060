// SPDX-License-Identifier: Apache-2.0
#include "leveldb/log_reader.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "leveldb/crc32c.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::level {
namespace {

// Of fragments; between the first and the last stand middle ones, 3.
constexpr std::uint8_t type_full = 1;
constexpr std::uint8_t type_first = 2;
constexpr std::uint8_t type_last = 4;

constexpr std::size_t sector_size = 512;

/// How far zeros are followed: a sparse file of any size is judged at once.
constexpr std::uint64_t zeros_read_max = std::uint64_t{4} << 20;

bool all_zeros(Bytes bytes) noexcept { return bytes.find_first_not_of('\0') == Bytes::npos; }

struct Header {
    std::uint32_t check = 0;
    std::size_t size = 0;
    std::uint8_t type = 0;
};

/// `bytes` has at least log_header_size of them.
Header decode_header(Bytes bytes) noexcept {
    return {.check = load<std::uint32_t>(bytes.data()),
            .size = load<std::uint16_t>(bytes.data() + 4),
            .type = static_cast<std::uint8_t>(bytes[6])};
}

/// Of a fragment that lies whole in `bytes`: over its type and data.
std::uint32_t check_of(Bytes bytes, std::size_t size) noexcept {
    return masked(crc32c(bytes.substr(log_header_size - 1, size + 1)));
}

bool known_type(std::uint8_t type) noexcept { return type >= type_full && type <= type_last; }

}  // namespace

Result<bool> begins_like_log(FileSystem& files, const std::string& path) {
    const auto file = STRATA_TRY(files.open(path, OpenMode::read));
    std::string block(log_block_size, '\0');
    const std::size_t count = STRATA_TRY(file->read(0, block));
    block.resize(count);
    if (count < log_header_size) {
        return false;
    }
    const Header header = decode_header(block);
    return (header.type == type_full || header.type == type_first) &&
           header.size <= count - log_header_size && header.check == check_of(block, header.size);
}

Result<std::unique_ptr<LogReader>> LogReader::open(FileSystem& files, const std::string& path) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const std::uint64_t size = STRATA_TRY(file->size());
    std::unique_ptr<LogReader> reader{new LogReader{std::move(file), path, size}};
    STRATA_TRY(reader->read_block(0, reader->block_));
    return reader;
}

Result<LogEvent> LogReader::next() {
    LogEvent event = LogEvent::end;
    if (deferred_) {
        event = *std::exchange(deferred_, std::nullopt);
    } else {
        event = STRATA_TRY(find_event());
    }
    if (event == LogEvent::torn) {
        gap_ = std::move(found_);
    }
    if (event != LogEvent::damage) {
        return event;
    }
    gap_ = std::move(found_);
    while (true) {
        const LogEvent following = STRATA_TRY(find_event());
        // The trailer of a block may lie between.
        const bool adjoins = found_.offset < gap_.offset + gap_.size + log_header_size;
        if (following != LogEvent::damage || !adjoins) {
            deferred_ = following;
            return event;
        }
        gap_.size = found_.offset + found_.size - gap_.offset;
    }
}

Result<LogEvent> LogReader::find_event() {
    while (true) {
        const std::optional<LogEvent> event = STRATA_TRY(step());
        if (event) {
            return *event;
        }
    }
}

/// One fragment, or one block's end; an event when that completes something.
Result<std::optional<LogEvent>> LogReader::step() {
    if (in_block_ >= block_.size()) {
        if (in_last_block()) {
            return finish();
        }
        block_at_ += log_block_size;
        in_block_ = 0;
        STRATA_TRY(read_block(block_at_, block_));
        return std::optional<LogEvent>{};
    }
    const Bytes bytes = rest();
    if (bytes.size() < log_header_size) {
        return skip_trailer();
    }
    const Header header = decode_header(bytes);
    if (header.type == 0 && header.size == 0 && all_zeros(bytes)) {
        const LogEvent event = STRATA_TRY(skip_zeros());
        return std::optional<LogEvent>{event};
    }
    if (header.size > bytes.size() - log_header_size) {
        return std::optional<LogEvent>{misfit(header.size)};
    }
    const std::uint32_t expected = check_of(bytes, header.size);
    if (header.check != expected) {
        return std::optional<LogEvent>{
            wrong_check(header.size, fmt::format("expected the check {:08x} of {} bytes, found "
                                                 "{:08x}",
                                                 expected, header.size, header.check))};
    }
    const Fragment fragment{.type = header.type,
                            .data = bytes.substr(log_header_size, header.size),
                            .offset = position(),
                            .end = position() + log_header_size + header.size};
    in_block_ += log_header_size + header.size;
    return take(fragment);
}

Result<std::size_t> LogReader::read_block(std::uint64_t at, std::string& block) {
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(log_block_size, size_ - at)));
    const std::size_t count = STRATA_TRY(file_->read(at, block));
    if (count < block.size()) {
        // Somebody cuts the file while it is read.
        block.resize(count);
        size_ = at + count;
    }
    return count;
}

/// Everything was read.
std::optional<LogEvent> LogReader::finish() {
    if (!inside_) {
        return LogEvent::end;
    }
    return lost(LogEvent::torn, offset_, size_,
                fmt::format("a record of {} fragments without its last one", fragments_));
}

/// Too little for a header: the filled end of a block, or a header that was cut.
std::optional<LogEvent> LogReader::skip_trailer() {
    const Bytes bytes = rest();
    const std::uint64_t at = position();
    in_block_ = block_.size();
    if (block_.size() < log_block_size) {
        return lost(
            LogEvent::torn, at, size_,
            fmt::format("expected a header of {} bytes, found {}", log_header_size, bytes.size()));
    }
    if (!all_zeros(bytes)) {
        return lost(LogEvent::damage, at, at + bytes.size(),
                    "expected zeros at the end of a block, found other bytes");
    }
    return std::nullopt;
}

/// A block whose rest is zeros: never written, if nothing comes behind.
Result<LogEvent> LogReader::skip_zeros() {
    const std::uint64_t at = position();
    const std::uint64_t end = STRATA_TRY(end_of_zeros());
    if (end == size_) {
        block_at_ = end;
        block_.clear();
        in_block_ = 0;
        return lost(LogEvent::torn, at, end, "zeros up to the end of the file");
    }
    block_at_ = end - log_block_size;
    block_.assign(log_block_size, '\0');
    in_block_ = log_block_size;
    return lost(LogEvent::damage, at, end, "expected a record, found zeros");
}

/// Where the zeros behind the current block end: the end of the file, or the begin of a block.
Result<std::uint64_t> LogReader::end_of_zeros() {
    std::string block;
    std::uint64_t at = block_at_ + log_block_size;
    for (const std::uint64_t stop = at + zeros_read_max; at < size_; at += log_block_size) {
        const bool far = at >= stop;
        const std::uint64_t probe = far ? (size_ - 1) / log_block_size * log_block_size : at;
        STRATA_TRY(read_block(probe, block));
        if (!all_zeros(block)) {
            return at;
        }
        if (far) {
            break;
        }
    }
    return size_;
}

/// A fragment that is longer than what remains of its block.
LogEvent LogReader::misfit(std::size_t size) {
    const std::uint64_t at = position();
    const std::uint64_t end = block_at_ + block_.size();
    std::string reason =
        fmt::format("expected a fragment that ends before {}, found {} bytes", end, size);
    bool torn = in_last_block();
    if (torn) {
        if (const auto behind = valid_fragment_behind(size)) {
            torn = false;
            reason += fmt::format("; a valid fragment begins at {}", block_at_ + *behind);
        }
    }
    const std::uint64_t lost_end = torn ? end : leave_damage(size);
    in_block_ = torn ? block_.size() : in_block_;
    return lost(torn ? LogEvent::torn : LogEvent::damage, at, lost_end, std::move(reason));
}

LogEvent LogReader::wrong_check(std::size_t size, std::string reason) {
    const std::uint64_t at = position();
    const std::uint64_t end = block_at_ + block_.size();
    bool torn = false;
    if (in_last_block()) {
        const std::uint64_t written = block_at_ + block_.find_last_not_of('\0') + 1;
        const std::uint64_t zeros_at = std::max(at + 1, written);
        const std::uint64_t sector = (zeros_at + sector_size - 1) / sector_size * sector_size;
        torn = sector < at + log_header_size + size;
    }
    if (torn) {
        reason += ", and zeros from a sector in it to the end of the file";
    }
    const std::uint64_t lost_end = torn ? end : leave_damage(size);
    in_block_ = torn ? block_.size() : in_block_;
    return lost(torn ? LogEvent::torn : LogEvent::damage, at, lost_end, std::move(reason));
}

/// Adds a valid fragment to the record that it belongs to.
std::optional<LogEvent> LogReader::take(const Fragment& fragment) {
    if (!known_type(fragment.type)) {
        return lost(LogEvent::damage, fragment.offset, fragment.end,
                    fmt::format("expected a fragment of type 1 to 4, found {}", fragment.type));
    }
    const bool begins = fragment.type == type_full || fragment.type == type_first;
    if (begins && inside_ && !record_.empty()) {
        // Read again after the report.
        in_block_ -= static_cast<std::size_t>(fragment.end - fragment.offset);
        return lost(LogEvent::damage, offset_, fragment.offset,
                    "a record without its last fragment, and another one behind it");
    }
    if (!begins && !inside_) {
        return lost(LogEvent::damage, fragment.offset, fragment.end,
                    "the rest of a record whose first fragment is missing");
    }
    if (begins) {
        record_.clear();
        offset_ = fragment.offset;
        fragments_ = 0;
        inside_ = true;
    }
    if (fragment.data.size() > unit_size_max - record_.size()) {
        return lost(
            LogEvent::damage, fragment.offset, fragment.end,
            fmt::format("a record of more than the {} bytes that are read at once", unit_size_max));
    }
    record_.append(fragment.data);
    end_ = fragment.end;
    ++fragments_;
    if (fragment.type == type_full || fragment.type == type_last) {
        inside_ = false;
        return LogEvent::record;
    }
    return std::nullopt;
}

/// Reports a stretch, and what was begun before it.
LogEvent LogReader::lost(LogEvent event, std::uint64_t offset, std::uint64_t end,
                         std::string reason) {
    const std::uint64_t begin = std::exchange(inside_, false) ? offset_ : offset;
    found_ = {.offset = begin, .size = end - begin, .reason = std::move(reason)};
    return event;
}

/// Moves behind a fragment that does not verify; returns where that is.
std::uint64_t LogReader::leave_damage(std::size_t size) {
    const auto behind = resync_ ? valid_fragment_behind(size) : std::nullopt;
    in_block_ = behind.value_or(block_.size());
    return position();
}

/// Where in the block the next fragment with a right check begins: where the one at the position,
/// which claims `size` bytes, would end, or else the first one behind its header.
std::optional<std::size_t> LogReader::valid_fragment_behind(std::size_t size) const {
    const auto valid_at = [this](std::size_t at) {
        if (at + log_header_size > block_.size()) {
            return false;
        }
        const Bytes bytes = Bytes{block_}.substr(at);
        const Header header = decode_header(bytes);
        return known_type(header.type) && header.size <= bytes.size() - log_header_size &&
               header.check == check_of(bytes, header.size);
    };
    if (valid_at(in_block_ + log_header_size + size)) {
        return in_block_ + log_header_size + size;
    }
    for (std::size_t at = in_block_ + 1; at + log_header_size <= block_.size(); ++at) {
        if (valid_at(at)) {
            return at;
        }
    }
    return std::nullopt;
}

}  // namespace strata::level
