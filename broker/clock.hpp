// What time it is. The broker's logic asks a Clock, so that a test can move time by hand.
#pragma once

#include <chrono>

namespace leveret::broker {

/// A point on the monotonic clock: what intervals and deadlines are measured on.
using Instant = std::chrono::steady_clock::time_point;

/// A point on the calendar: what is stored, and told to people.
using UnixTime = std::chrono::sys_time<std::chrono::milliseconds>;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual UnixTime unix_now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] UnixTime unix_now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace leveret::broker
