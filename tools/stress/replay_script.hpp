// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/line_reader.hpp"
#include "stress/verify_operation.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading scripts of the form that verify_script.hpp describes.
namespace strata::tools {

/// An operation and what it has to print.
struct RecordedOperation {
    Operation operation{};
    std::vector<std::string> lines{};
    std::uint64_t line = 0;  ///< of its last command, from 1
};

/// Gives the operations of a script one by one. Errors are invalid_argument and name file and line.
class ScriptReader {
  public:
    ScriptReader(int descriptor, const std::string& name);

    /// The next operation; empty at the end. The first call reads the options.
    Result<std::optional<RecordedOperation>> next();

    /// Takes the options in front of the first command; `engine` keeps what they do not name.
    Status read_options(Options& engine);

  private:
    struct Part {
        bool is_command = false;  ///< else a line that the last command prints
        std::string text{};
        std::uint64_t number = 0;
    };

    /// The next line that means something, but for options; empty at the end.
    Result<std::optional<Part>> part();
    [[nodiscard]] std::optional<Part> part_of(Bytes line, std::uint64_t number);

    std::string name_;
    LineReader lines_;
    std::optional<Part> ahead_{};
    std::vector<std::string> options_{};
    bool in_comments_ = true;
};

}  // namespace strata::tools
