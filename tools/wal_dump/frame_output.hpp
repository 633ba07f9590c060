// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/segment_report.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// What frames say, in words.
namespace strata::tools {

/// When the frame was built, for the kinds that say so, in ms since 1970.
[[nodiscard]] std::optional<std::uint64_t> frame_time(const FrameView& frame);

/// What a frame says besides its common fields. For people, times are dates.
[[nodiscard]] std::string frame_detail(const FrameView& frame, bool people);

}  // namespace strata::tools
