// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_check.hpp"

#include "base/file_name.hpp"
#include "table/verify.hpp"

#include <string_view>

namespace strata {

Status check_table(FileSystem& files, const std::string& path, const CheckOptions& options,
                   CheckReport& report) {
    const std::size_t slash = path.rfind('/');
    const FileName name =
        parse_file_name(std::string_view{path}.substr(slash == std::string::npos ? 0 : slash + 1));
    TableExpectation expected;
    if (name.type == FileType::table) {
        expected.identity.number = name.number;
    }
    return verify_table(files, path, expected, options, report);
}

}  // namespace strata
