// SPDX-License-Identifier: Apache-2.0
#include "log/segment_report.hpp"

#include "log/segment_inspector.hpp"

#include <memory>

namespace strata {

Result<SegmentReport> read_segment_file(FileSystem& file_system, const std::string& path,
                                        const std::function<Status(const FrameView&)>& take) {
    const std::unique_ptr<SegmentInspector> inspector =
        STRATA_TRY(SegmentInspector::open(file_system, path));
    bool again = true;
    while (again) {
        const bool more = STRATA_TRY(inspector->next());
        if (more) {
            STRATA_TRY(take(inspector->frame()));
        } else {
            again = STRATA_TRY(inspector->judge());
        }
    }
    return inspector->report();
}

}  // namespace strata
