#include "tests/support/test_inspector.hpp"

namespace leveret::test {

TestInspector::TestInspector(TestBroker& broker)
    : broker_(broker),
      inspector_(
          broker.core(), [this](auto call) { to_broker_.push_back(std::move(call)); },
          [this](auto call) { to_caller_.push_back(std::move(call)); }) {}

bool TestInspector::run_one_on_broker() {
    if (to_broker_.empty()) return false;
    const auto call = std::move(to_broker_.front());
    to_broker_.pop_front();
    call();
    broker_.end_turn();
    return true;
}

void TestInspector::run_on_caller() {
    while (!to_caller_.empty()) {
        const auto call = std::move(to_caller_.front());
        to_caller_.pop_front();
        call();
    }
}

void TestInspector::run() {
    while (!to_broker_.empty() || !to_caller_.empty()) {
        run_on_caller();
        (void)run_one_on_broker();
    }
}

void TestInspector::advance(std::chrono::seconds by) {
    for (std::chrono::seconds i{0}; i < by; ++i) {
        broker_.advance(std::chrono::seconds{1});
        inspector_.tick();
        run();
    }
}

}  // namespace leveret::test
