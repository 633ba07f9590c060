// SPDX-License-Identifier: Apache-2.0
#include "serve/service.hpp"

#include <utility>

namespace strata::tools {

Service::Service(Store& served, std::string name, const ServiceOptions& given)
    : store{served}, where{std::move(name)}, options{given} {}

}  // namespace strata::tools
