// SPDX-License-Identifier: Apache-2.0
#include "stress/tally.hpp"

namespace strata::tools {

void KindTally::merge(const KindTally& other) {
    operations += other.operations;
    records += other.records;
    bytes += other.bytes;
    service.merge(other.service);
    response.merge(other.response);
}

void RunTally::merge(const RunTally& other) {
    for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
        if (other.kinds_[kind] != nullptr) {
            of(static_cast<OperationKind>(kind)).merge(*other.kinds_[kind]);
        }
    }
    late += other.late;
    skipped += other.skipped;
}

void RunTally::clear() {
    for (auto& tally : kinds_) {
        if (tally != nullptr) {
            *tally = KindTally{};
        }
    }
    late = 0;
    skipped = 0;
}

KindTally RunTally::total() const {
    KindTally sum;
    for (const auto& tally : kinds_) {
        if (tally != nullptr) {
            sum.merge(*tally);
        }
    }
    return sum;
}

}  // namespace strata::tools
