// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/range.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "common/usage_sum.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace strata::tools {
Result<int> run_du(Session& session, const Invocation& invocation) {
    Range range = STRATA_TRY(parse_range(invocation, 0));
    const std::uint64_t depth = STRATA_TRY(invocation.number_option("depth"))
    .value_or(1);
    std::string separators{":/"};
    if (const Word* word = invocation.find("sep")) {
        auto bytes = parse_escaped(word->text, std::max<std::size_t>(word->column, 1));
        if (!bytes) {
            return invocation.bad("--sep", *word, bytes.take_error());
        }
        separators = std::move(*bytes);
    }
    range.scan.all_versions = true;
    UsageSum sum{range.scan.prefix.size(), std::move(separators), depth};
    STRATA_TRY(walk(session.store(), range, [&sum](const Iterator& at) {
        sum.add(at);
        return true;
    }));
    if (interrupted()) {
        return interrupt_status();
    }
    print_sheet(session.output(), invocation.settings().style(session.output(), true),
                sum.sheet(invocation.has("obsolete")));
    return exit_done;
}

}  // namespace strata::tools
