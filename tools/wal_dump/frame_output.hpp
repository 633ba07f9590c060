// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"
#include "common/record_output.hpp"
#include "log/segment_report.hpp"

#include <cstdint>
#include <string>

/// The frames of segments, one line each, for --batches.
namespace strata::tools {

/// Writes frames as they come, whatever their number: columns of fixed width, TAB separated
/// cells, or JSON objects. `raw` writes the payloads.
class FrameWriter {
  public:
    FrameWriter(Output& output, const OutputStyle& style) : output_{output}, style_{style} {}

    void write(const FrameView& frame);
    /// What ends the document. Called once.
    void finish();

  private:
    void write_json(const FrameView& frame);

    Output& output_;
    OutputStyle style_;
    std::uint64_t written_ = 0;
};

}  // namespace strata::tools
