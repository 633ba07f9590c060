// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace strata::test {

/// A new directory under $TMPDIR or /tmp, named after the running test case (or `name`) and
/// removed with all it holds by the destructor.
class TempDir {
  public:
    TempDir() : TempDir{doctest::getContextOptions()->currentTest->m_name} {}
    explicit TempDir(const std::string& name) {
        const char* parent = std::getenv("TMPDIR");
        std::string pattern =
            (parent != nullptr && *parent != '\0' ? std::string{parent} : std::string{"/tmp"}) +
            "/strata-" + clean(name) + "-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

  private:
    /// Letters and digits of a name, dashes for the rest; short, since names of sockets in it
    /// have little room.
    static std::string clean(const std::string& name) {
        std::string cleaned;
        for (const char c : name.substr(0, 32)) {
            const bool plain =
                (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            cleaned.push_back(plain ? c : '-');
        }
        return cleaned;
    }

    std::string path_;
};

}  // namespace strata::test
