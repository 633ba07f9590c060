// SPDX-License-Identifier: Apache-2.0
// Proves that no power cut and no kill loses an acknowledged write, leaves a hole, or is taken for
// damage: random histories with a cut before every file operation, recovery with a second cut
// included. Then breaks each rule of the writer in turn and expects the same cuts to show it.
#include "log/log_model.hpp"

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace strata::test {
namespace {

constexpr std::uint64_t histories = 60;
constexpr std::uint64_t histories_until_noticed = 400;

TEST_CASE("power cuts before every file operation") {
    const std::uint64_t first = test_seed(1);
    ModelCounts sum;
    for (std::uint64_t seed = first; seed < first + histories; ++seed) {
        INFO("STRATA_SEED=", seed);
        LogModel model{seed, Broken::nothing};
        const std::string wrong = model.run(4);
        REQUIRE_MESSAGE(wrong.empty(), wrong);
        sum.cuts += model.counts().cuts;
        sum.second_cuts += model.counts().second_cuts;
        sum.torn += model.counts().torn;
        sum.segments += model.counts().segments;
    }
    MESSAGE("power cuts ", sum.cuts, ", inside recovery ", sum.second_cuts, ", torn tails ",
            sum.torn, ", segments ", sum.segments);
    // A test that met no torn tail and no second segment has proved nothing.
    CHECK(sum.torn > sum.cuts / 50);
    CHECK(sum.second_cuts > 100);
    CHECK(sum.segments > 5 * histories);
}

TEST_CASE("every broken rule shows") {
    for (const Broken broken :
         {Broken::directory_sync, Broken::prepare_sync, Broken::mark_too_early,
          Broken::acknowledge_early, Broken::sync_newest_only, Broken::manifest_before_sync,
          Broken::seal_before_prepare, Broken::no_manifest_at_open, Broken::unlink_before_manifest,
          Broken::close_before_sync, Broken::reused_number}) {
        const std::string rule = broken_name(broken);
        CAPTURE(rule);
        std::string wrong;
        std::uint64_t seed = 1;
        for (; seed <= histories_until_noticed && wrong.empty(); ++seed) {
            wrong = LogModel{seed, broken}.run(3);
        }
        MESSAGE(rule, " shows after ", seed - 1, " histories: ", wrong);
        CHECK_FALSE(wrong.empty());
    }
}

}  // namespace
}  // namespace strata::test
