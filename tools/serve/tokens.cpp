// SPDX-License-Identifier: Apache-2.0
#include "serve/tokens.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view blanks = " \t\r";

/// As long as `given` whatever `token` is, so that time tells nothing of how far they are equal.
bool equal(std::string_view given, std::string_view token) noexcept {
    std::size_t different = given.size() ^ token.size();
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char other = token[i % token.size()];
        different |= static_cast<unsigned char>(given[i] ^ other);
    }
    return different == 0;
}

std::string_view take_word(std::string_view& line) {
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        line = {};
        return {};
    }
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

std::optional<Scope> parse_scope(std::string_view word) {
    if (word == "read") {
        return Scope::read;
    }
    if (word == "write") {
        return Scope::write;
    }
    return word == "admin" ? std::optional{Scope::admin} : std::nullopt;
}

/// What a client can send behind "Bearer ".
bool is_token(std::string_view word) {
    for (const char c : word) {
        if (c <= ' ' || c > '~') {
            return false;
        }
    }
    return word.size() >= token_size_min && word.size() <= token_size_max;
}

/// Never quotes the token.
Result<std::pair<std::string, Identity>> parse_line(std::string_view line) {
    const std::string_view token = take_word(line);
    const std::string_view rights = take_word(line);
    if (!is_token(token)) {
        return usage_error(
            "expected a token of {} to {} printable ASCII characters, found one of {}",
            token_size_min, token_size_max, token.size());
    }
    if (rights.empty() || !take_word(line).empty()) {
        return usage_error("expected \"TOKEN SCOPE[:PREFIX]\", found {} words",
                           rights.empty() ? "fewer" : "more");
    }
    const std::size_t colon = rights.find(':');
    const std::optional<Scope> scope = parse_scope(rights.substr(0, colon));
    if (!scope) {
        return usage_error("expected the scope read, write or admin, found \"{}\"",
                           escaped(rights.substr(0, colon)));
    }
    std::string prefix;
    if (colon != std::string_view::npos) {
        prefix = STRATA_TRY(parse_escaped(rights.substr(colon + 1)));
    }
    return std::pair{std::string{token}, Identity{.scope = *scope, .prefix = std::move(prefix)}};
}

Result<std::string> read_file(const std::string& path,
                              const std::function<void(const std::string&)>& warn) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return system_error(path, "open");
    }
    struct stat facts {};
    if (::fstat(descriptor, &facts) == 0 && (facts.st_mode & (S_IRGRP | S_IROTH)) != 0) {
        warn(fmt::format("{}: others may read the tokens; \"chmod 600 {}\" keeps them out", path,
                         path));
    }
    std::string text(token_file_max + 1, '\0');
    std::size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < text.size()) {
        got = ::read(descriptor, text.data() + size, text.size() - size);
        size += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    std::optional<Error> failure;
    if (got < 0) {
        failure = system_error(path, "read");
    }
    ::close(descriptor);
    if (failure) {
        return std::move(*failure);
    }
    if (size > token_file_max) {
        return usage_error("{}: a file of tokens has at most {} bytes", path, token_file_max);
    }
    text.resize(size);
    return text;
}

}  // namespace

Result<Tokens> Tokens::parse(std::string_view text, const std::string& name) {
    Tokens tokens;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t begin = line.find_first_not_of(blanks);
        if (begin == std::string_view::npos || line[begin] == '#') {
            continue;
        }
        auto parsed = parse_line(line);
        if (!parsed) {
            return at(fmt::format("{}:{}", name, number), parsed.take_error());
        }
        for (const Entry& entry : tokens.entries_) {
            if (entry.token == parsed->first) {
                return usage_error("{}:{}: this token was there before", name, number);
            }
        }
        if (tokens.size() == tokens_max) {
            return usage_error("{}:{}: more than {} tokens", name, number, tokens_max);
        }
        tokens.entries_.push_back({std::move(parsed->first), std::move(parsed->second)});
    }
    if (tokens.entries_.empty()) {
        return usage_error("{}: no token: nobody could use the server", name);
    }
    return tokens;
}

Result<Tokens> Tokens::load(const std::string& path,
                            const std::function<void(const std::string&)>& warn) {
    const std::string text = STRATA_TRY(read_file(path, warn));
    return parse(text, path);
}

const Identity* Tokens::find(std::string_view authorization, std::size_t& hint) const noexcept {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size()) {
        return nullptr;
    }
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = authorization[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != scheme[i]) {
            return nullptr;
        }
    }
    std::string_view given = authorization.substr(scheme.size());
    given.remove_prefix(std::min(given.find_first_not_of(' '), given.size()));
    if (given.empty() || given.size() > token_size_max) {
        return nullptr;
    }
    if (hint < entries_.size() && equal(given, entries_[hint].token)) {
        return &entries_[hint].identity;
    }
    const Identity* found = nullptr;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (equal(given, entries_[i].token)) {
            found = &entries_[i].identity;
            hint = i;
        }
    }
    return found;
}

}  // namespace strata::tools
