// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/transfer.hpp"

#include <boost/json.hpp>
#include <strata/result.hpp>

/// Errors that a server answered.
namespace strata::tools {

/// The error of an answer that is none of those expected: what its problem document says, or that
/// this is no strata-serve. The message is the one that the store gave there, so that the same
/// command says the same on a directory and over the wire.
[[nodiscard]] Error error_of(const Endpoint& endpoint, const HttpAnswer& answer);

/// The error in a problem document, wherever it stands.
[[nodiscard]] Error error_of_problem(const boost::json::object& problem);

}  // namespace strata::tools
