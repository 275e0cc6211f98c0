// What a trace tells: every message that is published or delivered in a vhost, once more as a
// message to the exchange amq.rabbitmq.trace. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/amqp/message.hpp"
#include "routing/destination.hpp"

namespace leveret::broker {

inline constexpr std::string_view trace_exchange = "amq.rabbitmq.trace";

/// Who published, or whom a message was delivered to.
struct TracedClient {
    std::string_view node;
    std::string_view vhost;
    std::string_view connection;
    std::uint16_t channel{};
    std::string_view user;
};

/// Rule: RabbitMQ's firehose: the key `publish.` and the exchange; what it was in headers; the
/// body.
[[nodiscard]] protocol::amqp::MessagePtr trace_of_publish(
    const protocol::amqp::Message& message, const TracedClient& client,
    std::span<routing::Destination* const> queues);

/// Rule: the same: the key `deliver.` and the queue.
[[nodiscard]] protocol::amqp::MessagePtr trace_of_delivery(const protocol::amqp::Message& message,
                                                           const TracedClient& client,
                                                           std::string_view queue,
                                                           bool redelivered);

}  // namespace leveret::broker
