// SPDX-License-Identifier: Apache-2.0
#include "serve/request_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::size_t buffer_first = std::size_t{4} << 10;
constexpr std::size_t buffer_usual_max = std::size_t{64} << 10;
/// Less free space than this is not worth a system call.
constexpr std::size_t space_min = std::size_t{1} << 10;
/// A string that held a large body is not kept for the next one.
constexpr std::size_t body_kept_max = std::size_t{64} << 10;

}  // namespace

void RequestReader::grow(std::size_t capacity) {
    const std::size_t begin = state_ == State::head ? read_ : head_at_;
    std::unique_ptr<char[]> larger{new char[capacity]};
    if (end_ > begin) {
        std::memcpy(larger.get(), buffer_.get() + begin, end_ - begin);
    }
    if (state_ == State::body) {
        parser_.head().move_views(larger.get() - (buffer_.get() + begin));
    }
    buffer_ = std::move(larger);
    capacity_ = capacity;
    head_at_ -= std::min(begin, head_at_);
    read_ -= begin;
    end_ -= begin;
    if (state_ == State::body) {
        fill_request();
    }
}

/// Makes `wanted` bytes of free space behind end_.
void RequestReader::make_room(std::size_t wanted) {
    if (state_ == State::head && read_ > 0 && capacity_ - end_ < wanted) {
        std::memmove(buffer_.get(), buffer_.get() + read_, end_ - read_);
        end_ -= read_;
        read_ = 0;
    } else if (state_ == State::body && !in_buffer_ && capacity_ - end_ < wanted) {
        // The head stays; body bytes behind it that were taken make room.
        const std::size_t body_at = head_at_ + parser_.head().size;
        std::memmove(buffer_.get() + body_at, buffer_.get() + read_, end_ - read_);
        end_ -= read_ - body_at;
        read_ = body_at;
    }
    if (capacity_ - end_ < wanted) {
        const std::size_t begin = state_ == State::head ? read_ : head_at_;
        grow(std::max(end_ - begin + wanted, wanted_));
    }
}

std::span<char> RequestReader::space() {
    if (capacity_ < wanted_ || buffer_ == nullptr) {
        wanted_ = std::max(wanted_, buffer_first);
        grow(std::max(wanted_, end_ + space_min));
    }
    make_room(space_min);
    return {buffer_.get() + end_, capacity_ - end_};
}

void RequestReader::add(std::size_t size) noexcept {
    end_ += size;
    // A full buffer says that more is on its way: ask for more with each call.
    if (end_ == capacity_ && capacity_ < buffer_usual_max) {
        wanted_ = std::min(capacity_ * 4, buffer_usual_max);
    }
}

RequestReader::Step RequestReader::refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    state_ = State::refused;
    return Step::refused;
}

/// The views of the request, again after the buffer moved.
void RequestReader::fill_request() {
    const RequestHead& head = parser_.head();
    const std::size_t mark = head.target.find('?');
    request_.method = head.verb;
    request_.path = head.target.substr(0, mark);
    request_.query =
        mark == std::string_view::npos ? std::string_view{} : head.target.substr(mark + 1);
    request_.headers = head.headers();
    request_.body = {};
}

RequestReader::Step RequestReader::read_head() {
    if (!skipped_line_ && unread().starts_with("\r\n")) {
        // Old clients send an empty line behind a body; one is overlooked, as the standard says.
        read_ += 2;
        skipped_line_ = true;
    }
    if (read_ == end_ || (!skipped_line_ && unread() == "\r")) {
        return Step::need_more;
    }
    const HttpParser::Found found = parser_.parse(unread(), body_max_);
    if (found == HttpParser::Found::need_more) {
        return Step::need_more;
    }
    if (found == HttpParser::Found::refused) {
        return refuse(parser_.refusal());
    }
    head_at_ = read_;
    read_ += parser_.head().size;
    fill_request();
    has_head_ = true;
    arrived_ = 0;
    if (!parser_.head().has_body()) {
        state_ = State::complete;
        return Step::request;
    }
    state_ = State::body;
    chunks_.restart(body_max_);
    return Step::head;
}

