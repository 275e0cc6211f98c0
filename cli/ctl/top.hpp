// `leveret ctl top`: the busiest queues in the terminal, as they change.
#pragma once

#include "cli/ctl/api_client.hpp"
#include "cli/ctl/options.hpp"

namespace leveret::cli::ctl {

/// Shows one picture a second until it is interrupted; only one when standard output is no
/// terminal.
/// Returns: the exit code.
/// Throws:  as ApiClient.
int top(const Options& options, const ApiClient& client);

}  // namespace leveret::cli::ctl
