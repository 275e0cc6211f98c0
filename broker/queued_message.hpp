// A message in one queue: what the queue knows of it besides its octets.
#pragma once

#include <cstdint>

#include "broker/clock.hpp"
#include "protocol/amqp/message.hpp"
#include "storage/entry.hpp"

namespace leveret::broker {

/// A message in one queue, ready or out for delivery.
struct QueuedMessage {
    /// `expiration_ms` of a message that has none of its own.
    static constexpr std::uint32_t no_expiration = ~std::uint32_t{0};
    /// `expiration_ms` of one that is too long for it: the property tells.
    static constexpr std::uint32_t longer_expiration = no_expiration - 1;

    protocol::amqp::MessagePtr message;
    storage::Sequence sequence{};
    UnixTime enqueued{};                          ///< when it came into this queue
    std::uint32_t expiration_ms = no_expiration;  ///< its own, counted from `enqueued`
    std::uint16_t failed_deliveries = 0;
    bool redelivered = false;    ///< it was delivered before
    bool dead_lettered = false;  ///< its x-death was written by this broker
    bool stored = false;         ///< the store knows the entry: settling it must be told

    /// What it takes in memory.
    [[nodiscard]] std::uint64_t memory_octets() const {
        return sizeof(QueuedMessage) + message->memory_octets();
    }
};

}  // namespace leveret::broker
