// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/distribution.hpp"
#include "stress/mix.hpp"
#include "stress/values.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What strata-stress was asked to do.
namespace strata::tools {

struct ModeSpec;
struct StressOption;
enum class Prepare : std::uint8_t;

/// Operations that begin on time, whether earlier ones are done or not: per second, growing evenly
/// from `from` to `to` over the run.
struct RateSpec {
    double from = 0;
    double to = 0;
};

struct StressOptions {
    const ModeSpec* mode = nullptr;    ///< set by apply_stress_words()
    std::vector<std::string> words{};  ///< behind the mode
    std::vector<const StressOption*> given{};

    // What all modes know. Unset: the mode decides.
    std::optional<std::uint64_t> operations{};
    std::optional<std::chrono::microseconds> duration{};
    std::vector<unsigned> threads{};  ///< several: one run after the other
    std::optional<std::uint64_t> keys{};
    std::optional<SizeSpec> key_size{};
    std::optional<SizeSpec> value_size{};
    std::optional<double> compressible{};
    std::optional<DistributionSpec> distribution{};
    std::optional<Mix> mix{};
    std::optional<SyncMode> sync{};
    std::optional<std::uint64_t> batch{};  ///< operations of one write
    std::uint64_t seed = 0;                ///< apply_stress_words() chooses one when none is given
    bool seed_given = false;
    std::optional<std::chrono::microseconds> interval{};  ///< between lines of live figures
    std::string keep_on_fail{};                           ///< directory; empty: the mode decides
    Options engine{};                                     ///< -o, and --sync
    std::vector<std::string> engine_given{};              ///< names that -o set

    // bench and verify
    std::string target{};  ///< the store's name; becomes the word behind the mode

    // bench
    std::string preset{};
    std::chrono::microseconds warmup{0};
    std::optional<RateSpec> rate{};
    std::uint64_t max_in_flight = 0;  ///< arrivals that wait or run; 0: any number
    std::uint64_t scan_length = 0;    ///< records of one scan at most; 0: the preset decides
    double scale = 1;                 ///< of the numbers of a published workload
    std::vector<double> percentiles{};
    std::optional<Prepare> prepare{};
    std::string hdr{};
    std::uint64_t max_disk = 0;  ///< bytes; 0: no limit
    bool keep = false;
    bool use_existing = false;

    // verify
    std::string record{};

    // crash
    std::optional<std::uint64_t> rounds{};
    std::optional<std::uint64_t> cuts{};  ///< 0: before every call
    bool kill = false;
    bool power_cut = false;
    bool torn = false;
    bool no_space = false;
    double error_rate = 0;

    // compare
    double threshold = 0.05;

    bool json = false;
    bool quiet = false;
    bool help = false;
    bool version = false;
};

/// One option of the program, for the parser, the help and the manual page.
struct StressOption {
    std::string_view names;     ///< as the parser wants them: "-q,--quiet"
    std::string_view argument;  ///< what --help calls its value; empty: it takes none
    std::string_view modes;     ///< that take it, between blanks; empty: all
    std::string_view help;
    Status (*apply)(StressOptions& options, std::string_view value);
};
[[nodiscard]] std::span<const StressOption> stress_options() noexcept;
/// Whether all modes, or all that make work for a store, know it.
[[nodiscard]] bool is_shared(const StressOption& option) noexcept;

/// Takes one option by the last of its names, without dashes.
Status apply_stress_option(StressOptions& options, std::string_view name, std::string_view value);

/// Takes the words that are no options, after all options: MODE [WORD...].
Status apply_stress_words(StressOptions& options, const std::vector<std::string>& words);

/// Adds a line of two columns to a text of help, at most 80 columns wide.
void append_help_row(std::string& text, std::string_view left, std::string_view right);

/// The text of --help; of one mode when it is not null.
[[nodiscard]] std::string stress_help(const ModeSpec* mode);

}  // namespace strata::tools
