// SPDX-License-Identifier: Apache-2.0
#include "table/output.hpp"

#include "base/coding.hpp"

#include <utility>

namespace strata {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 20;

}  // namespace

TableOutput::TableOutput(std::unique_ptr<File> file) : file_{std::move(file)} {
    buffer_.reserve(buffer_size);
}

Status TableOutput::append(Bytes bytes) {
    if (buffer_.size() + bytes.size() > buffer_size) {
        STRATA_TRY(write_out(buffer_));
        buffer_.clear();
        if (bytes.size() >= buffer_size) {
            return write_out(bytes);
        }
    }
    buffer_.append(bytes);
    return {};
}

Status TableOutput::pad(std::size_t alignment) {
    const std::uint64_t gap = round_up(position(), alignment) - position();
    return append(std::string(static_cast<std::size_t>(gap), '\0'));
}

Status TableOutput::finish() {
    STRATA_TRY(write_out(buffer_));
    buffer_.clear();
    return file_->sync();
}

Status TableOutput::write_out(Bytes bytes) {
    if (bytes.empty()) {
        return {};
    }
    hash_.update(bytes);
    STRATA_TRY(file_->write(written_, bytes));
    file_->start_writeback(written_, bytes.size());
    written_ += bytes.size();
    return {};
}

}  // namespace strata
