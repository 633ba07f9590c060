// SPDX-License-Identifier: Apache-2.0
// Writes to a LevelDB database until it is killed: batch N sets a:K and b:K, where K is N modulo
// 50, to N and a filler, so that tables are made and merged all the time. Prints a line when it
// begins.
//
//     leveldb_writer DIR
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

int main(int count, char** arguments) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = 64 << 10;
    leveldb::DB* opened = nullptr;
    if (count != 2 || !leveldb::DB::Open(options, arguments[1], &opened).ok()) {
        return EXIT_FAILURE;
    }
    const std::unique_ptr<leveldb::DB> db{opened};
    for (unsigned long number = 1;; ++number) {
        const std::string key = std::to_string(number % 50);
        const std::string value = std::to_string(number) + "|" + std::string(400, 'v');
        leveldb::WriteBatch batch;
        batch.Put("a:" + key, value);
        batch.Put("b:" + key, value);
        if (!db->Write(leveldb::WriteOptions(), &batch).ok()) {
            return EXIT_FAILURE;
        }
        if (number == 1000) {
            std::puts("writing");
            std::fflush(stdout);
        }
    }
}
