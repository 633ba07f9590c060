// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_perform.hpp"

#include "common/error.hpp"

#include <string>
#include <utility>

namespace strata::tools {
namespace {

Answer of(Error error) { return {.error = std::move(error)}; }

Answer of(Status status) {
    Answer answer;
    if (!status) {
        answer.error = status.take_error();
    }
    return answer;
}

Result<Batch> batch_of(const Operation& operation) {
    Batch batch;
    for (const Condition& condition : operation.conditions) {
        STRATA_TRY(batch.require(condition.key, condition.test));
    }
    for (const Change& change : operation.changes) {
        STRATA_TRY(change.value ? batch.put(change.key, *change.value) : batch.del(change.key));
    }
    return batch;
}

Answer write(Store& store, const Operation& operation) {
    auto batch = batch_of(operation);
    if (!batch) {
        return of(batch.take_error());
    }
    auto written = store.write(*batch, {.sync = operation.sync});
    return written ? Answer{.sequence = *written} : of(written.take_error());
}

Entry entry_of(const std::string& key, const std::optional<Value>& value) {
    if (!value) {
        return {.key = key};
    }
    return {.key = key, .value = std::string{value->bytes()}, .sequence = value->sequence()};
}

Answer get(Store& store, const Operation& operation, const ReadOptions& options) {
    Answer answer;
    if (operation.keys.size() == 1) {
        auto found = store.get(operation.keys.front(), options);
        if (!found) {
            return of(found.take_error());
        }
        answer.entries.push_back(entry_of(operation.keys.front(), *found));
        return answer;
    }
    const std::vector<Bytes> keys{operation.keys.begin(), operation.keys.end()};
    auto found = store.get_many(keys, options);
    if (!found) {
        return of(found.take_error());
    }
    if (found->size() != keys.size()) {
        return of(fail(ErrorCode::internal, "get_many: expected {} answers, found {}", keys.size(),
                       found->size()));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        answer.entries.push_back(entry_of(operation.keys[i], (*found)[i]));
    }
    return answer;
}

Answer take_snapshot(Store& store, HeldSnapshots& snapshots, std::uint64_t number) {
    auto taken = store.snapshot();
    if (!taken) {
        return of(taken.take_error());
    }
    const Sequence sequence = (*taken)->sequence();
    snapshots[number] = taken.take_value();
    return {.sequence = sequence};
}

}  // namespace

Answer perform(Store& store, HeldSnapshots& snapshots, const Operation& operation) {
    using Kind = Operation::Kind;
    const std::uint64_t number = operation.snapshot.value_or(0);
    const auto held = operation.snapshot ? snapshots.find(number) : snapshots.end();
    const Snapshot* snapshot = held == snapshots.end() ? nullptr : held->second.get();
    const std::optional<Sequence> at = snapshot == nullptr ? operation.at : std::nullopt;
    switch (operation.kind) {
        case Kind::write:
            return write(store, operation);
        case Kind::get:
            return get(store, operation, {.snapshot = snapshot, .at = at});
        case Kind::scan: {
            ScanOptions range = operation.range;
            range.snapshot = snapshot;
            range.at = at;
            return read_range(store, range, operation.limit);
        }
        case Kind::snapshot:
            return take_snapshot(store, snapshots, number);
        case Kind::release:
            snapshots.erase(number);
            return {};
        case Kind::sync:
            return of(store.sync());
        case Kind::flush:
            return of(store.flush());
        case Kind::compact:
            return of(store.compact());
        case Kind::check:
            return of(check_store(store));
        case Kind::reopen:
        case Kind::kill:
        case Kind::read_only:
            break;
    }
    return of(fail(ErrorCode::internal, "{} is not for an open store", kind_name(operation.kind)));
}

Answer read_range(Store& store, const ScanOptions& range, std::uint64_t limit) {
    auto opened = store.scan(range);
    if (!opened) {
        return of(opened.take_error());
    }
    Iterator& iterator = **opened;
    Answer answer;
    while (limit == 0 || answer.entries.size() < limit) {
        const auto more = iterator.next();
        if (!more) {
            answer.error = more.error();
            return answer;
        }
        if (!*more) {
            return answer;
        }
        answer.entries.push_back({.key = std::string{iterator.key()},
                                  .value = std::string{iterator.value()},
                                  .sequence = iterator.sequence()});
    }
    return answer;
}

Answer read_beside(const StoreOpener& open, const ScanOptions& range) {
    auto beside = open(true);
    if (!beside) {
        return of(at("open read-only", beside.take_error()));
    }
    return read_range(**beside, range, 0);
}

Status check_store(Store& store) {
    const CheckReport report = STRATA_TRY(store.check());
    if (!report.findings.empty()) {
        const Finding& first = report.findings.front();
        return fail(ErrorCode::corruption, "check: {}: offset {}: {}", first.file, first.offset,
                    first.message);
    }
    return {};
}

}  // namespace strata::tools
