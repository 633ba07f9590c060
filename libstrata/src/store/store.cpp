// SPDX-License-Identifier: Apache-2.0
#include <strata/store.hpp>

#include "base/error.hpp"
#include "inspect/check.hpp"
#include "lsm/checkpoint.hpp"
#include "lsm/lsm_store.hpp"
#include "store/memory_store.hpp"

#include <string_view>
#include <utility>

namespace strata {

std::vector<Result<Sequence>> Store::write_all(std::span<const Batch* const> batches,
                                               const WriteOptions& options) {
    std::vector<Result<Sequence>> outcomes;
    outcomes.reserve(batches.size());
    for (const Batch* batch : batches) {
        outcomes.push_back(write(*batch, options));
    }
    return outcomes;
}

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

namespace {

// "name:rest" with a name of letters; a path with a slash before the colon is a path.
std::string_view scheme_of(std::string_view where) {
    const std::size_t colon = where.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return {};
    }
    const std::string_view name = where.substr(0, colon);
    const bool letters =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
    return letters ? name : std::string_view{};
}

Result<std::unique_ptr<Store>> open_lsm(const std::string& directory, const Options& options) {
    if (directory.empty()) {
        return invalid_argument("the directory of the store has no name");
    }
    if (options.read_only) {
        return open_lsm_store_read_only(directory, options);
    }
    return open_lsm_store(directory, options);
}

}  // namespace

Result<std::unique_ptr<Store>> open(const std::string& where, const Options& options) {
    const std::string_view scheme = scheme_of(where);
    if (scheme.empty()) {
        return open_lsm(where, options);
    }
    const std::string rest = where.substr(scheme.size() + 1);
    if (scheme == "lsm") {
        return open_lsm(rest, options);
    }
    if (scheme == "memory") {
        if (!rest.empty()) {
            return invalid_argument("{}: a store in memory has no path", where);
        }
        if (options.read_only) {
            return make_error(ErrorCode::not_found,
                              "memory: begins empty, so there is nothing to read");
        }
        return open_memory_store();
    }
    return make_error(ErrorCode::unsupported,
                      "{}: no engine is called {}; there are lsm and memory (./{} is a directory)",
                      where, scheme, where);
}

Result<CheckReport> check_directory(const std::string& directory, const CheckOptions& options,
                                    FileSystem* file_system) {
    return check_store(file_system != nullptr ? *file_system : *posix_file_system(), directory,
                       options);
}

Result<CheckpointReport> restore_checkpoint(const std::string& checkpoint,
                                            const std::string& directory, FileSystem* file_system) {
    return copy_directory(
        file_system != nullptr ? *file_system : *posix_file_system(), checkpoint,
        {.directory = directory, .link_tables = false, .may_be_empty = true, .check = true});
}

const char* version() noexcept { return STRATA_VERSION; }

}  // namespace strata
