#include "routing/route.hpp"

namespace leveret::routing {

void Route::clear() {
    queues.clear();
    passed.clear();
    bindings.clear();
    may_be_remembered = true;
    is_kept = false;
    delay.reset();
}

void Route::keep(const protocol::amqp::MessagePtr& message) const {
    for (const Passed& each : passed) each.exchange->routed(message);
}

void Route::count() const {
    for (const Passed& each : passed) {
        ++each.exchange->counters().publish_in;
        each.exchange->counters().publish_out += each.matches;
    }
    for (Binding* binding : bindings) ++binding->messages;
}

}  // namespace leveret::routing
