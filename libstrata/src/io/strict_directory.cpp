// SPDX-License-Identifier: Apache-2.0
#include "io/strict_directory.hpp"

#include <algorithm>
#include <utility>

namespace strata {

StrictNodePtr StrictDirectory::find(const std::string& name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : found->second;
}

void StrictDirectory::set(const std::string& name, StrictNodePtr node) {
    const StrictNodePtr before = find(name);
    if (before == node) {
        return;
    }
    std::vector<StrictNodePtr>& values = history_[name];
    if (values.empty()) {
        values.push_back(before);
    }
    const auto known = std::find(values.begin() + 1, values.end(), node);
    if (known != values.end()) {
        values.erase(known);
    }
    values.push_back(node);
    if (before != nullptr) {
        --before->links;
    }
    if (node != nullptr) {
        ++node->links;
        names_[name] = std::move(node);
    } else {
        names_.erase(name);
    }
}

StrictDirectory StrictDirectory::after_crash(CrashChoice& choice) const {
    StrictDirectory left;
    left.names_ = names_;
    for (const auto& [name, values] : history_) {
        const StrictNodePtr& chosen = values[choice.choose(values.size())];
        if (chosen == nullptr) {
            left.names_.erase(name);
        } else {
            left.names_[name] = chosen;
        }
    }
    return left;
}

void StrictDirectory::replace_nodes(const std::map<const StrictNode*, StrictNodePtr>& copies) {
    for (auto& [name, node] : names_) {
        node = copies.at(node.get());
    }
}

StrictNodePtr tree_after_crash(const StrictNode& root, CrashChoice& choice) {
    // Breadth first in the order of names, so that one seed always gives the same choices.
    std::map<const StrictNode*, StrictNodePtr> copies;
    std::vector<const StrictNode*> found{&root};
    for (std::size_t next = 0; next < found.size(); ++next) {
        const StrictNode& node = *found[next];
        auto copy = std::make_shared<StrictNode>();
        copy->is_directory = node.is_directory;
        if (node.is_directory) {
            copy->directory = node.directory.after_crash(choice);
            for (const auto& [name, child] : copy->directory.names()) {
                const bool is_new = copies.try_emplace(child.get()).second;
                if (is_new) {
                    found.push_back(child.get());
                }
            }
        } else {
            copy->content = node.content.after_crash(choice);
        }
        copies[&node] = std::move(copy);
    }
    for (const auto& [node, copy] : copies) {
        copy->directory.replace_nodes(copies);
        for (const auto& [name, child] : copy->directory.names()) {
            ++child->links;
        }
    }
    return copies.at(&root);
}

}  // namespace strata
