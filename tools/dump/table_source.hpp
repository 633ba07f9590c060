// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/sheet.hpp"
#include "dump/commands.hpp"
#include "inspect/table_parts.hpp"

#include <strata/stats.hpp>

#include <functional>
#include <string>
#include <vector>

/// What the commands that explain tables have in common: each file in turn, as far as it can be
/// read, its results first and then what was found wrong with it.
namespace strata::tools {

/// Prints findings as errors; the exit status that belongs to them.
int report_findings(const DumpContext& context, const std::vector<Finding>& findings);

/// Calls `show` for each table of the command line. What it returns, the findings of the table
/// and of `show` itself decide the exit status. Between tables stands an empty line for people,
/// unless the results of all tables are one list.
using ShowTable = std::function<Result<int>(const TableParts& table)>;
enum class Between : bool { nothing, empty_line };
int for_each_table(const DumpContext& context, const ShowTable& show,
                   Between between = Between::empty_line);

/// Prints the rows of one table. For programs each row begins with the path of the file, since the
/// rows of all files make one stream.
void print_rows(const DumpContext& context, const TableParts& table, Sheet sheet);

}  // namespace strata::tools
