// Asking the broker from a coroutine of the admin thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "admin-ui/api/call.hpp"
#include "broker/insight/inspector.hpp"

namespace leveret::admin {

/// Waits for the answer to one call of the inspector:
///
///     auto queues = co_await answer<std::vector<QueueSnapshot>>(
///         [&](auto then) { inspector.queues(vhosts, {}, std::move(then)); });
///
/// Requires: `start` does not throw: nobody would catch that.
/// Thread:   admin thread.
template <class Value, class Start>
boost::asio::awaitable<Value> answer(Start start) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Value)>(
        [start = std::move(start)](auto handler) mutable {
            // A handler moves only, and what the inspector keeps must be copyable.
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            start(broker::insight::Then<Value>(
                [shared](Value value) { std::move (*shared)(std::move(value)); }));
        },
        boost::asio::use_awaitable);
}

/// The same for what may be refused. Throws: Refused.
class Refused : public std::exception {
public:
    explicit Refused(broker::insight::Refusal refusal) : refusal_(std::move(refusal)) {}
    [[nodiscard]] const broker::insight::Refusal& refusal() const { return refusal_; }
    const char* what() const noexcept override { return refusal_.text.c_str(); }

private:
    broker::insight::Refusal refusal_;
};

template <class Value, class Start>
boost::asio::awaitable<Value> done(Start start) {
    auto result = co_await answer<broker::insight::Result<Value>>(std::move(start));
    if (!result) throw Refused(result.refusal());
    co_return std::move(*result);
}

/// Waits for the answer whether the caller may look into the queue of the path, or take from it.
/// Throws: Refused.
inline boost::asio::awaitable<void> require_read(const Call& call) {
    broker::insight::MayRead request{
        .vhost = call["vhost"], .queue = call["queue"], .user = call.user().name};
    (void)co_await done<broker::insight::Done>(
        [&](auto then) { call.broker().check(std::move(request), std::move(then)); });
}

}  // namespace leveret::admin
