// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Editing of one line at a terminal, by libedit: UTF-8, history with Ctrl-R, completion with TAB,
/// pasted text as text.
namespace strata::tools {

/// What TAB does at a place in a line.
struct Completion {
    std::size_t replaced = 0;  ///< bytes in front of the cursor that `text` takes the place of
    std::string text{};        ///< the same bytes again when there is nothing to add
    std::vector<std::string> candidates{};  ///< shown below the line when nothing was added
    std::string hint{};                     ///< shown when there is neither
};

class Editor {
  public:
    using Complete = std::function<Completion(const std::string& line, std::size_t cursor)>;

    enum class Outcome : std::uint8_t { line, end, interrupted };

    explicit Editor(Complete complete);
    Editor(const Editor&) = delete;
    Editor& operator=(const Editor&) = delete;
    ~Editor();

    /// Reads a line, without its line end; it holds line ends where several lines were pasted.
    /// Ctrl-C gives `interrupted`, Ctrl-D on an empty line `end`.
    Outcome read_line(const std::string& prompt, std::string& line);

    /// Adds a line to the history of this session.
    void remember(const std::string& entry);
    /// The last `count` lines, oldest first.
    [[nodiscard]] std::vector<std::string> recent(std::size_t count) const;

    class Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace strata::tools
