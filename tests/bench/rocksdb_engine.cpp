// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

namespace strata::bench {

namespace {

void must(const char* what, const rocksdb::Status& status) {
    if (!status.ok()) {
        fail(what, status.ToString());
    }
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

class RocksReader : public Reader {
  public:
    explicit RocksReader(rocksdb::DB& db) : db_{db} {}

    std::optional<std::string_view> get(std::string_view key) override {
        value_.Reset();
        const auto status =
            db_.Get(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), slice(key), &value_);
        if (status.IsNotFound()) {
            return std::nullopt;
        }
        must("rocksdb get", status);
        return std::string_view{value_.data(), value_.size()};
    }

    ScanTotals walk(std::string_view from, std::uint64_t entries) override {
        const std::unique_ptr<rocksdb::Iterator> iterator{db_.NewIterator(rocksdb::ReadOptions())};
        ScanTotals totals;
        for (iterator->Seek(slice(from)); iterator->Valid() && totals.entries < entries;
             iterator->Next()) {
            totals.add(iterator->key().ToStringView(), iterator->value().ToStringView());
        }
        must("rocksdb walk", iterator->status());
        return totals;
    }

  private:
    rocksdb::DB& db_;
    rocksdb::PinnableSlice value_;
};

class RocksEngine : public Engine {
  public:
    RocksEngine(std::unique_ptr<rocksdb::DB> db, bool sync) : db_{std::move(db)} {
        write_options_.sync = sync;
    }
    ~RocksEngine() override { must("rocksdb close", db_->Close()); }

    void put(std::string_view key, std::string_view value) override {
        must("rocksdb put", db_->Put(write_options_, slice(key), slice(value)));
    }

    void put_all(std::span<const KeyValue> entries) override {
        batch_.Clear();
        for (const KeyValue& entry : entries) {
            must("rocksdb batch", batch_.Put(slice(entry.key), slice(entry.value)));
        }
        must("rocksdb write", db_->Write(write_options_, &batch_));
    }

    void del(std::string_view key) override {
        must("rocksdb delete", db_->Delete(write_options_, slice(key)));
    }

    std::unique_ptr<Reader> reader() override { return std::make_unique<RocksReader>(*db_); }

    ScanTotals scan(bool reverse) override {
        const std::unique_ptr<rocksdb::Iterator> iterator{db_->NewIterator(rocksdb::ReadOptions())};
        ScanTotals totals;
        const auto add = [&] {
            totals.add(iterator->key().ToStringView(), iterator->value().ToStringView());
        };
        if (reverse) {
            for (iterator->SeekToLast(); iterator->Valid(); iterator->Prev()) {
                add();
            }
        } else {
            for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
                add();
            }
        }
        must("rocksdb scan", iterator->status());
        return totals;
    }

    void compact() override {
        const rocksdb::CompactRangeOptions everything;
        must("rocksdb compact", db_->CompactRange(everything, nullptr, nullptr));
    }

  private:
    std::unique_ptr<rocksdb::DB> db_;
    rocksdb::WriteOptions write_options_;
    rocksdb::WriteBatch batch_;  // its capacity is reused
};

std::unique_ptr<Engine> open_rocksdb(const EngineOptions& options) {
    rocksdb::BlockBasedTableOptions table;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(filter_bits_per_key, false));
    table.block_cache = rocksdb::NewLRUCache(options.cache_bytes);

    rocksdb::Options settings;
    settings.create_if_missing = true;
    settings.write_buffer_size = options.memtable_bytes;
    settings.max_background_jobs = 2;
    settings.allow_mmap_reads = options.in_place;
    settings.compression = rocksdb::kNoCompression;
    settings.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

    rocksdb::DB* db = nullptr;
    must("rocksdb open", rocksdb::DB::Open(settings, options.directory, &db));
    return std::make_unique<RocksEngine>(std::unique_ptr<rocksdb::DB>{db}, options.sync);
}

}  // namespace

EngineKind rocksdb_kind() {
    return {"rocksdb", rocksdb::GetRocksVersionAsString(), true, ".log", open_rocksdb};
}

}  // namespace strata::bench
