// SPDX-License-Identifier: Apache-2.0
// Operations as commands of strata-cli. What was written together is between begin and commit, so
// that replaying it is as atomic as the first time was.
#include "common/encoding.hpp"
#include "common/escape.hpp"
#include "wal_dump/times.hpp"
#include "wal_dump/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

/// Bytes as one word of the command language: base64 where escapes would be longer.
void append_argument(std::string& out, Bytes bytes, bool ascii) {
    constexpr std::size_t short_enough = 32;
    const auto plain = static_cast<std::size_t>(
        std::ranges::count_if(bytes, [](char byte) { return byte >= ' ' && byte <= '~'; }));
    // An escape takes four characters for a byte, base64 four for three, and six around them.
    if (bytes.size() > short_enough && plain < bytes.size() / 2) {
        out += "\\b64{";
        append_base64(out, bytes);
        out += '}';
        return;
    }
    append_word(out, bytes, ascii);
}

class ScriptView final : public LogView {
  public:
    explicit ScriptView(const ViewContext& context)
        : output_{context.output}, selector_{context.selector}, style_{context.options.style} {}

    Status frame(const FrameView& frame) override;

  private:
    void add(const Entry& entry);

    Output& output_;
    Selector& selector_;
    const OutputStyle& style_;
    std::string commands_{};
    std::uint64_t count_ = 0;
};

void ScriptView::add(const Entry& entry) {
    if (entry.kind == Kind::put_expiring) {
        commands_ += fmt::format("# The next value expires at {}.\n", time_text(entry.expiry));
    }
    const bool deletes = entry.kind == Kind::del;
    commands_ += deletes ? "del " : "put ";
    append_argument(commands_, entry.key, style_.ascii);
    if (!deletes) {
        commands_ += ' ';
        append_argument(commands_, entry.value, style_.ascii);
    }
    commands_ += '\n';
    ++count_;
}

Status ScriptView::frame(const FrameView& frame) {
    commands_.clear();
    count_ = 0;
    selector_.records(frame, [this](const Entry& entry) { add(entry); });
    std::string& out = output_.buffer();
    out += count_ > 1 ? "begin\n" : "";
    out += commands_;
    out += count_ > 1 ? "commit\n" : "";
    output_.flush_if_full();
    return {};
}

}  // namespace

std::unique_ptr<LogView> make_script_view(const ViewContext& context) {
    return std::make_unique<ScriptView>(context);
}

}  // namespace strata::tools
