// What the store has to say to its operator. Where lines go is decided by whoever opens the store.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace leveret::storage {

enum class LogLevel : std::uint8_t {
    info,
    warning,
    error,
    fatal,  ///< the process is aborted when the call returns: the line must be written by then
};

/// Thread: called on any; must neither wait long nor throw.
using Log = std::function<void(LogLevel, std::string_view)>;

}  // namespace leveret::storage
