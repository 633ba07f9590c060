// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The chunked transfer coding of RFC 9112 section 7.1, strictly: CRLF everywhere, a size of one to
/// eight hexadecimal digits, bounded extensions and trailers, both of which are dropped.
namespace strata::tools {

inline constexpr std::size_t chunk_line_max = 64;  ///< bytes of a size with its extension
inline constexpr std::size_t chunk_extensions_max = std::size_t{16} << 10;  ///< bytes in one body
inline constexpr std::size_t trailers_size_max = std::size_t{8} << 10;      ///< bytes
inline constexpr std::size_t trailers_max = 16;

class ChunkDecoder {
  public:
    enum class Outcome : std::uint8_t {
        more,       ///< all bytes were taken and the body goes on
        done,       ///< the body is complete; what follows belongs to the next request
        malformed,  ///< see what_is_wrong()
        too_large,
    };

    void restart(std::uint64_t size_max) noexcept;

    /// Takes bytes off the front of `bytes` and appends the data in them to `out`.
    Outcome decode(std::string_view& bytes, std::string& out);

    /// Static text.
    [[nodiscard]] std::string_view what_is_wrong() const noexcept { return wrong_; }

  private:
    enum class State : std::uint8_t { size, extension, size_lf, data, data_cr, data_lf, trailer };

    Outcome step(char c);
    Outcome begin_chunk();
    Outcome trailer_byte(char c);
    Outcome malformed(std::string_view what) noexcept;

    State state_ = State::size;
    std::uint64_t remaining_ = 0;  ///< of the chunk; or its size while that is read
    std::uint64_t left_ = 0;       ///< of what the body may still have
    std::size_t digits_ = 0;
    std::size_t line_ = 0;  ///< bytes of the line of a size, or of a trailer
    std::size_t extensions_ = 0;
    std::size_t trailers_ = 0;
    std::size_t trailers_size_ = 0;
    bool colon_ = false;  ///< in this trailer
    bool cr_ = false;     ///< the byte before was a CR
    std::string_view wrong_{};
};

}  // namespace strata::tools
