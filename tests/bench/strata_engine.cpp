// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <strata/store.hpp>

#include <utility>

namespace strata::bench {

namespace {

template <typename T>
T must(const char* what, Result<T> result) {
    if (!result) {
        fail(what, result.error().message);
    }
    return result.take_value();
}

class StrataReader : public Reader {
  public:
    explicit StrataReader(Store& store) : store_{store} {}

    std::optional<std::string_view> get(std::string_view key) override {
        value_ = must("strata get", store_.get(key));
        return value_ ? std::optional{value_->bytes()} : std::nullopt;
    }

  private:
    Store& store_;
    std::optional<Value> value_;
};

class StrataEngine : public Engine {
  public:
    explicit StrataEngine(std::unique_ptr<Store> store) : store_{std::move(store)} {}
    ~StrataEngine() override { must("strata close", store_->close()); }

    void put(std::string_view key, std::string_view value) override {
        must("strata put", store_->put(key, value));
    }

    void del(std::string_view key) override { must("strata del", store_->del(key)); }

    std::unique_ptr<Reader> reader() override { return std::make_unique<StrataReader>(*store_); }

    ScanTotals scan(bool reverse) override {
        ScanOptions options;
        options.reverse = reverse;
        const auto iterator = must("strata scan", store_->scan(options));
        ScanTotals totals;
        while (must("strata next", iterator->next())) {
            totals.add(iterator->key(), iterator->value());
        }
        return totals;
    }

    void compact() override { must("strata compact", store_->compact()); }

  private:
    std::unique_ptr<Store> store_;
};

std::unique_ptr<Engine> open_strata(const std::string& where, const EngineOptions& options) {
    Options settings;
    settings.sync = options.sync ? SyncMode::sync() : SyncMode::none();
    settings.memory = options.memory_bytes;
    settings.memtable_size = memtable_bytes;
    settings.compression = Compression::none;
    settings.filter_bits = filter_bits_per_key;
    return std::make_unique<StrataEngine>(must("strata open", open(where, settings)));
}

}  // namespace

EngineKind strata_kind() {
    return {"strata", version(), true, [](const EngineOptions& options) {
                return open_strata("lsm:" + options.directory, options);
            }};
}

EngineKind strata_memory_kind() {
    return {"memory", version(), false,
            [](const EngineOptions& options) { return open_strata("memory:", options); }};
}

}  // namespace strata::bench
