// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/http_store.hpp"
#include "stress/target.hpp"

namespace strata::tools {

/// A store behind a server, which must outlive it. A scan is one request of as many records as are
/// wanted, where a store of this process seeks.
class RemoteTarget final : public StoreTarget {
  public:
    RemoteTarget(HttpStore& store, SyncMode sync) : StoreTarget{store, sync}, remote_{store} {}

    Result<ReadFacts> scan(const ScanRequest& request) override;

  private:
    HttpStore& remote_;
};

}  // namespace strata::tools
