// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json.hpp"
#include "common/output.hpp"

#include <strata/repair.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

/// The account of what could not be read, one JSON object per line, for repair and salvage:
///
///     {"type":"suspect","key":Bytes,"seq":n,"loss":n}
///     {"type":"loss","loss":n,"kind":"block","file":"..","offset":n,"size":n,"key_from":Bytes,
///      "key_to":Bytes,"seq_from":n,"seq_to":n,"records_max":n,"message":".."}
///     {"type":"damage","file":"..","offset":n,"message":".."}
///     {"type":"note","message":".."}
///     {"type":"verdict","complete":true,"verdict":"..",...}
///
/// What is not known is left out. Suspects come first, since they are found while reading; the
/// number in "loss" leads from one to the other; the verdict is the last line, so that a ledger
/// without one is cut short.
namespace strata::tools {

/// Writes the lines, or, as one document, an array of the same objects.
class LedgerWriter {
  public:
    LedgerWriter(Output& output, const JsonStyle& style, bool document)
        : output_{output}, style_{style}, document_{document} {}

    void suspect(const RepairSuspect& suspect);
    void loss(std::size_t index, const RepairLoss& loss);
    void damage(const Finding& finding);
    void note(std::string_view note);
    /// The last line; `add` gives it members of its own.
    void verdict(const std::string& verdict, bool complete,
                 const std::function<void(JsonObject&)>& add);

  private:
    /// What stands between two objects.
    std::string& begin();
    void end();

    Output& output_;
    JsonStyle style_;
    bool document_;
    bool first_ = true;
};

/// A loss as people read it: one line that says where and why, an indented one that says what.
[[nodiscard]] std::string loss_text(const RepairLoss& loss, bool ascii);

}  // namespace strata::tools
