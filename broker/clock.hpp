// What time it is. The broker's logic asks a Clock, so that a test can move time by hand.
#pragma once

#include <chrono>

namespace leveret::broker {

/// A point on the monotonic clock: what intervals and deadlines are measured on.
using Instant = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace leveret::broker
