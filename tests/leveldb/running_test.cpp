// SPDX-License-Identifier: Apache-2.0
// Proves that a database is read while LevelDB, in a process of its own, writes and merges: every
// reading gives the state after some batch, whole, and later readings later states.
#include "leveldb/database.hpp"
#include "leveldb/owner.hpp"
#include "leveldb/records.hpp"
#include "support/must.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace strata::level {
namespace {

using test::must;

constexpr unsigned long keys = 50;

/// The process that writes, until this object goes.
class Writer {
  public:
    explicit Writer(const std::string& directory) {
        const char* program = std::getenv("STRATA_LEVELDB_WRITER");
        REQUIRE(program != nullptr);
        int ends[2] = {};
        REQUIRE(::pipe(ends) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::close(ends[0]);
            ::close(ends[1]);
            ::execl(program, program, directory.c_str(), nullptr);
            ::_exit(EXIT_FAILURE);
        }
        ::close(ends[1]);
        char byte = 0;
        const bool began = ::read(ends[0], &byte, 1) == 1;
        ::close(ends[0]);
        REQUIRE(began);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    [[nodiscard]] ::pid_t process() const noexcept { return process_; }

  private:
    ::pid_t process_ = 0;
};

/// The number of the batch that every key of a state fits to; nothing when there is none.
std::optional<unsigned long> batch_of(const std::map<std::string, std::string>& content) {
    std::map<std::string, unsigned long> numbers;
    unsigned long last = 0;
    for (const auto& [key, value] : content) {
        numbers[key] = std::stoul(value);
        last = std::max(last, numbers[key]);
    }
    if (numbers.size() != 2 * keys) {
        return std::nullopt;
    }
    for (unsigned long number = last - keys + 1; number <= last; ++number) {
        const std::string key = std::to_string(number % keys);
        if (numbers["a:" + key] != number || numbers["b:" + key] != number) {
            return std::nullopt;
        }
    }
    return last;
}

TEST_CASE("level database: read while LevelDB writes") {
    const auto files = posix_file_system();
    const test::TempDir directory;
    const std::string path = directory.path("db");
    const Writer writer{path};
    CHECK(database_owner(path) == static_cast<std::uint64_t>(writer.process()));
    const DamageHandler refuse = [](const Damage& damage) -> Status {
        return Error{damage.code, damage.message};
    };
    unsigned long before = 0;
    const int rounds = std::getenv("STRATA_LONG") != nullptr ? 1000 : 40;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        auto opened = open_database(*files, path);
        if (!opened && opened.error().code == ErrorCode::busy) {
            continue;
        }
        Database database = must(std::move(opened));
        const auto walk = must(walk_records(database, refuse));
        std::map<std::string, std::string> content;
        while (must(walk->next())) {
            content.emplace(walk->key().user_key, walk->value());
        }
        const auto batch = batch_of(content);
        REQUIRE(batch.has_value());
        REQUIRE(*batch >= before);
        before = *batch;
    }
    CHECK(before > 0);
}

}  // namespace
}  // namespace strata::level
