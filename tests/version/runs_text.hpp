// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "version/runs.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace strata::test {

/// Parses one table, "number:least-greatest@least-greatest", keys, then sequences; "=n/d" behind it
/// gives entries and deletes, else 10 and 0.
inline TableFacts parse_table(const std::string& word) {
    TableFacts table{.length = 64, .entries = 10};
    std::istringstream in{word};
    char mark = 0;
    std::string keys;
    in >> table.number >> mark;
    std::getline(in, keys, '@');
    in >> table.sequence_min >> mark >> table.sequence_max;
    REQUIRE_MESSAGE(in, word);
    if (in >> mark) {
        in >> table.entries >> mark >> table.deletes;
    }
    const std::size_t dash = keys.find('-');
    REQUIRE_MESSAGE(dash != std::string::npos, word);
    table.key_min = keys.substr(0, dash);
    table.key_max = keys.substr(dash + 1);
    return table;
}

/// Parses runs, newest first, one in a line: "tier: table table ...".
inline std::vector<RunFacts> parse_runs(const std::string& text) {
    std::vector<RunFacts> runs;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        char mark = 0;
        RunFacts run;
        words >> run.tier >> mark;
        REQUIRE_MESSAGE(mark == ':', line);
        for (std::string word; words >> word;) {
            run.tables.push_back(parse_table(word));
        }
        runs.push_back(std::move(run));
    }
    return runs;
}

}  // namespace strata::test
