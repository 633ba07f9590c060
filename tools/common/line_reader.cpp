// SPDX-License-Identifier: Apache-2.0
#include "common/line_reader.hpp"

#include "common/error.hpp"
#include "common/interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::size_t read_size = std::size_t{256} << 10;

// Appends up to `size` bytes; the number read, 0 at the end or when Ctrl-C was pressed.
Result<std::size_t> read_more(int descriptor, const std::string& name, std::string& to,
                              std::size_t size) {
    const std::size_t held = to.size();
    to.resize(held + size);
    ssize_t got = 0;
    do {
        got = ::read(descriptor, to.data() + held, size);
    } while (got < 0 && errno == EINTR && !interrupted());
    const bool stopped = got < 0 && errno == EINTR;
    to.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && !stopped) {
        return system_error(name, "read");
    }
    return to.size() - held;
}

}  // namespace

LineReader::LineReader(int descriptor, std::string name, std::size_t line_max, char separator)
    : descriptor_{descriptor}, name_{std::move(name)}, line_max_{line_max}, separator_{separator} {}

Result<bool> LineReader::fill() {
    if (end_) {
        return false;
    }
    offset_ += at_;
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t got = STRATA_TRY(read_more(descriptor_, name_, buffer_, read_size));
    end_ = got == 0;
    return !end_;
}

Result<std::optional<Line>> LineReader::next() {
    std::size_t searched = 0;
    while (true) {
        const std::size_t found = buffer_.find(separator_, at_ + searched);
        const bool ended = found != std::string::npos;
        const std::size_t size = (ended ? found : buffer_.size()) - at_;
        if (ended || size > line_max_) {
            Line line{.number = ++number_, .offset = offset()};
            line.too_long = size > line_max_;
            line.text = Bytes{buffer_}.substr(at_, std::min(size, line_max_));
            at_ += line.too_long ? line_max_ : size + 1;
            return std::optional<Line>{line};
        }
        searched = size;
        const bool more = STRATA_TRY(fill());
        if (!more) {
            break;
        }
    }
    if (at_ == buffer_.size() || interrupted()) {
        return std::optional<Line>{};
    }
    Line line{.number = ++number_, .offset = offset(), .ended = false};
    line.text = Bytes{buffer_}.substr(at_);
    at_ = buffer_.size();
    return std::optional<Line>{line};
}

Status LineReader::skip_rest(const std::function<void(Bytes)>& take) {
    while (true) {
        const std::size_t found = buffer_.find(separator_, at_);
        const std::size_t end = std::min(found, buffer_.size());
        take(Bytes{buffer_}.substr(at_, end - at_));
        at_ = end;
        if (found != std::string::npos) {
            ++at_;
            return {};
        }
        const bool more = STRATA_TRY(fill());
        if (!more) {
            return {};
        }
    }
}

Result<std::string> read_whole(const std::string& path, std::uint64_t limit) {
    const bool standard_input = path == "-";
    const int descriptor =
        standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return system_error(path, "open");
    }
    std::string content;
    Status status;
    while (true) {
        auto got = read_more(descriptor, path, content, read_size);
        if (!got) {
            status = got.take_error();
            break;
        }
        if (content.size() > limit) {
            status = usage_error("{}: more than {} bytes", path, limit);
            break;
        }
        if (*got == 0) {
            break;
        }
    }
    if (!standard_input) {
        ::close(descriptor);
    }
    if (!status) {
        return status.take_error();
    }
    return content;
}

}  // namespace strata::tools
