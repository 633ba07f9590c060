// SPDX-License-Identifier: Apache-2.0
#include "leveldb/format.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"

#include <fmt/format.h>
#include <snappy-c.h>
#include <zstd.h>

#include <utility>

namespace strata::level {
namespace {

constexpr std::uint8_t codec_none = 0;
constexpr std::uint8_t codec_snappy = 1;
constexpr std::uint8_t codec_zstd = 2;

/// Three bytes of snappy stand for at most 64.
constexpr std::size_t snappy_ratio_max = 22;

Error does_not_unfold(const char* codec, std::size_t stored) {
    return make_error(ErrorCode::corruption, "{} bytes of {} do not unfold", stored, codec);
}

/// A size that the compressed bytes claim, before it is allocated.
Status check_raw_size(std::uint64_t raw, std::size_t stored) {
    if (raw > unit_size_max) {
        return make_error(ErrorCode::corruption,
                          "{} bytes would unfold to {}, which is more than the {} read at once",
                          stored, raw, unit_size_max);
    }
    return {};
}

Result<std::string> unfold_snappy(const std::string& stored) {
    std::size_t raw_size = 0;
    if (snappy_uncompressed_length(stored.data(), stored.size(), &raw_size) != SNAPPY_OK) {
        return does_not_unfold("snappy", stored.size());
    }
    STRATA_TRY(check_raw_size(raw_size, stored.size()));
    if (raw_size / snappy_ratio_max > stored.size()) {
        return does_not_unfold("snappy", stored.size());
    }
    std::string raw(raw_size, '\0');
    if (snappy_uncompress(stored.data(), stored.size(), raw.data(), &raw_size) != SNAPPY_OK) {
        return does_not_unfold("snappy", stored.size());
    }
    return raw;
}

Result<std::string> unfold_zstd(const std::string& stored) {
    const unsigned long long raw_size = ZSTD_getFrameContentSize(stored.data(), stored.size());
    if (raw_size == ZSTD_CONTENTSIZE_ERROR) {
        return make_error(ErrorCode::unsupported,
                          "expected zstd, found other bytes; forks of LevelDB use zlib here");
    }
    if (raw_size == ZSTD_CONTENTSIZE_UNKNOWN) {
        return does_not_unfold("zstd", stored.size());
    }
    STRATA_TRY(check_raw_size(raw_size, stored.size()));
    std::string raw(static_cast<std::size_t>(raw_size), '\0');
    const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
    if (ZSTD_isError(size) != 0 || size != raw.size()) {
        return does_not_unfold("zstd", stored.size());
    }
    return raw;
}

std::optional<std::uint64_t> parse_number(Bytes digits) noexcept {
    constexpr std::size_t digits_max = 19;  // fit into 64 bits
    if (digits.empty() || digits.size() > digits_max) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

}  // namespace

std::optional<InternalKey> parse_internal_key(Bytes bytes) noexcept {
    if (bytes.size() < internal_suffix_size) {
        return std::nullopt;
    }
    const std::size_t size = bytes.size() - internal_suffix_size;
    const auto suffix = load<std::uint64_t>(bytes.data() + size);
    const auto kind = static_cast<std::uint8_t>(suffix & 0xffU);
    if (kind > static_cast<std::uint8_t>(Kind::put)) {
        return std::nullopt;
    }
    return InternalKey{.user_key = bytes.substr(0, size),
                       .sequence = suffix >> 8U,
                       .kind = static_cast<Kind>(kind)};
}

bool precedes(const InternalKey& left, const InternalKey& right) noexcept {
    const int order = left.user_key.compare(right.user_key);
    return order != 0 ? order < 0 : left.sequence > right.sequence;
}

std::optional<BlockHandle> take_handle(Bytes& bytes) noexcept {
    FieldReader fields{bytes};
    BlockHandle handle;
    handle.offset = fields.varint();
    handle.size = fields.varint();
    if (!fields.ok()) {
        return std::nullopt;
    }
    bytes = fields.rest();
    return handle;
}

std::string codec_text(std::uint8_t codec) {
    switch (codec) {
        case codec_none:
            return "none";
        case codec_snappy:
            return "snappy";
        case codec_zstd:
            return "zstd";
        default:
            return fmt::format("codec {}", codec);
    }
}

Result<std::string> unfold(std::uint8_t codec, std::string stored) {
    switch (codec) {
        case codec_none:
            return stored;
        case codec_snappy:
            return unfold_snappy(stored);
        case codec_zstd:
            return unfold_zstd(stored);
        default:
            return make_error(ErrorCode::unsupported,
                              "expected codec 0 (none), 1 (snappy) or 2 (zstd), found {}", codec);
    }
}

FileName parse_file_name(Bytes name) noexcept {
    if (name == "CURRENT") {
        return {.type = FileType::current};
    }
    if (name == "LOCK") {
        return {.type = FileType::lock};
    }
    if (name == "LOG" || name == "LOG.old") {
        return {.type = FileType::info_log};
    }
    constexpr Bytes manifest = "MANIFEST-";
    if (name.starts_with(manifest)) {
        const auto number = parse_number(name.substr(manifest.size()));
        return number ? FileName{.type = FileType::manifest, .number = *number} : FileName{};
    }
    const std::size_t dot = name.find('.');
    const auto number = parse_number(name.substr(0, dot));
    if (!number || dot == Bytes::npos) {
        return {};
    }
    const Bytes extension = name.substr(dot);
    if (extension == ".ldb" || extension == ".sst") {
        return {.type = FileType::table, .number = *number};
    }
    if (extension == ".log") {
        return {.type = FileType::log, .number = *number};
    }
    return {};
}

std::string table_name(std::uint64_t number) { return fmt::format("{:06}.ldb", number); }

std::string log_name(std::uint64_t number) { return fmt::format("{:06}.log", number); }

}  // namespace strata::level
