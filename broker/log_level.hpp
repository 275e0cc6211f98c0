// How much is logged: shared by the configuration and the log, so that neither includes the other.
#pragma once

#include <cstdint>

namespace leveret::broker {

/// Lines below the chosen level are not written. `off` is what stands before log::start().
enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

/// How a line looks: for people, or one JSON object per line for collectors.
enum class LogFormat : std::uint8_t { text, json };

}  // namespace leveret::broker
