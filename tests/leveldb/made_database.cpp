// SPDX-License-Identifier: Apache-2.0
#include "leveldb/made_database.hpp"

#include "support/files.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>
#include <leveldb/comparator.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <filesystem>

namespace strata::test {
namespace {

void must_do(const leveldb::Status& status) { REQUIRE_MESSAGE(status.ok(), status.ToString()); }

leveldb::Slice slice(Bytes bytes) { return {bytes.data(), bytes.size()}; }

leveldb::Options options_of(const MadeOptions& options, const leveldb::FilterPolicy* filter) {
    leveldb::Options made;
    made.create_if_missing = true;
    made.compression = options.compressed ? leveldb::kSnappyCompression : leveldb::kNoCompression;
    made.write_buffer_size = options.write_buffer;
    made.block_size = options.block_size;
    made.filter_policy = filter;
    if (options.comparator != nullptr) {
        made.comparator = options.comparator;
    }
    return made;
}

Content content_of_database(leveldb::DB& db) {
    Content content;
    const std::unique_ptr<leveldb::Iterator> iterator{db.NewIterator(leveldb::ReadOptions())};
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
        content[iterator->key().ToString()] = iterator->value().ToString();
    }
    must_do(iterator->status());
    return content;
}

class ReverseComparator : public leveldb::Comparator {
  public:
    int Compare(const leveldb::Slice& left, const leveldb::Slice& right) const override {
        return right.compare(left);
    }
    const char* Name() const override { return "test.Reverse"; }
    void FindShortestSeparator(std::string* /*start*/,
                               const leveldb::Slice& /*limit*/) const override {}
    void FindShortSuccessor(std::string* /*key*/) const override {}
};

}  // namespace

MadeDatabase::MadeDatabase(const std::string& path, const MadeOptions& options) {
    if (options.filter_bits != 0) {
        filter_.reset(leveldb::NewBloomFilterPolicy(options.filter_bits));
    }
    leveldb::DB* db = nullptr;
    must_do(leveldb::DB::Open(options_of(options, filter_.get()), path, &db));
    db_.reset(db);
}

MadeDatabase::~MadeDatabase() {
    for (const leveldb::Snapshot* snapshot : snapshots_) {
        db_->ReleaseSnapshot(snapshot);
    }
}

void MadeDatabase::put(Bytes key, Bytes value) {
    must_do(db_->Put(leveldb::WriteOptions(), slice(key), slice(value)));
}

void MadeDatabase::del(Bytes key) { must_do(db_->Delete(leveldb::WriteOptions(), slice(key))); }

void MadeDatabase::put_all(const std::vector<std::pair<std::string, std::string>>& pairs) {
    leveldb::WriteBatch batch;
    for (const auto& [key, value] : pairs) {
        batch.Put(key, value);
    }
    must_do(db_->Write(leveldb::WriteOptions(), &batch));
}

void MadeDatabase::compact() { db_->CompactRange(nullptr, nullptr); }

void MadeDatabase::keep_versions() { snapshots_.push_back(db_->GetSnapshot()); }

Content MadeDatabase::content() const { return content_of_database(*db_); }

std::unique_ptr<Content> content_by_leveldb(const std::string& path, const MadeOptions& options) {
    leveldb::DB* db = nullptr;
    if (!leveldb::DB::Open(options_of(options, nullptr), path, &db).ok()) {
        return nullptr;
    }
    const std::unique_ptr<leveldb::DB> owner{db};
    return std::make_unique<Content>(content_of_database(*db));
}

const leveldb::Comparator* reverse_comparator() {
    static const ReverseComparator comparator;
    return &comparator;
}

std::shared_ptr<StrictFileSystem> in_memory(const std::string& directory) {
    auto files = StrictFileSystem::create();
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        const std::string name = entry.path().filename().string();
        create_file(*files, "/" + name, content_of(*posix_file_system(), entry.path().string()));
    }
    return files;
}

std::string file_with(const std::string& directory, const std::string& extension) {
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        if (entry.path().extension() == extension) {
            return entry.path().string();
        }
    }
    FAIL("no " << extension << " in " << directory);
    return {};
}

}  // namespace strata::test
