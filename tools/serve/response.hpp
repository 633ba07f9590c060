// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/batch.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>
#include <strata/store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What the routes answer, again without any socket.
namespace strata::tools {

/// A body that is made while it is sent. One thread at a time uses it, not always the same one.
class BodySource {
  public:
    virtual ~BodySource() = default;
    /// Appends about `wanted` bytes to `out`; false when nothing follows. May block on the disk.
    /// It is not called while the client does not read. Errors after the status line become part of
    /// the body (the last record), so there is no error here.
    virtual bool next(std::string& out, std::size_t wanted) = 0;
};

/// A whole answer. The network side adds Date, Content-Length or chunks, and Connection.
struct Response {
    int status = 200;
    std::string_view content_type{};  ///< static text; empty: no body is described
    std::string body{};
    /// Sent as the body without being copied when set; `body` is then empty.
    std::optional<Value> value{};
    /// Of a range of `value`: how much of it is sent.
    std::size_t value_offset = 0;
    std::optional<std::size_t> value_size{};
    /// Written as ETag and Strata-Seq.
    std::optional<Sequence> sequence{};
    /// Anything else; names are static text.
    std::vector<std::pair<std::string_view, std::string>> headers{};
    std::unique_ptr<BodySource> source{};  ///< sent in chunks; body and value are then empty
    bool close = false;                    ///< the connection ends with this answer
};

/// A write that the committer carries out together with those of other connections. `answer` is
/// called on the committer's thread with what came of it.
struct PendingWrite {
    Batch batch{};
    WriteOptions options{};
    std::function<Response(Result<Sequence>)> answer{};
};

/// Takes a request's body piece by piece; never on a network thread, so it may block.
class BodySink {
  public:
    virtual ~BodySink() = default;
    /// False: enough is known; finish() is called at once and the connection ends with its answer.
    virtual bool take(std::string_view piece) = 0;
    virtual Response finish() = 0;
    /// The client went away, or was too slow, before the body was complete.
    virtual void abandon() noexcept = 0;
};

using Answer = std::variant<Response, PendingWrite, std::unique_ptr<BodySink>>;

}  // namespace strata::tools
