// SPDX-License-Identifier: Apache-2.0
#include "serve/console_page.hpp"
#include "serve/handlers.hpp"

#include <string>

namespace strata::tools {

Answer show_console(Service&, const Request&, std::string_view) {
    Response response;
    response.content_type = "text/html; charset=utf-8";
    response.body = console_page();
    response.headers.emplace_back("Content-Security-Policy", std::string{console_policy()});
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("X-Frame-Options", "DENY");
    response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.emplace_back("Cache-Control", "no-cache");
    return response;
}

}  // namespace strata::tools
