// SPDX-License-Identifier: Apache-2.0
// Measures tables: building, point reads from a full cache, misses answered by the
// filter, scans both ways. Prints nanoseconds of processor
// time per operation, the median of several rounds.
//
//     table_bench [ENTRIES [CODEC]]      1,000,000 by default, keys of 16 bytes, values of 100
#include "base/file_name.hpp"
#include "base/hash.hpp"
#include "table/block_cache.hpp"
#include "table/builder.hpp"
#include "table/table.hpp"
#include "table/verify.hpp"

#include <strata/testing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace strata {
namespace {

constexpr int rounds = 5;
constexpr std::size_t reads = 500'000;
constexpr std::size_t key_size = 16;

[[noreturn]] void give_up(const Error& error) {
    fmt::print(stderr, "table_bench: {}\n", error.message);
    std::exit(3);
}

template <typename T>
T must(Result<T> result) {
    if (!result) {
        give_up(result.error());
    }
    return result.take_value();
}

/// Processor time of all threads: other work on the machine disturbs it less than the clock.
double processor_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Median nanoseconds of a round divided by what it did.
void report(const std::string& name, std::size_t operations, const std::function<void()>& round) {
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        const double start = processor_nanoseconds();
        round();
        times.push_back((processor_nanoseconds() - start) / static_cast<double>(operations));
    }
    std::ranges::sort(times);
    fmt::print("{:<34} {:8.1f} ns   ({:.1f} to {:.1f})\n", name, times[rounds / 2], times.front(),
               times.back());
    std::fflush(stdout);
}

std::vector<std::string> make_keys(std::size_t count) {
    std::vector<std::string> keys;
    keys.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        // Random hexadecimal digits, different for each i.
        keys.push_back(fmt::format("{:016x}", hash64(fmt::format("{}", i), 1)));
    }
    std::ranges::sort(keys);
    return keys;
}

class Bench {
  public:
    explicit Bench(std::size_t entries) : keys_{make_keys(entries)} {
        // Side by side in memory, so that fetching the key to look for costs nothing.
        for (std::size_t i = 0; i < reads; ++i) {
            wanted_ += keys_[hash64(fmt::format("{}", i), 2) % entries];
        }
        std::string pattern = (std::filesystem::temp_directory_path() / "table_bench_XXXXXX");
        directory_ = ::mkdtemp(pattern.data());
        for (std::size_t i = 0; i < 1000; ++i) {
            value_ += fmt::format("{:016x}", hash64(fmt::format("{}", i), 3));
        }
    }
    ~Bench() { std::filesystem::remove_all(directory_); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void run(Compression codec) {
        fmt::print("codec {}\n", codec_name(codec));
        report("build, with sync", keys_.size(), [&] { build(codec); });
        report("read back", keys_.size(), [&] {
            const Status done = read_back(*files_, path(), facts_, entry_sum_);
            if (!done) {
                give_up(done.error());
            }
        });
        const auto cache = std::make_shared<BlockCache>(std::size_t{1} << 30);
        table_ = must(Table::open(*files_, path(), {.number = number_}, cache));
        report("scan, merge cursor", keys_.size(), [&] { scan(CacheUse::none); });
        scan(CacheUse::fill);
        report("scan, cached", keys_.size(), [&] { scan(CacheUse::fill); });
        report("scan in reverse, cached", keys_.size(), [&] { scan_back(CacheUse::fill); });
        report("find, cached", reads, [&] { find(0); });
        report("find, cached, two threads", 2 * reads, [&] {
            std::thread other{[&] { find(reads / 2); }};
            find(0);
            other.join();
        });
        report("filter, absent key", reads, [&] { miss(); });
        table_.reset();
        table_ = must(
            Table::open(*files_, path(), {.number = number_}, std::make_shared<BlockCache>(0)));
        report("find, not cached", reads, [&] { find(0); });
        fmt::print("{:<34} {:8.2f} bytes per entry\n\n", "file",
                   static_cast<double>(facts_.length) / static_cast<double>(keys_.size()));
    }

  private:
    [[nodiscard]] std::string path() const {
        return file_path(directory_, FileType::table, number_);
    }

    void build(Compression codec) {
        static_cast<void>(files_->unlink(path()));
        number_ += 1;
        TableBuilderOptions options;
        options.number = number_;
        options.codec = codec;
        auto builder = must(TableBuilder::create(*files_, directory_, options));
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            must(builder->add({.key = keys_[i],
                               .sequence = 1 + i * 7 % keys_.size(),
                               .kind = Kind::put,
                               .value = Bytes{value_}.substr(i * 13 % 15'000, 100)}));
        }
        facts_ = must(builder->finish());
        entry_sum_ = builder->entry_sum();
    }

    void scan(CacheUse use) {
        const auto cursor = table_->cursor(use);
        std::size_t count = 0;
        for (bool more = must(cursor->seek_first()); more; more = must(cursor->next())) {
            count += cursor->entry().value.size() == 100 ? 1U : 0U;
        }
        expect(count);
    }

    void scan_back(CacheUse use) {
        const auto cursor = table_->cursor(use);
        std::size_t count = 0;
        for (bool more = must(cursor->seek_last()); more; more = must(cursor->prev())) {
            count += cursor->entry().value.size() == 100 ? 1U : 0U;
        }
        expect(count);
    }

    void expect(std::size_t count) const {
        if (count != keys_.size()) {
            give_up(Error{ErrorCode::internal, fmt::format("{} entries", count)});
        }
    }

    void find(std::size_t shift) {
        for (std::size_t i = 0; i < reads; ++i) {
            const Bytes key = Bytes{wanted_}.substr((i + shift) % reads * key_size, key_size);
            if (!table_->may_contain(hash64(key, 0))) {
                give_up(Error{ErrorCode::internal, "denied " + std::string{key}});
            }
            const auto found = must(table_->find(key, sequence_max));
            if (!found || found->entry.value[0] == '\0') {
                give_up(Error{ErrorCode::internal, "lost " + std::string{key}});
            }
        }
    }

    void miss() {
        std::size_t passed = 0;
        for (std::size_t i = 0; i < reads; ++i) {
            char key[8];
            store(key, std::uint64_t{i});
            passed += table_->may_contain(hash64({key, sizeof key}, 0)) ? 1U : 0U;
        }
        if (passed > reads / 20) {
            give_up(Error{ErrorCode::internal, fmt::format("{} false positives", passed)});
        }
    }

    std::vector<std::string> keys_;
    std::string wanted_;
    std::string directory_;
    std::string value_;
    std::shared_ptr<FileSystem> files_ = posix_file_system();
    std::uint64_t number_ = 0;
    TableFacts facts_;
    std::uint64_t entry_sum_ = 0;
    std::shared_ptr<Table> table_;
};

}  // namespace
}  // namespace strata

int main(int argc, char** argv) {
    const std::size_t entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    strata::Bench bench{entries == 0 ? 1 : entries};
    for (const strata::Compression codec :
         {strata::Compression::none, strata::Compression::lz4, strata::Compression::zstd}) {
        if (argc < 3 || std::string_view{strata::codec_name(codec)} == argv[2]) {
            bench.run(codec);
        }
    }
    return 0;
}
