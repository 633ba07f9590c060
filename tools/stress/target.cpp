// SPDX-License-Identifier: Apache-2.0
#include "stress/target.hpp"

namespace strata::tools {
namespace {

/// Reads one byte of each cache line. The empty statement keeps the compiler from leaving it out.
void touch(Bytes bytes) {
    constexpr std::size_t cache_line = 64;
    unsigned sum = 0;
    for (std::size_t at = 0; at < bytes.size(); at += cache_line) {
        sum += static_cast<unsigned char>(bytes[at]);
    }
    asm volatile("" : : "r"(sum));
}

Status status_of(Result<Sequence> written) {
    if (!written) {
        return written.take_error();
    }
    return {};
}

}  // namespace

Result<ReadFacts> StoreTarget::get(Bytes key) {
    const auto value = STRATA_TRY(store_.get(key));
    if (!value) {
        return ReadFacts{};
    }
    touch(value->bytes());
    return ReadFacts{1, key.size() + value->bytes().size()};
}

Result<ReadFacts> StoreTarget::scan(const ScanRequest& request) {
    ScanOptions options;
    options.reverse = request.reverse;
    const auto iterator = STRATA_TRY(store_.scan(options));
    ReadFacts facts;
    bool more = false;
    if (request.from.empty()) {
        more = STRATA_TRY(iterator->next());
    } else {
        more = STRATA_TRY(iterator->seek(request.from));
    }
    while (more) {
        ++facts.records;
        facts.bytes += iterator->key().size() + iterator->value().size();
        touch(iterator->key());
        touch(iterator->value());
        if (facts.records == request.length) {
            break;
        }
        more = STRATA_TRY(iterator->next());
    }
    return facts;
}

Status StoreTarget::put(Bytes key, Bytes value) {
    return status_of(store_.put(key, value, options_));
}

Status StoreTarget::del(Bytes key) { return status_of(store_.del(key, options_)); }

Status StoreTarget::write(const Batch& batch) { return status_of(store_.write(batch, options_)); }

}  // namespace strata::tools