void RequestReader::take_pieces() {
    pieces_ = true;
    // Later reads must not move the head.
    if (state_ == State::body && capacity_ - head_at_ - parser_.head().size < body_in_buffer_max) {
        grow(end_ - head_at_ + body_in_buffer_max);
    }
}

/// A body takes memory as it comes, never as it is announced, and never more than its limit.
void RequestReader::reserve_body(std::size_t more) {
    const std::size_t size = body_.size() + more;
    if (size <= body_.capacity()) {
        return;
    }
    const RequestHead& head = parser_.head();
    const std::size_t most =
        head.chunked ? body_max_ : static_cast<std::size_t>(head.content_length);
    std::string larger;
    larger.reserve(std::max(size, std::min(most, std::max(size * 2, body_kept_max))));
    larger.append(body_);
    body_.swap(larger);
}

/// Moves what has arrived of the body into body_.
RequestReader::Step RequestReader::collect() {
    const RequestHead& head = parser_.head();
    std::string_view bytes = unread();
    const std::size_t before = body_.size();
    reserve_body(std::min(bytes.size(), body_max_ - std::min(body_max_, before)));
    bool done = false;
    if (head.chunked) {
        const std::size_t size = bytes.size();
        const ChunkDecoder::Outcome outcome = chunks_.decode(bytes, body_);
        read_ += size - bytes.size();
        if (outcome == ChunkDecoder::Outcome::malformed) {
            return refuse({400, "bad-request", std::string{chunks_.what_is_wrong()}});
        }
        if (outcome == ChunkDecoder::Outcome::too_large) {
            return refuse(
                {413, "too-large", fmt::format("the body has more than {} bytes", body_max_)});
        }
        done = outcome == ChunkDecoder::Outcome::done;
    } else {
        const std::uint64_t left = head.content_length - arrived_;
        const std::uint64_t size = std::min<std::uint64_t>(left, bytes.size());
        bytes = bytes.substr(0, static_cast<std::size_t>(size));
        body_.append(bytes);
        read_ += bytes.size();
        done = bytes.size() == left;
    }
    arrived_ += body_.size() - before;
    if (done) {
        state_ = State::complete;
    }
    if (pieces_ && !body_.empty()) {
        return Step::piece;
    }
    if (!done) {
        return Step::need_more;
    }
    request_.body = body_;
    return Step::request;
}

RequestReader::Step RequestReader::read_body() {
    const RequestHead& head = parser_.head();
    if (!pieces_ && !head.chunked && head.content_length <= body_in_buffer_max) {
        const auto length = static_cast<std::size_t>(head.content_length);
        in_buffer_ = true;
        arrived_ = std::min(end_ - read_, length);
        if (end_ - read_ < length) {
            if (capacity_ - read_ < length) {
                make_room(length - (end_ - read_));
            }
            return Step::need_more;
        }
        request_.body = unread().substr(0, length);
        read_ += length;
        state_ = State::complete;
        return Step::request;
    }
    if (pieces_) {
        body_.clear();
    }
    return collect();
}

RequestReader::Step RequestReader::next() {
    switch (state_) {
        case State::head:
            return read_head();
        case State::body:
            return read_body();
        case State::complete:
            // Behind the last piece.
            return Step::request;
        case State::refused:
            break;
    }
    return Step::refused;
}

void RequestReader::finish() {
    parser_.restart();
    state_ = State::head;
    has_head_ = false;
    pieces_ = false;
    in_buffer_ = false;
    skipped_line_ = false;
    if (body_.capacity() > body_kept_max) {
        std::string{}.swap(body_);
    }
    body_.clear();
    if (read_ == end_) {
        read_ = end_ = 0;
        if (capacity_ > buffer_usual_max) {
            buffer_.reset();
            capacity_ = wanted_ = 0;
        }
    }
}

}  // namespace strata::tools
