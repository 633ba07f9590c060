// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"

#include <strata/result.hpp>

#include <memory>
#include <string>
#include <utility>

namespace strata::tools {

/// A file that a program makes and that was not there before: nothing is overwritten.
class NewFile {
  public:
    /// invalid_argument: something has that name.
    static Result<std::unique_ptr<NewFile>> create(const std::string& path);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    [[nodiscard]] Output& output() noexcept { return output_; }
    /// Writes what is buffered; an error when anything could not be written.
    Status close();

  private:
    NewFile(int descriptor, std::string path)
        : descriptor_{descriptor}, path_{std::move(path)}, output_{descriptor} {}

    int descriptor_;
    std::string path_;
    Output output_;
};

}  // namespace strata::tools
