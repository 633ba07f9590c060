// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/range_query.hpp"
#include "serve/response.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// Bodies that are made while they are sent.
namespace strata::tools {

/// An answer with this body: a short one is made at once and gets its length, a long one is sent in
/// pieces as the client takes them.
[[nodiscard]] Response stream_answer(std::string_view type, std::unique_ptr<BodySource> source);

struct RecordStream {
    KeyRange range{};  ///< all of it: cursor and defaults are applied
    bool keys_only = false;
    bool sequences = true;  ///< records say their sequence
    bool moved = false;     ///< the end says that this is not the state that a cursor asked for
};

/// A line for each record of a range, and one at the end that says so:
///     {"end":true,"count":2,"seq":7}
/// or {"error":PROBLEM}. Where a limit stopped it, the end has a "next", as a page does.
[[nodiscard]] std::unique_ptr<BodySource> record_lines(Walk walk, RecordStream stream);

}  // namespace strata::tools
