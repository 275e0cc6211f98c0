// `leveret serve`: puts the broker together from its parts and runs it until it is told to stop.
#pragma once

#include "broker/config.hpp"

namespace leveret::cli {

/// Runs the broker. The log has been started.
/// Returns: the exit code of the process.
int serve(const broker::Config& config);

}  // namespace leveret::cli
