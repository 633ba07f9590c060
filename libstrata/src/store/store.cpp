// SPDX-License-Identifier: Apache-2.0
#include <strata/store.hpp>

#include "base/error.hpp"
#include "store/memory_store.hpp"

#include <utility>

namespace strata {

Result<Sequence> Store::put(Bytes key, Bytes value, const WriteOptions& options) {
    Batch batch;
    STRATA_TRY(batch.put(key, value));
    return write(batch, options);
}

Result<Sequence> Store::del(Bytes key, const WriteOptions& options) {
    Batch batch;
    STRATA_TRY(batch.del(key));
    return write(batch, options);
}

Result<Sequence> Store::put_if(Bytes key, Bytes value, Condition::Test test,
                               const WriteOptions& options) {
    Batch batch;
    STRATA_TRY(batch.require(key, std::move(test)));
    STRATA_TRY(batch.put(key, value));
    return write(batch, options);
}

Result<std::unique_ptr<Store>> open(const std::string& where, const Options& /*options*/) {
    if (where == "memory:") {
        return open_memory_store();
    }
    return make_error(ErrorCode::unsupported, "{}: no engine of that name", where);
}

const char* version() noexcept { return STRATA_VERSION; }

}  // namespace strata
