// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/verify.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <string>

namespace strata {

/// Checks one table by itself, as verify_table() does (table/verify.hpp); its number is compared
/// with its name if that is the name of a table. Findings go into `report`; the status is an error
/// only when the file cannot be read at all. Takes no lock and writes nothing.
Status check_table(FileSystem& files, const std::string& path, const CheckOptions& options,
                   CheckReport& report);

/// The same against what a manifest says. Where index or footer are damaged the blocks are looked
/// at all the same, found by their trailers (table_survey.hpp).
Status check_table_against(FileSystem& files, const std::string& path,
                           const TableExpectation& expected, const CheckOptions& options,
                           CheckReport& report);

}  // namespace strata
