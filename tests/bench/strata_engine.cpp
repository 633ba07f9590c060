// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <strata/store.hpp>

#include <algorithm>
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

    ScanTotals walk(std::string_view from, std::uint64_t entries) override {
        options_.from = from;
        const auto iterator = must("strata scan", store_.scan(options_));
        ScanTotals totals;
        while (totals.entries < entries && must("strata next", iterator->next())) {
            totals.add(iterator->key(), iterator->value());
        }
        return totals;
    }

  private:
    Store& store_;
    std::optional<Value> value_;
    ScanOptions options_;  // the capacity of its key is reused
};

class StrataEngine : public Engine {
  public:
    explicit StrataEngine(std::unique_ptr<Store> store) : store_{std::move(store)} {}
    ~StrataEngine() override { must("strata close", store_->close()); }

    void put(std::string_view key, std::string_view value) override {
        must("strata put", store_->put(key, value));
    }

    void put_all(std::span<const KeyValue> entries) override {
        batch_.clear();
        for (const KeyValue& entry : entries) {
            must("strata batch", batch_.put(entry.key, entry.value));
        }
        must("strata write", store_->write(batch_));
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
    Batch batch_;  // its capacity is reused
};

std::unique_ptr<Engine> open_strata(const std::string& where, const EngineOptions& options) {
    Options settings;
    settings.sync = options.sync ? SyncMode::sync() : SyncMode::none();
    const std::size_t memtable = std::min(options.memtable_bytes, strata_memtable_bytes_max);
    settings.memory = 2 * memtable + options.cache_bytes;
    settings.memtable_size = memtable;
    settings.compression = Compression::none;
    settings.filter_bits = filter_bits_per_key;
    settings.mapped_tables = options.in_place;
    return std::make_unique<StrataEngine>(must("strata open", open(where, settings)));
}

}  // namespace

EngineKind strata_kind() {
    return {"strata", version(), true, ".wal", [](const EngineOptions& options) {
                return open_strata("lsm:" + options.directory, options);
            }};
}

EngineKind strata_memory_kind() {
    return {"memory", version(), false, "",
            [](const EngineOptions& options) { return open_strata("memory:", options); }};
}

}  // namespace strata::bench
