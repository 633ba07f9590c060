// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/read_recorder.hpp"
#include "lsm/read_view.hpp"

#include <strata/batch.hpp>
#include <strata/explain.hpp>
#include <strata/options.hpp>

#include <cstdint>

/// Explanations of reads: they run the ordinary read with a recorder, and say what it met.
namespace strata {

/// What is explained: a view, and the sequence it is read at.
struct ExplainedView {
    ViewPtr view;
    Sequence at = 0;
    ReadRecorder::SegmentOf segment_of{};
};

[[nodiscard]] Explanation explain_get_in(const ExplainedView& seen, Bytes key);

/// `limit`: stop after so many records; 0: never.
[[nodiscard]] Explanation explain_scan_in(const ExplainedView& seen, const ScanOptions& options,
                                          std::uint64_t limit);

/// The first steps of a write, which need nothing but a view: the batch, its conditions, and what
/// each key has now. Adds them to `explanation`; true: all conditions hold.
Result<bool> explain_batch_in(const ExplainedView& seen, const Batch& batch,
                              Explanation& explanation);

}  // namespace strata
