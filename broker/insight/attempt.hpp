// What all operations from outside have in common: in whose name they are done, and what becomes of
// a fault.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "broker/broker.hpp"
#include "broker/insight/observation.hpp"
#include "broker/insight/result.hpp"
#include "broker/validation.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

/// Does something in the name of a user; a fault becomes a refusal.
/// Thread: broker thread.
template <class Value, class Work>
Result<Value> attempt(Broker& broker, std::string_view user, Work&& work) {
    const Observation::Acting acting(broker.observation(), user);
    try {
        return work();
    } catch (const protocol::amqp::ProtocolError& error) {
        return Refusal::of(error);
    } catch (const ValidationFailed& error) {
        const auto& code = protocol::amqp::reply::precondition_failed;
        return Refusal{code, fmt::format("{} - {}", code.name, error.what())};
    }
}

}  // namespace leveret::broker::insight
