// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "version/manifest.hpp"

#include <strata/bytes.hpp>
#include <strata/stats.hpp>

#include <string>
#include <vector>

namespace strata {

/// What the bytes of a manifest say, verified or not.
struct ManifestSurvey {
    Manifest manifest{};
    std::uint32_t version = 0;
    bool has_header = false;  ///< the fields of the header are there; else there is nothing
    /// Empty: the manifest is sound. Else what is above may be wrong anywhere.
    std::vector<Finding> damage{};
};

/// Reads as much as there is: of a damaged manifest the fields that stand where they should, up to
/// the first that cannot be. Every length is held against what remains.
[[nodiscard]] ManifestSurvey survey_manifest(Bytes bytes, const std::string& path);

}  // namespace strata
