// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"

#include <strata/result.hpp>

#include <string>
#include <string_view>

/// Everything a program says that is not a result: one line each on standard error,
/// "strata-cli: MESSAGE", or one JSON object each under --json:
///     {"error":"bad-request","message":"...","exit":2}
namespace strata::tools {

class Diagnostics {
  public:
    Diagnostics(std::string program, Output& output)
        : program_{std::move(program)}, output_{&output} {}

    /// Prints an error; `place` ("FILE:3") stands in front of the message. Returns the exit status
    /// that belongs to it.
    int error(const Error& error, const std::string& place = {});
    /// Something worth knowing that is not an error; silent under --quiet.
    void note(std::string_view message);
    /// The negative answer about one key; silent under --quiet.
    void absent(Bytes key);

    void set_json(bool json) noexcept { json_ = json; }
    void set_quiet(bool quiet) noexcept { quiet_ = quiet; }
    [[nodiscard]] bool json() const noexcept { return json_; }
    [[nodiscard]] bool quiet() const noexcept { return quiet_; }
    [[nodiscard]] Output& output() noexcept { return *output_; }
    /// Sends what follows elsewhere.
    void redirect(Output& output) noexcept { output_ = &output; }

  private:
    void line(std::string_view text);

    std::string program_;
    Output* output_;
    bool json_ = false;
    bool quiet_ = false;
};

}  // namespace strata::tools
