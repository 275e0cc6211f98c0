// When a message that came back is delivered again: at once, or after a while that grows with the
// number of its failures. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "broker/limits.hpp"
#include "storage/entry.hpp"

namespace leveret::broker {

/// Why a delivery comes back to its queue.
enum class ComesBack : std::uint8_t {
    returned,  ///< its client gives it back: basic.nack or basic.recover
    failed,    ///< basic.reject, or the client has gone, or its ack is overdue
};

/// Which of them wait before they are delivered again.
enum class RetryType : std::uint8_t { disabled, all, failed, returned };

struct RetrySettings {
    RetryType type = RetryType::disabled;
    std::chrono::milliseconds min{};
    std::chrono::milliseconds max = limits::longest_period;
    bool exponential = false;

    bool operator==(const RetrySettings&) const = default;
    [[nodiscard]] bool enabled() const { return type != RetryType::disabled; }
};

/// `failures` counts this one; `sequence` makes those differ that failed together.
/// Returns: none when the message is to be delivered again at once.
/// Rule:    RabbitMQ 4.3: min for each failure so far, at most max. Exponential is our own: min,
///          doubled with each further failure, at most max, of which up to a quarter is taken off
///          at random.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_delay(const RetrySettings& settings,
                                                                   ComesBack how,
                                                                   std::uint16_t failures,
                                                                   storage::Sequence sequence);

}  // namespace leveret::broker
