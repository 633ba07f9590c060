// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/testing.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leveldb {
class Comparator;
class DB;
class FilterPolicy;
class Snapshot;
}  // namespace leveldb

/// Databases made by LevelDB itself, for tests.
namespace strata::test {

struct MadeOptions {
    bool compressed = true;
    int filter_bits = 0;                  ///< 0: no filter
    std::size_t write_buffer = 64 << 10;  ///< LevelDB takes no less
    std::size_t block_size = 1024;
    const leveldb::Comparator* comparator = nullptr;
};

using Content = std::map<std::string, std::string>;

class MadeDatabase {
  public:
    /// Creates it, or opens what is there. The test ends here when LevelDB refuses anything.
    MadeDatabase(const std::string& path, const MadeOptions& options);
    MadeDatabase(const MadeDatabase&) = delete;
    MadeDatabase& operator=(const MadeDatabase&) = delete;
    ~MadeDatabase();

    void put(Bytes key, Bytes value);
    void del(Bytes key);
    /// One batch.
    void put_all(const std::vector<std::pair<std::string, std::string>>& pairs);
    void compact();
    /// Keeps what every key is now, in merges to come.
    void keep_versions();
    /// What LevelDB's iterator gives.
    [[nodiscard]] Content content() const;

  private:
    std::unique_ptr<const leveldb::FilterPolicy> filter_;
    std::unique_ptr<leveldb::DB> db_;
    std::vector<const leveldb::Snapshot*> snapshots_;
};

/// What LevelDB reads when it opens `path`; it may write there. Empty when it refuses.
[[nodiscard]] std::unique_ptr<Content> content_by_leveldb(const std::string& path,
                                                          const MadeOptions& options);

/// Keys in reverse byte order, under a name of its own.
[[nodiscard]] const leveldb::Comparator* reverse_comparator();

/// Copies the files of a directory into a file system in memory, under "/".
[[nodiscard]] std::shared_ptr<StrictFileSystem> in_memory(const std::string& directory);

/// The first file of a directory with this extension; the test ends here when there is none.
[[nodiscard]] std::string file_with(const std::string& directory, const std::string& extension);

}  // namespace strata::test
