// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "entry/entry.hpp"

#include <strata/bytes.hpp>

#include <compare>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Versions as text, and back: `KEY#SEQUENCE,KIND` with `:VALUE` for those that have one, and
/// `@EXPIRY` before it for put_expiring:
///     a#5,del    a#3,put:x    b#4,put_expiring@99:y
/// A byte that is not printable, a space, or one of \#,: in a key, is written \xHH.
namespace strata::test {

/// An Entry that owns its bytes.
struct Version {
    std::string key{};
    Sequence sequence = 0;
    Kind kind = Kind::put;
    std::string value{};
    std::uint64_t expiry = 0;

    [[nodiscard]] Entry entry() const noexcept { return Entry{key, sequence, kind, value, expiry}; }
    /// In the order of entries.
    friend std::strong_ordering operator<=>(const Version& left, const Version& right) {
        return compare_entries(left.key, left.sequence, right.key, right.sequence);
    }
    friend bool operator==(const Version&, const Version&) = default;
};

[[nodiscard]] Version to_version(const Entry& entry);

[[nodiscard]] std::string escape(Bytes bytes);
/// Requires well-formed text, as do the parsers below: else the test fails and ends.
[[nodiscard]] std::string unescape(std::string_view text);

[[nodiscard]] Version parse_version(std::string_view text);
/// Versions between blanks and newlines, sorted.
[[nodiscard]] std::vector<Version> parse_versions(std::string_view text);
[[nodiscard]] std::string to_text(const Entry& entry);

/// A cursor over versions, which it sorts. It keeps the word that entry() is valid until the next
/// call only, by scribbling over the bytes then. Its call number `calls_max` and all later ones
/// fail.
class VectorCursor final : public Cursor {
  public:
    explicit VectorCursor(std::vector<Version> versions,
                          std::uint64_t calls_max = std::numeric_limits<std::uint64_t>::max());

    Result<bool> seek_first() override;
    Result<bool> seek_last() override;
    Result<bool> seek(Bytes key, Sequence sequence) override;
    Result<bool> seek_before(Bytes key) override;
    Result<bool> next() override;
    Result<bool> prev() override;

    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }

  private:
    Result<bool> stand(std::size_t position);

    std::vector<Version> versions_;
    std::uint64_t calls_max_;
    std::uint64_t calls_ = 0;
    std::size_t position_ = 0;
    bool standing_ = false;
    Version shown_;
};

}  // namespace strata::test
