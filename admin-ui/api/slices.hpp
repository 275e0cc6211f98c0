// The admin thread's time, in slices: long work rests between them, so that others get their turn.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "admin-ui/api/limits.hpp"

namespace leveret::admin {

/// Thread: admin thread.
class Slices {
public:
    /// Whether it is time to rest().
    [[nodiscard]] bool used_up() const { return Clock::now() - start_ > limits::slice; }

    boost::asio::awaitable<void> rest() {
        pause();
        co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                                   boost::asio::use_awaitable);
        resume();
    }

    /// Around waiting for somebody else, which is no work.
    void pause() { worked_ += Clock::now() - start_; }
    void resume() { start_ = Clock::now(); }

    /// Time worked, rests not counted.
    [[nodiscard]] std::chrono::steady_clock::duration worked() const {
        return worked_ + (Clock::now() - start_);
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
    Clock::duration worked_{};
};

}  // namespace leveret::admin
