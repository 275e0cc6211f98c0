// The property `expiration`: a number of milliseconds, in decimal digits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "broker/queued_message.hpp"
#include "protocol/amqp/message.hpp"
#include "storage/page.hpp"
#include "storage/recovery_sink.hpp"

namespace leveret::broker {

/// Throws: ProtocolError(precondition_failed) unless it is a number from 0 to ten years.
[[nodiscard]] std::chrono::milliseconds parse_expiration(std::string_view expiration);

/// How QueuedMessage keeps it: what is longer than some 49 days is read from the property again.
[[nodiscard]] constexpr std::uint32_t brief_expiration(std::chrono::milliseconds expiration) {
    constexpr auto longer = QueuedMessage::longer_expiration;
    return expiration.count() < longer ? static_cast<std::uint32_t>(expiration.count()) : longer;
}

/// The same of what stands in a message's properties.
/// Throws: as parse_expiration().
[[nodiscard]] std::uint32_t expiration_of(const protocol::amqp::Message& message);

/// How QueuedMessage keeps that of a message that was read back.
[[nodiscard]] std::uint32_t expiration_of(const storage::RecoveredEntry& entry,
                                          const protocol::amqp::Message& message);

/// What a queue knows of a message that was read back.
[[nodiscard]] QueuedMessage queued_message_of(const storage::PagedMessage& paged);

/// The message's own expiration. Requires: it has one.
[[nodiscard]] std::chrono::milliseconds own_expiration(const QueuedMessage& message);

}  // namespace leveret::broker
