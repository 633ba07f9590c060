// SPDX-License-Identifier: Apache-2.0
#include "stress/mix.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "stress/parse.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::array<std::string_view, operation_kinds> names = {
    "get", "miss", "put", "insert", "del", "scan", "rscan", "rmw",
};
constexpr std::uint64_t weight_max = 1'000'000;

}  // namespace

std::string_view operation_name(OperationKind kind) noexcept {
    return names[static_cast<std::size_t>(kind)];
}

std::uint32_t Mix::total() const noexcept {
    std::uint32_t sum = 0;
    for (const std::uint32_t weight : weights) {
        sum += weight;
    }
    return sum;
}

OperationKind Mix::choose(Random& random) const {
    std::uint64_t place = random.below(total());
    std::size_t kind = 0;
    while (place >= weights[kind]) {
        place -= weights[kind];
        ++kind;
    }
    return static_cast<OperationKind>(kind);
}

Result<Mix> parse_mix(std::string_view text) {
    Mix mix;
    for (const std::string_view part : split(text, ',')) {
        const std::size_t equals = part.find('=');
        const auto* name = std::ranges::find(names, part.substr(0, equals));
        const auto weight = equals == std::string_view::npos
                                ? std::nullopt
                                : parse_number(part.substr(equals + 1), weight_max);
        if (name == names.end() || !weight) {
            return usage_error(
                "expected KIND=WEIGHT,... with kinds get, miss, put, insert, del, scan, rscan and "
                "rmw, found \"{}\"",
                escaped(part));
        }
        mix.weights[static_cast<std::size_t>(name - names.begin())] =
            static_cast<std::uint32_t>(*weight);
    }
    if (mix.total() == 0) {
        return usage_error("all weights are 0: \"{}\"", escaped(text));
    }
    return mix;
}

std::string mix_text(const Mix& mix) {
    std::string text;
    for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
        if (mix.weights[kind] != 0) {
            text += fmt::format("{}{}={}", text.empty() ? "" : ",", names[kind], mix.weights[kind]);
        }
    }
    return text;
}

}  // namespace strata::tools
