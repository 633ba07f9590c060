// SPDX-License-Identifier: Apache-2.0
#include "stress/bench_store.hpp"

#include "common/error.hpp"
#include "common/terminal.hpp"
#include "stress/remote_target.hpp"

#include <strata/file_system.hpp>

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::string_view disk_scheme = "lsm:";
constexpr std::string_view memory_scheme = "memory:";

Status refuse_existing(const std::string& directory, bool use_existing) {
    if (use_existing || is_free(directory)) {
        return {};
    }
    return usage_error(
        "{}: is there already, and a benchmark would write into it; name a directory that does "
        "not exist, or give --use-existing",
        directory);
}

/// A new directory on what is likely a disk; /tmp often is memory, where a sync costs nothing.
Result<std::unique_ptr<WorkDirectory>> temporary_directory() {
    return WorkDirectory::create("stress", environment("TMPDIR").empty() ? "/var/tmp" : "");
}

}  // namespace

Result<std::unique_ptr<BenchStore>> BenchStore::open(const StressOptions& options,
                                                     const std::string& where,
                                                     const SyncMode& sync) {
    std::unique_ptr<BenchStore> made{new BenchStore};
    made->where_ = where;
    if (is_remote(where)) {
        STRATA_TRY(made->open_remote(options));
        return made;
    }
    if (where.empty()) {
        made->parent_ = STRATA_TRY(temporary_directory());
        made->where_ = made->parent_->path("store");
        if (options.keep) {
            made->parent_->keep();
        }
    }
    if (made->where_ != memory_scheme) {
        const bool prefixed = made->where_.starts_with(disk_scheme);
        made->directory_ = made->where_.substr(prefixed ? disk_scheme.size() : 0);
        STRATA_TRY(refuse_existing(made->directory_, options.use_existing));
    }
    made->settings_ = options.engine;
    made->settings_.sync = sync;
    made->store_ = STRATA_TRY(strata::open(made->where_, made->settings_));
    return made;
}

BenchStore::~BenchStore() {
    if (store_ != nullptr) {
        // A store that fails to close has told why to the operation that failed before.
        static_cast<void>(store_->close());
        store_.reset();
    }
}

Status BenchStore::open_remote(const StressOptions& options) {
    if (!options.engine_given.empty()) {
        return usage_error("-o {}: {} has opened its store already; strata-serve has options",
                           options.engine_given.front(), where_);
    }
    std::string token = STRATA_TRY(read_token({}));
    auto opened = STRATA_TRY(open_http_store(where_, std::move(token), false));
    const auto records = STRATA_TRY(opened->scan_some({}, 1));
    const bool any = STRATA_TRY(records->next());
    if (any && !options.use_existing) {
        return usage_error(
            "{}: the store there has records, and a benchmark would write into it; serve an "
            "empty one, or give --use-existing",
            where_);
    }
    remote_ = opened.get();
    store_ = std::move(opened);
    return {};
}

std::unique_ptr<Target> BenchStore::target(const SyncMode& sync) {
    if (remote_ != nullptr) {
        return std::make_unique<RemoteTarget>(*remote_, sync);
    }
    return std::make_unique<StoreTarget>(*store_, sync);
}

Status BenchStore::reopen_unclosed() {
    store_.reset();
    store_ = STRATA_TRY(strata::open(where_, settings_));
    return {};
}

Result<std::uint64_t> load_keys(Store& store, const Workload& workload,
                                const LoadRequest& request) {
    constexpr std::uint64_t batch_operations = 1000;
    constexpr std::size_t batch_bytes = std::size_t{1} << 20;
    const Permutation order{request.keys, request.seed};
    KeyMaker keys{workload.key_size};
    Values values{mix_bits(request.seed + 1), workload.value_size, workload.compressible};
    WriteOptions options;
    options.sync = SyncMode::none();
    Batch batch;
    std::uint64_t done = 0;
    while (done < request.keys) {
        batch.clear();
        while (done < request.keys && batch.operations() < batch_operations &&
               batch.encoded().size() < batch_bytes) {
            STRATA_TRY(batch.put(keys.live(order(done)), values.next()));
            ++done;
        }
        STRATA_TRY(store.write(batch, options));
        if (request.stop && request.stop(done)) {
            break;
        }
    }
    STRATA_TRY(store.sync());
    return done;
}

Result<bool> holds_keys(Store& store, const Workload& workload) {
    constexpr std::uint64_t samples = 100;
    KeyMaker keys{workload.key_size};
    for (std::uint64_t sample = 0; sample <= samples; ++sample) {
        const std::uint64_t index = std::min(
            scale_bits(~std::uint64_t{0} / samples * sample, workload.keys), workload.keys - 1);
        const auto value =
            STRATA_TRY(store.get(keys.live(sample == samples ? workload.keys - 1 : index)));
        if (!value) {
            return false;
        }
    }
    return true;
}

Result<LiveData> live_data(Store& store) {
    const auto iterator = STRATA_TRY(store.scan());
    LiveData data;
    while (true) {
        const bool more = STRATA_TRY(iterator->next());
        if (!more) {
            return data;
        }
        ++data.records;
        data.bytes += iterator->key().size() + iterator->value().size();
    }
}

}  // namespace strata::tools
