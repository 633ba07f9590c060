// SPDX-License-Identifier: Apache-2.0
#include "cli/range.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/interrupt.hpp"
#include "http/http_store.hpp"

#include <algorithm>
#include <memory>

namespace strata::tools {

Result<Range> parse_range(const Invocation& invocation, std::uint64_t default_limit) {
    const std::vector<Word>& arguments = invocation.arguments();
    return parse_range_of(invocation, arguments.empty() ? nullptr : &arguments.front(),
                          default_limit);
}

Result<Range> parse_range_of(const Invocation& invocation, const Word* prefix_word,
                             std::uint64_t default_limit) {
    Range range;
    range.scan.from = STRATA_TRY(invocation.key_option("from"));
    range.scan.to = STRATA_TRY(invocation.key_option("to"));
    range.scan.after = STRATA_TRY(invocation.key_option("after"));
    range.scan.reverse = invocation.has("reverse");
    range.scan.at = STRATA_TRY(invocation.number_option("at"));
    auto prefix = STRATA_TRY(invocation.key_option("prefix"));
    if (prefix_word != nullptr) {
        const std::string argument = STRATA_TRY(invocation.key(*prefix_word));
        if (prefix && *prefix != argument) {
            return usage_error("{}: the prefix is given twice: PREFIX and --prefix",
                               invocation.command().name);
        }
        prefix = argument;
    }
    if (const Word* pattern = invocation.find("match")) {
        auto bytes = parse_escaped(pattern->text, std::max<std::size_t>(pattern->column, 1));
        if (!bytes) {
            return invocation.bad("--match", *pattern, bytes.take_error());
        }
        range.glob.emplace(std::move(*bytes));
        if (!prefix) {
            prefix = range.glob->literal_prefix();
        }
    }
    range.scan.prefix = prefix.value_or(std::string{});
    const auto limit = STRATA_TRY(invocation.number_option("limit"));
    range.limit = limit.value_or(default_limit);
    return range;
}

namespace {

// A server sends one record more than are wanted, which says that there are more, and then stops.
Result<std::unique_ptr<Iterator>> begin(Store& store, const Range& range) {
    auto* remote = dynamic_cast<HttpStore*>(&store);
    return remote == nullptr || range.limit == 0 || range.glob
               ? store.scan(range.scan)
               : remote->scan_some(range.scan, range.limit + 1);
}

}  // namespace

Result<bool> walk(Store& store, const Range& range,
                  const std::function<bool(const Iterator&)>& use) {
    const auto iterator = STRATA_TRY(begin(store, range));
    std::uint64_t used = 0;
    while (!interrupted()) {
        const bool more = STRATA_TRY(iterator->next());
        if (!more) {
            return false;
        }
        if (range.glob && !range.glob->matches(iterator->key())) {
            continue;
        }
        if (range.limit != 0 && used == range.limit) {
            return true;
        }
        if (!use(*iterator)) {
            return false;
        }
        ++used;
    }
    return false;
}

}  // namespace strata::tools
