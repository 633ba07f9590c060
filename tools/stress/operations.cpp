// SPDX-License-Identifier: Apache-2.0
#include "stress/operations.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

/// Seeds of the threads of one run are as unlike as those of different runs.
std::uint64_t thread_seed(std::uint64_t seed, unsigned thread) {
    return mix_bits(mix_bits(seed) + thread);
}

std::optional<OperationKind> only_kind(const Mix& mix) {
    for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
        if (mix.weights[kind] == mix.total()) {
            return static_cast<OperationKind>(kind);
        }
    }
    return std::nullopt;
}

}  // namespace

OperationStream::OperationStream(const Workload& workload, std::uint64_t seed, ThreadPlace place)
    : workload_{workload},
      place_{place},
      only_kind_{only_kind(workload.mix)},
      random_{thread_seed(seed, place.thread)},
      keys_{workload.key_size},
      values_{random_.next(), workload.value_size, workload.compressible},
      chooser_{workload.distribution, workload.keys, workload.keys / place.threads * place.thread},
      order_{workload.keys, seed} {}

std::uint64_t OperationStream::insert_number() {
    // Threads take turns, so that no two insert the same key.
    const std::uint64_t number = inserted_ * place_.threads + place_.thread;
    ++inserted_;
    if (workload_.inserts_fill) {
        return workload_.scattered && number < workload_.keys ? order_(number) : number;
    }
    if (workload_.distribution.kind == DistributionSpec::Kind::latest) {
        chooser_.resize(workload_.keys + inserted_);
    }
    return workload_.keys + number;
}

std::uint64_t OperationStream::chosen_number() {
    const std::uint64_t chosen = chooser_.next(random_);
    // Beyond the keys that were loaded lie those that this thread has inserted: they are there.
    return chosen < workload_.keys
               ? chosen
               : workload_.keys + (chosen - workload_.keys) * place_.threads + place_.thread;
}

void OperationStream::scan(WorkItem& operation) {
    if (!workload_.scan_from_end) {
        operation.key = keys_.live(chosen_number());
    }
    operation.scan_length = workload_.scan_length_varies ? 1 + random_.below(workload_.scan_length)
                                                         : workload_.scan_length;
}

WorkItem OperationStream::next() {
    WorkItem operation;
    operation.kind = only_kind_ ? *only_kind_ : workload_.mix.choose(random_);
    switch (operation.kind) {
        case OperationKind::insert:
            operation.key = keys_.live(insert_number());
            operation.value = values_.next();
            break;
        case OperationKind::put:
        case OperationKind::rmw:
            operation.key = keys_.live(chosen_number());
            operation.value = values_.next();
            break;
        case OperationKind::miss:
            operation.key = keys_.absent(chosen_number());
            break;
        case OperationKind::scan:
        case OperationKind::rscan:
            scan(operation);
            break;
        case OperationKind::del:
            operation.key = workload_.deletes_absent ? keys_.absent(chosen_number())
                                                     : keys_.live(chosen_number());
            break;
        case OperationKind::get:
            operation.key = keys_.live(chosen_number());
            break;
    }
    return operation;
}

}  // namespace strata::tools
