// SPDX-License-Identifier: Apache-2.0
#include "stress/remote_target.hpp"

#include <string>

namespace strata::tools {

Result<ReadFacts> RemoteTarget::scan(const ScanRequest& request) {
    ScanOptions options;
    options.reverse = request.reverse;
    if (!request.from.empty() && request.reverse) {
        // The key itself is the first one that may be shown.
        options.to = std::string{request.from} + '\0';
    } else if (!request.from.empty()) {
        options.from = std::string{request.from};
    }
    const auto iterator = STRATA_TRY(remote_.scan_some(options, request.length));
    ReadFacts facts;
    while (request.length == 0 || facts.records < request.length) {
        const bool more = STRATA_TRY(iterator->next());
        if (!more) {
            break;
        }
        ++facts.records;
        facts.bytes += iterator->key().size() + iterator->value().size();
    }
    return facts;
}

}  // namespace strata::tools
