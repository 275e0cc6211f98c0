// A clock that stands still until a test moves it.
#pragma once

#include "broker/clock.hpp"

namespace leveret::test {

class ManualClock final : public broker::Clock {
public:
    [[nodiscard]] broker::Instant now() const override { return now_; }
    [[nodiscard]] broker::UnixTime unix_now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(
            broker::UnixTime{std::chrono::days{20'000}} + now_.time_since_epoch());
    }
    void advance(broker::Instant::duration by) { now_ += by; }

private:
    broker::Instant now_{std::chrono::hours{1}};  // not the epoch: nothing may rest on that
};

}  // namespace leveret::test
