// An Inspector of a TestBroker: both its threads are the test's, and run in turn.
//
//     TestInspector inspector(broker);
//     const auto queues = inspector.ask<std::vector<QueueSnapshot>>(
//         [](Inspector& i, auto then) { i.queues({}, {}, then); });
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "broker/insight/inspector.hpp"
#include "tests/support/test_broker.hpp"

namespace leveret::test {

class TestInspector {
public:
    explicit TestInspector(TestBroker& broker);

    [[nodiscard]] broker::insight::Inspector& operator*() { return inspector_; }
    [[nodiscard]] broker::insight::Inspector* operator->() { return &inspector_; }

    /// Runs what was posted to either thread until nothing is left.
    void run();

    /// Runs the next thing that was posted to the broker thread, and ends the turn.
    /// Returns: false when there was none.
    bool run_one_on_broker();
    /// Runs all that was posted to the caller's thread.
    void run_on_caller();

    /// Moves the clock in steps of a second, with a tick after each.
    void advance(std::chrono::seconds by);

    /// Asks, and runs until it is answered. Throws: NotReceived when it is not.
    template <class Value, class Call>
    Value ask(Call&& call) {
        std::optional<Value> answer;
        call(inspector_, [&answer](Value value) { answer.emplace(std::move(value)); });
        run();
        if (!answer) throw NotReceived("an answer of the inspector");
        return std::move(*answer);
    }

private:
    using Posted = std::deque<std::function<void()>>;

    TestBroker& broker_;
    Posted to_broker_;
    Posted to_caller_;
    broker::insight::Inspector inspector_;
};

/// Returns: why it was refused, or "none".
template <class Value>
std::string refusal(const broker::insight::Result<Value>& result) {
    return result.ok() ? "none" : result.refusal().text;
}

}  // namespace leveret::test
