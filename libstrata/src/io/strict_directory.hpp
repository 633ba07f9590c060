// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/strict_content.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// The files and directories of StrictFileSystem, without their lock and their handles.
namespace strata {

struct StrictNode;
using StrictNodePtr = std::shared_ptr<StrictNode>;

/// The names of one directory, and for every name that changed since the last sync all distinct
/// values it had, the durable one first and the volatile one last. A value is a file, a directory
/// or nothing (null). A rename is a change of two names, each of which survives by itself: weaker
/// than any real file system, where a file that is renamed keeps at least one of them.
class StrictDirectory {
  public:
    using Names = std::map<std::string, StrictNodePtr>;

    /// Null when the name is not there.
    [[nodiscard]] StrictNodePtr find(const std::string& name) const;
    /// Gives a name to a node; null takes the name away.
    void set(const std::string& name, StrictNodePtr node);
    [[nodiscard]] const Names& names() const noexcept { return names_; }
    void sync() { history_.clear(); }
    /// What a power cut leaves, every name chosen by itself; it still refers to the same nodes.
    [[nodiscard]] StrictDirectory after_crash(CrashChoice& choice) const;
    /// Replaces every node by what `copies` has for it.
    void replace_nodes(const std::map<const StrictNode*, StrictNodePtr>& copies);

  private:
    Names names_;
    std::map<std::string, std::vector<StrictNodePtr>> history_;
};

/// A file or a directory. Its owners are the directories that name it, or may durably name it,
/// and the open files.
struct StrictNode {
    bool is_directory = false;
    StrictContent content;
    StrictDirectory directory;
    std::uint64_t links = 0;  ///< volatile names
    std::uint64_t opens = 0;
    bool locked = false;
};

/// An independent copy of the tree under `root` as a power cut leaves it. A file with two names
/// in it stays one file. Files and directories that lose their last name are not in it.
[[nodiscard]] StrictNodePtr tree_after_crash(const StrictNode& root, CrashChoice& choice);

}  // namespace strata
