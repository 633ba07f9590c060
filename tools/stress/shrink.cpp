// SPDX-License-Identifier: Apache-2.0
#include "stress/shrink.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace strata::tools {
namespace {

std::vector<std::size_t> without(const std::vector<std::size_t>& all, std::size_t begin,
                                 std::size_t count) {
    std::vector<std::size_t> rest;
    rest.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i < begin || i >= begin + count) {
            rest.push_back(all[i]);
        }
    }
    return rest;
}

}  // namespace

ShrinkReport shrink(std::size_t size, const StillFails& fails, std::uint64_t tries_max) {
    ShrinkReport report;
    report.indices.resize(size);
    std::iota(report.indices.begin(), report.indices.end(), std::size_t{0});
    std::size_t piece = std::max<std::size_t>(size / 2, 1);
    bool removed = false;
    // From the end: what the failing operation does not need is most often right before it.
    std::size_t end = size;
    while (report.tries < tries_max) {
        if (end == 0) {
            if (piece == 1 && !removed) {
                report.minimal = true;
                return report;
            }
            // Another round of single elements only if the last one found something.
            piece = removed ? piece : std::max<std::size_t>(piece / 2, 1);
            piece = std::min(piece, std::max<std::size_t>(report.indices.size() / 2, 1));
            removed = false;
            end = report.indices.size();
            if (end == 0) {
                report.minimal = true;
                return report;
            }
        }
        const std::size_t begin = end - std::min(piece, end);
        std::vector<std::size_t> rest = without(report.indices, begin, end - begin);
        ++report.tries;
        if (fails(rest)) {
            report.indices = std::move(rest);
            removed = true;
        }
        end = begin;
    }
    return report;
}

}  // namespace strata::tools
