// `leveret ctl`: the command line over the HTTP API, in the words that rabbitmqctl uses.
#pragma once

#include <string>
#include <vector>

namespace leveret::cli::ctl {

/// Runs one command.
/// Returns: the exit code of the process: 0 done, 1 refused or failed, 2 wrong usage, 69 the broker
///          cannot be reached.
int run(const std::vector<std::string>& arguments);

}  // namespace leveret::cli::ctl
