// SPDX-License-Identifier: Apache-2.0
// Makes the small LevelDB database of testdata/leveldb, for transcripts and fuzzing. Run by hand:
//
//     make_leveldb_data DIR
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

void must(const leveldb::Status& status) {
    if (!status.ok()) {
        std::fprintf(stderr, "make_leveldb_data: %s\n", status.ToString().c_str());
        std::exit(EXIT_FAILURE);
    }
}

std::string user(int i) { return "user:" + std::to_string(100 + i); }

std::string profile(int i, const std::string& city) {
    return R"({"name":"User )" + std::to_string(i) + R"(","city":")" + city + R"(","visits":)" +
           std::to_string(i * 7 % 50) + "}";
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: make_leveldb_data DIR\n", stderr);
        return EXIT_FAILURE;
    }
    const std::unique_ptr<const leveldb::FilterPolicy> filter{leveldb::NewBloomFilterPolicy(10)};
    leveldb::Options options;
    options.create_if_missing = true;
    options.block_size = 1024;
    options.filter_policy = filter.get();
    const auto open = [&] {
        leveldb::DB* opened = nullptr;
        must(leveldb::DB::Open(options, arguments[1], &opened));
        return std::unique_ptr<leveldb::DB>{opened};
    };
    std::unique_ptr<leveldb::DB> db = open();
    const leveldb::WriteOptions write;
    for (int i = 0; i < 60; ++i) {
        must(db->Put(write, user(i), profile(i, "Oslo")));
    }
    db->CompactRange(nullptr, nullptr);
    for (int i = 0; i < 60; i += 3) {
        must(db->Put(write, user(i), profile(i, "Lima")));
    }
    must(db->Delete(write, user(1)));
    must(db->Put(write, std::string{"bin\0\xff", 5}, std::string(300, '\x01')));
    // The log becomes a table of level 0, with deletes in it.
    db.reset();
    db = open();
    must(db->Put(write, user(0), profile(0, "Rome")));
    must(db->Delete(write, user(2)));
    leveldb::WriteBatch batch;
    batch.Put("visits", "60");
    batch.Put("visits:last", user(59));
    batch.Delete(user(4));
    must(db->Write(write, &batch));
    return EXIT_SUCCESS;
}
