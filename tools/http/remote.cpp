// SPDX-License-Identifier: Apache-2.0
#include "http/remote.hpp"

#include "common/error.hpp"
#include "http/problem.hpp"

namespace strata::tools {

Remote::Lease::~Lease() {
    if (!transfer_) {
        return;
    }
    transfer_->end();
    const std::lock_guard lock{remote_->mutex_};
    if (!remote_->closed() && remote_->idle_.size() < idle_max) {
        remote_->idle_.push_back(std::move(transfer_));
    }
}

Result<Remote::Lease> Remote::connection() {
    std::unique_ptr<Transfer> transfer;
    {
        const std::lock_guard lock{mutex_};
        if (closed()) {
            return closed_error();
        }
        if (!idle_.empty()) {
            transfer = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!transfer) {
        transfer = STRATA_TRY(Transfer::make(settings_));
    }
    return Lease{shared_from_this(), std::move(transfer)};
}

Result<HttpAnswer> Remote::ask(const HttpRequest& request) {
    const Lease lease = STRATA_TRY(connection());
    HttpAnswer answer = STRATA_TRY(lease->ask(request));
    if (answer.head.status < 200 || answer.head.status > 299) {
        return error_of(endpoint(), answer);
    }
    return answer;
}

void Remote::close() {
    std::vector<std::unique_ptr<Transfer>> idle;
    const std::lock_guard lock{mutex_};
    closed_.store(true, std::memory_order_release);
    idle.swap(idle_);
}

Error Remote::closed_error() const {
    return fail(ErrorCode::closed, "{}: the store was closed", endpoint().name);
}

}  // namespace strata::tools
