// SPDX-License-Identifier: Apache-2.0
#include "support/builders.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace strata::test {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

struct KindName {
    Kind kind;
    std::string_view name;
};
constexpr KindName kind_names[] = {
    {Kind::put, "put"},
    {Kind::del, "del"},
    {Kind::put_expiring, "put_expiring"},
};

std::uint64_t parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    REQUIRE_MESSAGE((error == std::errc{} && end == text.data() + text.size()),
                    "not a number: ", std::string{text});
    return number;
}

Kind parse_kind(std::string_view text) {
    const auto* const found = std::ranges::find(kind_names, text, &KindName::name);
    REQUIRE_MESSAGE(found != std::end(kind_names), "not a kind: ", std::string{text});
    return found->kind;
}

}  // namespace

Version to_version(const Entry& entry) {
    return Version{std::string{entry.key}, entry.sequence, entry.kind, std::string{entry.value},
                   entry.expiry};
}

std::string escape(Bytes bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte < 0x7f && std::string_view{"\\#,:"}.find(c) == Bytes::npos) {
            text.push_back(c);
        } else {
            text += {'\\', 'x', hex_digits[byte >> 4U], hex_digits[byte & 15U]};
        }
    }
    return text;
}

std::string unescape(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes.push_back(text[i]);
            continue;
        }
        REQUIRE_MESSAGE((i + 3 < text.size() && text[i + 1] == 'x'),
                        "bad escape: ", std::string{text});
        const std::size_t high = hex_digits.find(text[i + 2]);
        const std::size_t low = hex_digits.find(text[i + 3]);
        REQUIRE_MESSAGE((high < 16 && low < 16), "bad escape: ", std::string{text});
        bytes.push_back(static_cast<char>(high * 16 + low));
        i += 3;
    }
    return bytes;
}

Version parse_version(std::string_view text) {
    const std::size_t hash = text.find('#');
    const std::size_t comma = text.find(',', hash);
    REQUIRE_MESSAGE(comma != Bytes::npos, "not a version: ", std::string{text});
    const std::size_t colon = std::min(text.find(':', comma), text.size());
    const std::size_t at = std::min(text.find('@', comma), colon);
    Version version;
    version.key = unescape(text.substr(0, hash));
    version.sequence = parse_number(text.substr(hash + 1, comma - hash - 1));
    version.kind = parse_kind(text.substr(comma + 1, at - comma - 1));
    if (at < colon) {
        version.expiry = parse_number(text.substr(at + 1, colon - at - 1));
    }
    if (colon < text.size()) {
        version.value = unescape(text.substr(colon + 1));
    }
    return version;
}

std::vector<Version> parse_versions(std::string_view text) {
    std::vector<Version> versions;
    constexpr std::string_view blanks = " \n";
    for (std::size_t at = text.find_first_not_of(blanks); at != Bytes::npos;
         at = text.find_first_not_of(blanks, at)) {
        const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
        versions.push_back(parse_version(text.substr(at, end - at)));
        at = end;
    }
    std::ranges::sort(versions);
    return versions;
}

std::string to_text(const Entry& entry) {
    const auto* const found = std::ranges::find(kind_names, entry.kind, &KindName::kind);
    REQUIRE(found != std::end(kind_names));
    std::string text = escape(entry.key) + '#' + std::to_string(entry.sequence) + ',';
    text += found->name;
    if (entry.kind == Kind::put_expiring) {
        text += '@' + std::to_string(entry.expiry);
    }
    return entry.kind == Kind::del ? text : text + ':' + escape(entry.value);
}

VectorCursor::VectorCursor(std::vector<Version> versions, std::uint64_t calls_max)
    : versions_{std::move(versions)}, calls_max_{calls_max} {
    std::ranges::sort(versions_);
}

Result<bool> VectorCursor::seek_first() { return stand(0); }

Result<bool> VectorCursor::seek_last() { return stand(versions_.size() - 1); }

Result<bool> VectorCursor::seek(Bytes key, Sequence sequence) {
    const auto found = std::ranges::find_if(versions_, [&](const Version& version) {
        return compare_entries(version.key, version.sequence, key, sequence) >= 0;
    });
    return stand(static_cast<std::size_t>(found - versions_.begin()));
}

Result<bool> VectorCursor::seek_before(Bytes key) {
    const auto found = std::ranges::find_if(
        versions_, [&](const Version& version) { return Bytes{version.key} >= key; });
    return stand(static_cast<std::size_t>(found - versions_.begin()) - 1);
}

Result<bool> VectorCursor::next() {
    REQUIRE(standing_);
    return stand(position_ + 1);
}

Result<bool> VectorCursor::prev() {
    REQUIRE(standing_);
    return stand(position_ - 1);
}

// A position before the first wraps around and is beyond the last too.
Result<bool> VectorCursor::stand(std::size_t position) {
    std::ranges::fill(shown_.key, '~');
    std::ranges::fill(shown_.value, '~');
    standing_ = false;
    if (++calls_ >= calls_max_) {
        return Error{ErrorCode::io, "the cursor was told to fail"};
    }
    if (position >= versions_.size()) {
        return false;
    }
    position_ = position;
    standing_ = true;
    shown_ = versions_[position];
    entry_ = shown_.entry();
    return true;
}

}  // namespace strata::test
