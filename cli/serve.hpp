// `leveret serve`: puts the broker together from its parts and runs it until it is told to stop.
#pragma once

#include <functional>

#include "broker/config.hpp"

namespace leveret::cli {

/// What is asked for one start only: by flags, never by a file or the environment.
struct OneStart {
    bool repair = false;         ///< start without what is damaged in the store
    bool compact = false;        ///< give the store's free pages back to the disk
    bool discard_store = false;  ///< move what is stored aside
};

/// Reads the configuration anew, from where it came from.
/// Throws: broker::ConfigError.
using ReadConfig = std::function<broker::Config()>;

/// Runs the broker. The log has been started.
/// Returns: the exit code of the process.
int serve(const broker::Config& config, const OneStart& once, ReadConfig read_config);

}  // namespace leveret::cli
