// How much is logged: shared by the configuration and the log, so that neither includes the other.
#pragma once

#include <cstdint>

namespace leveret::broker {

/// Lines below the chosen level are not written. `off` is what stands before log::start().
enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

/// How a line looks: for people, or one JSON object per line for collectors.
enum class LogFormat : std::uint8_t { text, json };

/// When a log file is put aside for a new one.
struct LogRotation {
    std::uint64_t max_size{100ULL << 20};  ///< octets; 0: never
    std::uint32_t keep{5};                 ///< files put aside: `.1`, the last one, to `.5`
};

}  // namespace leveret::broker
