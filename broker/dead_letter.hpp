// Dead letters: what is written on a message that leaves its queue unwanted, and the rule that
// keeps it from going round for ever. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/clock.hpp"
#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/message.hpp"

namespace leveret::broker {

enum class DeathReason : std::uint8_t { rejected, expired, maxlen, delivery_limit };

/// As it stands in x-death.
[[nodiscard]] std::string_view to_string(DeathReason reason);

/// A death, as it is about to be written down.
struct Death {
    std::string_view queue;
    DeathReason reason{};
    UnixTime time{};
    bool died_before = false;  ///< the message's x-death was written by this broker
};

/// A message on its way to a dead-letter exchange.
class DeadLetter {
public:
    /// `routing_key`: nullptr keeps the message's own, with those of CC.
    /// Rule: RabbitMQ 4: one entry of x-death for each queue and reason, the latest first; what a
    ///       publisher wrote there itself is replaced. The expiration is taken off and noted down.
    DeadLetter(const protocol::amqp::Message& message, const Death& death,
               std::string_view exchange, const std::string_view* routing_key);

    [[nodiscard]] const protocol::amqp::MessagePtr& message() const { return message_; }
    /// Decoded, as they stand in the message.
    [[nodiscard]] const protocol::amqp::FieldTable& headers() const { return headers_; }

    /// Whether it was in this queue before and nothing but time and limits have brought it back:
    /// it would go round without end.
    /// Rule: RabbitMQ: a rejection in between, or there, breaks the cycle.
    [[nodiscard]] bool would_cycle(std::string_view queue) const;

private:
    protocol::amqp::FieldTable headers_;
    protocol::amqp::MessagePtr message_;
};

}  // namespace leveret::broker
