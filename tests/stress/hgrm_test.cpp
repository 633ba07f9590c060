// SPDX-License-Identifier: Apache-2.0
// Proves the percentile text against one whose numbers follow from its input: columns, order,
// totals, and the lines at the end.
#include "stress/hgrm.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace strata::tools {

TEST_CASE("the text of few durations") {
    Histogram histogram;
    for (const std::uint64_t duration : {10U, 20U, 30U, 40U}) {
        histogram.record(duration);
    }
    const std::string text = hgrm_text(histogram, 1000);
    CHECK(text.find("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                    "      10.000 0.000000000000          1           1.00\n"
                    "      10.000 0.100000000000          1           1.11\n"
                    "      10.000 0.200000000000          1           1.25\n"
                    "      20.000 0.300000000000          2           1.43\n") == 0);
    CHECK(text.find("      30.000 0.750000000000          3           4.00\n"
                    "      40.000 1.000000000000          4\n"
                    "#[Mean    =       25.000, StdDeviation   =       11.180]\n"
                    "#[Max     =       40.000, Total count    =            4]\n"
                    "#[Buckets =") != std::string::npos);
    CHECK(hgrm_text(Histogram{}, 1).find('#') == std::string::npos);
}

TEST_CASE("values, percentiles and counts never fall, and a line is where its percentile is") {
    Histogram histogram;
    for (std::uint64_t i = 1; i <= 100'000; ++i) {
        histogram.record(i);
    }
    std::istringstream text{hgrm_text(histogram, 1000)};
    std::string line;
    std::getline(text, line);
    std::getline(text, line);
    double last_value = 0;
    double last_percentile = -1;
    int lines = 0;
    while (std::getline(text, line) && line[0] != '#') {
        std::istringstream fields{line};
        double value = 0;
        double percentile = 0;
        double count = 0;
        fields >> value >> percentile >> count;
        CHECK(value >= last_value);
        CHECK(percentile > last_percentile);
        CHECK(count >= percentile * 100'000 - 1e-3);
        if (percentile > 0) {
            CHECK(value == doctest::Approx(percentile * 100'000).epsilon(0.04));
        }
        last_value = value;
        last_percentile = percentile;
        ++lines;
    }
    CHECK(last_percentile == 1);
    CHECK(lines > 25);
}

}  // namespace strata::tools
