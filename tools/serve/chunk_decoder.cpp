// SPDX-License-Identifier: Apache-2.0
#include "serve/chunk_decoder.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::size_t digits_max = 8;

/// The value of a hexadecimal digit, or 16.
unsigned digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<unsigned>(c - 'a') + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return static_cast<unsigned>(c - 'A') + 10;
    }
    return 16;
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

void ChunkDecoder::restart(std::uint64_t size_max) noexcept {
    *this = {};
    left_ = size_max;
}

ChunkDecoder::Outcome ChunkDecoder::malformed(std::string_view what) noexcept {
    wrong_ = what;
    return Outcome::malformed;
}

ChunkDecoder::Outcome ChunkDecoder::decode(std::string_view& bytes, std::string& out) {
    while (!bytes.empty()) {
        if (state_ == State::data) {
            const std::size_t size =
                static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
            out.append(bytes.substr(0, size));
            bytes.remove_prefix(size);
            remaining_ -= size;
            if (remaining_ == 0) {
                state_ = State::data_cr;
            }
            continue;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (const Outcome outcome = step(c); outcome != Outcome::more) {
            return outcome;
        }
    }
    return Outcome::more;
}

ChunkDecoder::Outcome ChunkDecoder::begin_chunk() {
    digits_ = 0;
    line_ = 0;
    if (remaining_ == 0) {
        state_ = State::trailer;
        return Outcome::more;
    }
    if (remaining_ > left_) {
        return Outcome::too_large;
    }
    left_ -= remaining_;
    state_ = State::data;
    return Outcome::more;
}

ChunkDecoder::Outcome ChunkDecoder::step(char c) {
    if (state_ == State::trailer) {
        return trailer_byte(c);
    }
    if (state_ == State::data_cr || state_ == State::data_lf) {
        const bool cr = state_ == State::data_cr;
        if (c != (cr ? '\r' : '\n')) {
            return malformed("a chunk does not end in CRLF where its size says");
        }
        state_ = cr ? State::data_lf : State::size;
        return Outcome::more;
    }
    if (state_ == State::size_lf) {
        return c == '\n' ? begin_chunk() : malformed("a CR in the line of a chunk's size");
    }
    if (++line_ > chunk_line_max) {
        return malformed("the line of a chunk's size is longer than 64 bytes");
    }
    if (c == '\r') {
        state_ = State::size_lf;
        return digits_ > 0 ? Outcome::more : malformed("a chunk has no size");
    }
    if (state_ == State::extension) {
        if (is_control(c) || ++extensions_ > chunk_extensions_max) {
            return malformed("a chunk extension holds a control character, or they are too long");
        }
        return Outcome::more;
    }
    if (c == ';' && digits_ > 0) {
        state_ = State::extension;
        return Outcome::more;
    }
    const unsigned digit = digit_of(c);
    if (digit == 16 || ++digits_ > digits_max) {
        return malformed("the size of a chunk is not one to eight hexadecimal digits");
    }
    remaining_ = remaining_ * 16 + digit;
    return Outcome::more;
}

ChunkDecoder::Outcome ChunkDecoder::trailer_byte(char c) {
    if (++trailers_size_ > trailers_size_max) {
        return malformed("the trailers are longer than 8192 bytes");
    }
    if (cr_) {
        if (c != '\n') {
            return malformed("a CR in a trailer");
        }
        if (line_ == 0) {
            return Outcome::done;
        }
        if (!colon_ || ++trailers_ > trailers_max) {
            return malformed("a trailer is not a field, or there are more than 16");
        }
        cr_ = false;
        colon_ = false;
        line_ = 0;
        return Outcome::more;
    }
    if (c == '\r') {
        cr_ = true;
        return Outcome::more;
    }
    if (is_control(c) || (line_ == 0 && (c == ' ' || c == '\t' || c == ':'))) {
        return malformed("a trailer is not a field");
    }
    colon_ = colon_ || c == ':';
    ++line_;
    return Outcome::more;
}

}  // namespace strata::tools
