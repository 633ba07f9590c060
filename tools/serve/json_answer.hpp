// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json.hpp"
#include "serve/body.hpp"
#include "serve/response.hpp"

/// Answers of one JSON object.
namespace strata::tools {

/// `fill` adds the members to a JsonObject.
template <typename Fill>
[[nodiscard]] Response json_answer(Fill fill, int status = 200) {
    Response response;
    response.status = status;
    response.content_type = json_type;
    {
        JsonObject object{response.body};
        fill(object);
    }
    response.body += '\n';
    return response;
}

}  // namespace strata::tools
