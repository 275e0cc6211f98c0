// Messages that a rule changes on their way: the same message with another property or header.
// Pure: messages in, messages out.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/message.hpp"

namespace leveret::broker {

/// Returns: the headers, decoded; empty when there are none.
[[nodiscard]] protocol::amqp::FieldTable headers_of(const protocol::amqp::Message& message);

/// Returns: the same message with another `reply_to`.
[[nodiscard]] protocol::amqp::MessagePtr with_reply_to(const protocol::amqp::Message& message,
                                                       std::string_view reply_to);

/// Returns: the same message with other headers.
[[nodiscard]] protocol::amqp::MessagePtr with_headers(const protocol::amqp::Message& message,
                                                      const protocol::amqp::FieldTable& headers);

/// Returns: the same message, its `x-delay` negated: it has waited, and says how long.
[[nodiscard]] protocol::amqp::MessagePtr with_delay_negated(const protocol::amqp::Message& message);

/// Returns: the same message, its headers telling how often its delivery has failed.
/// Rule:    RabbitMQ, quorum queues: `x-delivery-count`; `x-acquired-count` is the same here, as
///          every delivery that comes back has failed.
[[nodiscard]] protocol::amqp::MessagePtr with_delivery_count(const protocol::amqp::Message& message,
                                                             std::uint16_t failed_deliveries);

}  // namespace leveret::broker
