// SPDX-License-Identifier: Apache-2.0
#include "table/codec.hpp"

#include "base/error.hpp"
#include "table/format.hpp"

#include <lz4.h>
#include <zstd.h>

namespace strata {
namespace {

constexpr int zstd_level = 1;

/// One literal or match byte of LZ4 stands for at most 255 bytes.
constexpr std::size_t lz4_ratio_max = 255;

/// Compressed size, 0 when the codec refused.
std::size_t compress_into(Compression codec, Bytes raw, std::string& out) {
    switch (codec) {
        case Compression::none:
            return 0;
        case Compression::lz4: {
            const int size = static_cast<int>(raw.size());
            out.resize(static_cast<std::size_t>(LZ4_compressBound(size)));
            return static_cast<std::size_t>(
                LZ4_compress_default(raw.data(), out.data(), size, static_cast<int>(out.size())));
        }
        case Compression::zstd: {
            out.resize(ZSTD_compressBound(raw.size()));
            const std::size_t size =
                ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), zstd_level);
            return ZSTD_isError(size) != 0 ? 0 : size;
        }
    }
    return 0;
}

}  // namespace

Compression compress_block(Compression codec, Bytes raw, std::string& out) {
    const std::size_t size = compress_into(codec, raw, out);
    if (size == 0 || size > raw.size() - raw.size() / 8) {
        out.clear();
        return Compression::none;
    }
    out.resize(size);
    return codec;
}

bool plausible_raw_length(Compression codec, Bytes stored, std::size_t raw_length) {
    switch (codec) {
        case Compression::none:
            return stored.size() == raw_length;
        case Compression::lz4:
            return raw_length / lz4_ratio_max <= stored.size();
        case Compression::zstd:
            return ZSTD_getFrameContentSize(stored.data(), stored.size()) == raw_length;
    }
    return false;
}

Status decompress_block(Compression codec, Bytes stored, std::span<char> raw) {
    bool complete = false;
    switch (codec) {
        case Compression::none: {
            complete = stored.size() == raw.size();
            if (complete) {
                stored.copy(raw.data(), raw.size());
            }
            break;
        }
        case Compression::lz4: {
            const int size =
                LZ4_decompress_safe(stored.data(), raw.data(), static_cast<int>(stored.size()),
                                    static_cast<int>(raw.size()));
            complete = size >= 0 && static_cast<std::size_t>(size) == raw.size();
            break;
        }
        case Compression::zstd: {
            complete =
                ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size()) == raw.size();
            break;
        }
    }
    if (!complete) {
        return make_error(ErrorCode::corruption, "{} bytes of {} do not unfold to {}",
                          stored.size(), codec_name(codec), raw.size());
    }
    return {};
}

}  // namespace strata
