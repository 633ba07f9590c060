// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "inspect/log_feed.hpp"
#include "wal_dump/options.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The closing words about each segment and about all of them, and the exit status.
namespace strata::tools {

/// Who holds the lock of a store's directory, in words; empty: nobody, as far as one can tell.
using OwnerOf = std::function<std::optional<std::string>(const std::string& directory)>;

class Verdicts {
  public:
    Verdicts(const WalDumpOptions& options, Output& output, Diagnostics& diagnostics,
             OwnerOf owner_of)
        : options_{options},
          output_{output},
          diagnostics_{diagnostics},
          owner_of_{std::move(owner_of)} {}

    struct Verdict {
        std::string path{};
        std::string word{"clean"};
        int rank = 0;  ///< the greater, the worse
        std::optional<std::uint64_t> at{};
        std::uint64_t records = 0;
        std::uint64_t batches = 0;
        Sequence first = 0;
        Sequence last = 0;
        Sequence durable = 0;
        std::uint64_t good = 0;
        std::uint64_t torn = 0;
        std::uint64_t damaged = 0;
        bool unread = false;  ///< there are no facts, only a verdict
    };

    /// A segment was read; `last`: the log ends with it, for now.
    void add(LogFeed& feed, bool last);
    /// A segment was not read to its end.
    void add_unfinished(LogFeed& feed);
    void gap(const std::string& note);
    /// A log of another engine was read; its word decides the rank.
    void add_foreign(Verdict verdict);
    /// Damage in a log that is read on.
    void damage(const Error& error);
    /// Something worth knowing, and an error under --strict.
    void oddity(const std::string& text);
    /// A file that could not be read.
    void problem(const std::string& path, const Error& error);
    /// Another error, of the program's use or its output.
    void fail(const Error& error) { raise(diagnostics_.error(error)); }

    /// Prints what is to be said at the end.
    void finish();
    [[nodiscard]] int status() const noexcept { return status_; }
    void raise(int status) noexcept { status_ = status > status_ ? status : status_; }
    /// Something was damaged or missing.
    [[nodiscard]] bool found_damage() const noexcept { return damage_; }

  private:
    [[nodiscard]] Verdict facts_of(LogFeed& feed) const;
    void judge(Verdict& verdict, const SegmentReport& report, bool last);
    void keep(Verdict verdict);
    void sum_up(const Verdict& verdict);
    void print(const Verdict& verdict);
    void print_line(const Verdict& verdict, const std::string& name);
    void print_object(const Verdict& verdict);
    void print_sheet_of_all();

    const WalDumpOptions& options_;
    Output& output_;
    Diagnostics& diagnostics_;
    OwnerOf owner_of_;
    std::vector<Verdict> verdicts_{};  ///< of --check: all; else none but the worst
    Verdict sum_{};
    std::uint64_t files_ = 0;
    bool read_ = false;              ///< any of them
    std::optional<Verdict> held_{};  ///< the first one, whose line waits: it may be the only one
    bool gap_ = false;
    bool damage_ = false;
    int status_ = 0;
};

}  // namespace strata::tools
