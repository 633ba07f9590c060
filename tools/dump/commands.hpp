// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "dump/options.hpp"

#include <strata/file_system.hpp>

#include <string>
#include <vector>

/// The commands of strata-dump, each over a list of files. They return the exit status: that of the
/// worst file, and go on with the next file after an error.
namespace strata::tools {

struct DumpContext {
    const DumpOptions& options;
    FileSystem& files;
    Output& output;
    Diagnostics& diagnostics;
};

int dump_records(const DumpContext& context, const std::vector<std::string>& paths);
int dump_props(const DumpContext& context, const std::vector<std::string>& paths);
int dump_check(const DumpContext& context, const std::vector<std::string>& paths);

}  // namespace strata::tools
