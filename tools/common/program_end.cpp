// SPDX-License-Identifier: Apache-2.0
#include "common/program_end.hpp"

#include "common/error.hpp"

#include <cerrno>
#include <csignal>

namespace strata::tools {

int end_program(Output& output, Diagnostics& diagnostics, int status) {
    output.flush();
    if (!output.failed()) {
        return status;
    }
    if (output.failure() == EPIPE) {
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
    }
    errno = output.failure();
    return diagnostics.error(system_error("standard output", "write"));
}

}  // namespace strata::tools
