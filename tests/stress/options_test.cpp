// SPDX-License-Identifier: Apache-2.0
// Proves that options are taken, or refused with a message that names them; by a table of words.
#include "stress/options.hpp"

#include "stress/mode_table.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

Error refused(std::string_view name, std::string_view value) {
    StressOptions options;
    return test::must_fail(apply_stress_option(options, name, value));
}

}  // namespace

TEST_CASE("options get their values") {
    StressOptions options;
    const std::vector<std::pair<const char*, const char*>> given = {
        {"ops", "50k"},
        {"duration", "90s"},
        {"threads", "1,2,4"},
        {"keys", "1M"},
        {"key-size", "24"},
        {"value-size", "uniform:10..1k"},
        {"compressible", "0.5"},
        {"dist", "zipf:0.9"},
        {"mix", "get=1"},
        {"sync", "interval:5"},
        {"batch", "100"},
        {"seed", "42"},
        {"rate", "ramp:1k..5000"},
        {"threshold", "3%"},
        {"option", "memory=64M"},
        {"option", "compression=none"},
        {"percentiles", "50,99.9"},
    };
    for (const auto& [name, value] : given) {
        CAPTURE(name);
        CHECK(apply_stress_option(options, name, value).has_value());
    }
    CHECK(options.operations == 50'000);
    CHECK(options.duration == std::chrono::seconds{90});
    CHECK(options.threads == std::vector<unsigned>{1, 2, 4});
    CHECK(options.keys == 1'000'000);
    CHECK(options.key_size->least == 24);
    CHECK(options.value_size->most == 1024);
    CHECK(options.compressible == 0.5);
    CHECK(options.sync->interval == std::chrono::milliseconds{5});
    CHECK(options.engine.sync.interval == std::chrono::milliseconds{5});
    CHECK(options.batch == 100);
    CHECK(options.seed == 42);
    CHECK(options.threshold == doctest::Approx(0.03));
    CHECK(options.rate->from == 1000);
    CHECK(options.rate->to == 5000);
    CHECK(options.engine.memory == std::size_t{64} << 20U);
    CHECK(options.engine.compression == Compression::none);
    CHECK(options.engine_given == std::vector<std::string>{"memory", "compression"});
    CHECK(options.percentiles == std::vector<double>{50, 99.9});
}

TEST_CASE("what cannot be is refused") {
    const std::vector<std::pair<const char*, const char*>> bad = {
        {"ops", "0"},
        {"ops", "1x"},
        {"ops", "9999999999999"},
        {"duration", "5"},
        {"duration", "0s"},
        {"threads", "0"},
        {"threads", "1,"},
        {"threads", "1025"},
        {"key-size", "0"},
        {"key-size", "65k"},
        {"value-size", "65M"},
        {"compressible", "2"},
        {"sync", "often"},
        {"seed", "-1"},
        {"rate", "0"},
        {"rate", "ramp:1.."},
        {"rate", "k"},
        {"option", "memory"},
        {"option", "color=red"},
        {"scale", "0"},
        {"hdr", ""},
        {"percentiles", "101"},
        {"percentiles", ""},
        {"no-such", ""},
        {"option", "workers=65"},
        {"option", "compression=gzip"},
        {"option", "memory=lots"},
    };
    for (const auto& [name, value] : bad) {
        CAPTURE(name);
        CAPTURE(value);
        CHECK(refused(name, value).code == ErrorCode::invalid_argument);
    }
    CHECK(refused("option", "memory=lots").message.find("memory: expected a size") == 0);
}

TEST_CASE("words: a mode, and as many more as it takes") {
    StressOptions options;
    CHECK(apply_stress_words(options, {"bench", "store"}).has_value());
    CHECK(options.mode == find_stress_mode("bench"));
    CHECK(options.words == std::vector<std::string>{"store"});
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{}, {"fly"}, {"bench", "a", "b"}}) {
        StressOptions other;
        CHECK(test::must_fail(apply_stress_words(other, words)).code ==
              ErrorCode::invalid_argument);
    }
}

TEST_CASE("without --seed every run has another one; with it, that one") {
    StressOptions given;
    given.seed = 7;
    given.seed_given = true;
    CHECK(apply_stress_words(given, {"bench"}).has_value());
    CHECK(given.seed == 7);
    StressOptions options[8];
    bool differs = false;
    for (StressOptions& each : options) {
        CHECK(apply_stress_words(each, {"bench"}).has_value());
        differs = differs || each.seed != options[0].seed;
    }
    CHECK(differs);
}

TEST_CASE("every line of the help is at most 80 columns wide") {
    for (const ModeSpec* mode : {static_cast<const ModeSpec*>(nullptr), find_stress_mode("bench"),
                                 find_stress_mode("compare")}) {
        const std::string help = stress_help(mode);
        std::size_t width = 0;
        for (const char c : help) {
            width = c == '\n' ? 0 : width + 1;
            CHECK(width <= 80);
        }
        CHECK(help.find("--json") != std::string::npos);
    }
}

}  // namespace strata::tools
