// SPDX-License-Identifier: Apache-2.0
// The only file that compiles doctest's implementation.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/datadriven.hpp"

#include <doctest/doctest.h>

int main(int argc, char** argv) {
    // Meson's exit code for a skipped test: who rewrites expectations has proved nothing.
    constexpr int skipped = 77;
    const int failed = doctest::Context{argc, argv}.run();
    return failed == 0 && strata::test::rewriting() ? skipped : failed;
}
