// SPDX-License-Identifier: Apache-2.0
#include "common/diagnostics.hpp"

#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/json.hpp"
#include "common/wrap.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

// Messages quote file names and input; a line end or control in them must not reach the terminal.
std::string on_one_line(std::string_view message) {
    std::string text{message};
    std::replace_if(
        text.begin(), text.end(),
        [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == 0x7f; }, ' ');
    return text;
}

}  // namespace

void Diagnostics::line(std::string_view text) {
    output_->write(json_ ? std::string{text} : for_terminal(*output_, text));
    output_->write("\n");
    output_->flush();
}

int Diagnostics::error(const Error& error, const std::string& place) {
    const int status = exit_code_of(error.code);
    const std::string message = place.empty() ? error.message : place + ": " + error.message;
    if (!json_) {
        line(program_ + ": " + on_one_line(message) +
             (error.outcome_unknown ? "; it is unknown whether it was written" : ""));
        return status;
    }
    std::string text;
    {
        JsonObject object{text};
        object.text("error", error_code_name(error.code));
        object.text("message", message);
        object.number("exit", static_cast<unsigned>(status));
        if (error.outcome_unknown) {
            object.boolean("outcome_unknown", true);
        }
    }
    line(text);
    return status;
}

void Diagnostics::note(std::string_view message) {
    if (quiet_) {
        return;
    }
    if (!json_) {
        line(program_ + ": " + on_one_line(message));
        return;
    }
    std::string text;
    {
        JsonObject object{text};
        object.text("note", message);
    }
    line(text);
}

void Diagnostics::absent(Bytes key) {
    if (quiet_) {
        return;
    }
    if (!json_) {
        line(program_ + ": absent: " + word(key));
        return;
    }
    std::string text;
    {
        JsonObject object{text};
        object.text("error", "not-found");
        object.bytes("key", key);
        object.number("exit", static_cast<unsigned>(exit_negative));
    }
    line(text);
}

}  // namespace strata::tools
