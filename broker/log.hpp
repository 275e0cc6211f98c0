// The log: one line per event, written by a thread of its own, so that no caller waits for a disk
// or a terminal. What is worth a line, and at which level, is decided where the event happens.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "broker/log_level.hpp"

namespace leveret::broker::log {

/// Lines that may wait for the log's thread; beyond them the oldest one is dropped and counted.
/// Rule:    a burst of refused logins must not cost more than this, nor hold up the broker.
inline constexpr std::size_t waiting_lines_max = 8192;

/// Starts the log's thread. Before this, and after stop(), lines go nowhere.
/// Units:   an empty path is standard error; a file is appended to, and created with mode 0640.
/// Throws:  std::runtime_error when the file cannot be opened.
void start(LogLevel level, const std::filesystem::path& file, LogFormat format = LogFormat::text,
           LogRotation rotation = {});

/// Writes what waits, then ends the log's thread. Harmless when it does not run.
void stop();

/// Changes the level while running (SIGHUP).
void set_level(LogLevel level);

/// Opens the file again under its name, for log rotation. Lines until then are in the old file.
void reopen();

/// Returns: how many lines were dropped since start() because the queue was full.
[[nodiscard]] std::size_t dropped();

/// Returns: the text with control characters and malformed UTF-8 as \xHH, so that what a client
///          sends can neither begin a line of its own nor talk to the terminal.
[[nodiscard]] std::string escaped(std::string_view text);

namespace detail {
inline std::atomic<LogLevel> threshold{LogLevel::off};
void write(LogLevel level, fmt::string_view format, fmt::format_args arguments);
}  // namespace detail

/// Returns: whether a line of this level would be written; asks before costly preparations.
[[nodiscard]] inline bool enabled(LogLevel level) {
    return level >= detail::threshold.load(std::memory_order_relaxed);
}

/// One line for developers: what happens, step by step.
/// Thread:  any, as for the three below; none of them waits or throws.
template <class... Arguments>
void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (enabled(LogLevel::debug))
        detail::write(LogLevel::debug, format, fmt::make_format_args(arguments...));
}

/// One line for operators: something began, ended or changed.
template <class... Arguments>
void info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (enabled(LogLevel::info))
        detail::write(LogLevel::info, format, fmt::make_format_args(arguments...));
}

/// One line for operators: it works, but somebody should look.
template <class... Arguments>
void warning(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (enabled(LogLevel::warning))
        detail::write(LogLevel::warning, format, fmt::make_format_args(arguments...));
}

/// One line for operators: something that should work does not.
template <class... Arguments>
void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (enabled(LogLevel::error))
        detail::write(LogLevel::error, format, fmt::make_format_args(arguments...));
}

}  // namespace leveret::broker::log
