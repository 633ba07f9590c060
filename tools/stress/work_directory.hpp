// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <memory>
#include <string>

namespace strata::tools {

/// A new directory for what a run makes, named "strata-WHAT-XXXXXX" in `parent`, or when that is
/// empty in $TMPDIR or /tmp. Removed with all it holds unless kept.
class WorkDirectory {
  public:
    static Result<std::unique_ptr<WorkDirectory>> create(const std::string& what,
                                                         const std::string& parent);
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;
    ~WorkDirectory();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
    void keep() noexcept { kept_ = true; }
    [[nodiscard]] bool kept() const noexcept { return kept_; }

  private:
    explicit WorkDirectory(std::string path) : path_{std::move(path)} {}

    std::string path_;
    bool kept_ = false;
};

/// Removes a directory with all it holds; one that is not there is no error.
Status remove_directory(const std::string& path);

/// Whether a new store may be made at `path`: nothing has that name, or it is an empty directory.
[[nodiscard]] bool is_free(const std::string& path);

/// Errors unless is_free(path).
Status expect_new_store(const std::string& path);

}  // namespace strata::tools
