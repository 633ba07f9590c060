// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/store.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What strata-stress asks of a store, and what a store may answer: plain data, so that operations
/// can be generated, carried out, left out and written down.
namespace strata::tools {

/// One operation of a batch.
struct Change {
    std::string key{};
    std::optional<std::string> value{};  ///< empty: a delete
};

/// A condition of a batch before it is known what the store holds, so that it still means the same
/// when other operations are left out. Model::resolve() makes the Condition of it.
struct Guard {
    enum class Test : std::uint8_t { absent, sequence, old_sequence, value, other_value, present };
    std::string key{};
    Test test = Test::absent;
};

struct Operation {
    enum class Kind : std::uint8_t {
        write,      ///< `changes` under `guards` or `conditions`
        get,        ///< `keys`: one by get(), several by get_many()
        scan,       ///< `range`, at most `limit` records
        snapshot,   ///< takes one, held under the number `snapshot`
        release,    ///< lets it go
        sync,       ///< Store::sync()
        flush,      ///< Store::flush()
        compact,    ///< Store::compact()
        check,      ///< Store::check(): nothing found
        reopen,     ///< close() and open
        kill,       ///< the store is destroyed without close(), and opened
        read_only,  ///< a second store, opened read-only beside this one, holds the same
    };
    static constexpr std::size_t kinds = 12;

    Kind kind = Kind::get;
    std::vector<Change> changes{};
    std::vector<Guard> guards{};
    std::vector<Condition> conditions{};
    SyncMode sync{};
    std::vector<std::string> keys{};
    ScanOptions range{};      ///< without snapshot and at
    std::uint64_t limit = 0;  ///< 0: none
    std::optional<std::uint64_t> snapshot{};
    std::optional<std::uint64_t> back{};  ///< read so many sequences before the last one ...
    std::optional<Sequence> at{};         ///< ... which is this one
};

/// The word for a kind in summaries: "write", "get", ...
[[nodiscard]] const char* kind_name(Operation::Kind kind) noexcept;

/// A key that a read told of; without a value it is absent.
struct Entry {
    std::string key{};
    std::optional<std::string> value{};
    Sequence sequence = 0;
};

/// What an operation returned, or has to return.
struct Answer {
    std::optional<Error> error{};
    Sequence sequence = 0;  ///< of a write: that of its last operation; of a snapshot: its own
    std::vector<Entry> entries{};
};

/// What is wrong with an answer, in one line; empty when it is as expected. Messages of errors are
/// not compared.
[[nodiscard]] std::string difference(const Operation& operation, const Answer& expected,
                                     const Answer& found);

/// A key or value in a message: in text form, and cut when long.
[[nodiscard]] std::string shown(Bytes bytes);

}  // namespace strata::tools
