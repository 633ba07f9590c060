// SPDX-License-Identifier: Apache-2.0
#include "common/glob.hpp"

#include "common/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace strata::tools {
namespace {

// The character at the beginning of `bytes`; a byte that begins none counts as one of its own.
CodePoint character(Bytes bytes) {
    constexpr char32_t beyond_unicode = 0x110000;
    const CodePoint point = decode_utf8(bytes);
    if (point.size != 0) {
        return point;
    }
    return {beyond_unicode + static_cast<unsigned char>(bytes.front()), 1};
}

// Whether the set that `pattern` begins with, "[...]", holds a character, and its length; no length
// when the bracket is never closed and so stands for itself.
struct SetMatch {
    bool matches = false;
    std::size_t size = 0;
};

SetMatch match_set(Bytes pattern, char32_t wanted) {
    std::size_t at = 1;
    const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    at += negated ? 1 : 0;
    bool inside = false;
    for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
        const CodePoint low = character(pattern.substr(at));
        at += low.size;
        CodePoint high = low;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            high = character(pattern.substr(at + 1));
            at += 1 + high.size;
        }
        inside = inside || (wanted >= low.value && wanted <= high.value);
    }
    if (at >= pattern.size()) {
        return {};
    }
    return {inside != negated, at + 1};
}

// Bytes of pattern and of text that match one character; no pattern bytes: they do not match.
struct Step {
    std::size_t pattern = 0;
    std::size_t text = 0;
};

Step match_one(Bytes pattern, Bytes text) {
    if (pattern.empty() || text.empty()) {
        return {};
    }
    if (pattern.front() == '?') {
        return {1, character(text).size};
    }
    if (pattern.front() == '[') {
        const CodePoint point = character(text);
        const SetMatch set = match_set(pattern, point.value);
        if (set.size != 0) {
            return set.matches ? Step{set.size, point.size} : Step{};
        }
    }
    return pattern.front() == text.front() ? Step{1, 1} : Step{};
}

}  // namespace

// One place to return to suffices: an earlier star need never match more once a later one is met.
bool Glob::matches(Bytes bytes) const {
    const Bytes pattern = pattern_;
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = Bytes::npos;
    std::size_t star_text = 0;
    while (t < bytes.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
            continue;
        }
        const Step step = match_one(pattern.substr(p), bytes.substr(t));
        if (step.pattern != 0) {
            p += step.pattern;
            t += step.text;
        } else if (star != Bytes::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == Bytes::npos;
}

std::string Glob::literal_prefix() const {
    return pattern_.substr(0, std::min(pattern_.find_first_of("*?["), pattern_.size()));
}

}  // namespace strata::tools
