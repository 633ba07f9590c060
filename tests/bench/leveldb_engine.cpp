// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <fmt/core.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

namespace strata::bench {

namespace {

void must(const char* what, const leveldb::Status& status) {
    if (!status.ok()) {
        fail(what, status.ToString());
    }
}

leveldb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const leveldb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

class LevelReader : public Reader {
  public:
    explicit LevelReader(leveldb::DB& db) : db_{db} {}

    std::optional<std::string_view> get(std::string_view key) override {
        const auto status = db_.Get(leveldb::ReadOptions(), slice(key), &value_);
        if (status.IsNotFound()) {
            return std::nullopt;
        }
        must("leveldb get", status);
        return value_;
    }

    ScanTotals walk(std::string_view from, std::uint64_t entries) override {
        const std::unique_ptr<leveldb::Iterator> iterator{db_.NewIterator(leveldb::ReadOptions())};
        ScanTotals totals;
        for (iterator->Seek(slice(from)); iterator->Valid() && totals.entries < entries;
             iterator->Next()) {
            totals.add(view(iterator->key()), view(iterator->value()));
        }
        must("leveldb walk", iterator->status());
        return totals;
    }

  private:
    leveldb::DB& db_;
    std::string value_;  // its capacity is reused
};

class LevelEngine : public Engine {
  public:
    explicit LevelEngine(const EngineOptions& options)
        : cache_{leveldb::NewLRUCache(options.cache_bytes)},
          filter_{leveldb::NewBloomFilterPolicy(filter_bits_per_key)} {
        leveldb::Options settings;
        settings.create_if_missing = true;
        settings.write_buffer_size = options.memtable_bytes;
        settings.block_cache = cache_.get();
        settings.filter_policy = filter_.get();
        settings.compression = leveldb::kNoCompression;
        leveldb::DB* db = nullptr;
        must("leveldb open", leveldb::DB::Open(settings, options.directory, &db));
        db_.reset(db);
        write_options_.sync = options.sync;
    }

    void put(std::string_view key, std::string_view value) override {
        must("leveldb put", db_->Put(write_options_, slice(key), slice(value)));
    }

    void put_all(std::span<const KeyValue> entries) override {
        batch_.Clear();
        for (const KeyValue& entry : entries) {
            batch_.Put(slice(entry.key), slice(entry.value));
        }
        must("leveldb write", db_->Write(write_options_, &batch_));
    }

    void del(std::string_view key) override {
        must("leveldb delete", db_->Delete(write_options_, slice(key)));
    }

    std::unique_ptr<Reader> reader() override { return std::make_unique<LevelReader>(*db_); }

    ScanTotals scan(bool reverse) override {
        const std::unique_ptr<leveldb::Iterator> iterator{db_->NewIterator(leveldb::ReadOptions())};
        ScanTotals totals;
        if (reverse) {
            for (iterator->SeekToLast(); iterator->Valid(); iterator->Prev()) {
                totals.add(view(iterator->key()), view(iterator->value()));
            }
        } else {
            for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
                totals.add(view(iterator->key()), view(iterator->value()));
            }
        }
        must("leveldb scan", iterator->status());
        return totals;
    }

    void compact() override { db_->CompactRange(nullptr, nullptr); }

  private:
    // The store uses the cache and the filter until it is gone, hence the order.
    std::unique_ptr<leveldb::Cache> cache_;
    std::unique_ptr<const leveldb::FilterPolicy> filter_;
    std::unique_ptr<leveldb::DB> db_;
    leveldb::WriteOptions write_options_;
    leveldb::WriteBatch batch_;  // its capacity is reused
};

}  // namespace

EngineKind leveldb_kind() {
    return {"leveldb", fmt::format("{}.{}", leveldb::kMajorVersion, leveldb::kMinorVersion), true,
            ".log", [](const EngineOptions& options) -> std::unique_ptr<Engine> {
                return std::make_unique<LevelEngine>(options);
            }};
}

}  // namespace strata::bench
