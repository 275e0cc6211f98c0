// What basic.publish demands of a message's properties, whichever door it comes by.
#pragma once

#include <string_view>

#include "broker/queue.hpp"
#include "protocol/amqp/properties.hpp"

namespace leveret::broker {

/// What queues must know of a message with these properties.
/// Throws: ProtocolError(precondition_failed) for an invalid expiration.
[[nodiscard]] Arrival arrival_of(const protocol::amqp::BasicProperties& properties);

/// Throws: ProtocolError(precondition_failed) when the property `user_id` names somebody else.
void require_own_user_id(const protocol::amqp::BasicProperties& properties, std::string_view user);

}  // namespace leveret::broker
