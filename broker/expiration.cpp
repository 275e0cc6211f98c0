#include "broker/expiration.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>

#include "broker/limits.hpp"
#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

std::chrono::milliseconds parse_expiration(std::string_view expiration) {
    const auto refuse = [&](const std::string& fault) {
        throw ProtocolError(reply::precondition_failed,
                            fmt::format("invalid expiration '{}': {}", expiration, fault));
    };
    std::int64_t milliseconds = 0;
    const char* const end = expiration.data() + expiration.size();
    const bool plus = expiration.size() > 1 && expiration[0] == '+' && expiration[1] != '-';
    const auto [stop, error] =
        std::from_chars(expiration.data() + (plus ? 1 : 0), end, milliseconds);
    if (error == std::errc::invalid_argument) refuse("no_integer");
    if (stop != end) {
        refuse(fmt::format("{{leftover_string,\"{}\"}}", std::string_view(stop, end)));
    }
    if (expiration.starts_with('-')) refuse(fmt::format("{{value_negative,{}}}", expiration));
    if (error == std::errc::result_out_of_range || milliseconds > limits::longest_period.count()) {
        refuse(fmt::format("{{value_too_large,{}}}", expiration));
    }
    return std::chrono::milliseconds(milliseconds);
}

std::uint32_t expiration_of(const Message& message) {
    const BasicProperties properties = message.properties();
    if (!properties.has(property::expiration)) return QueuedMessage::no_expiration;
    return brief_expiration(parse_expiration(properties.expiration));
}

std::chrono::milliseconds own_expiration(const QueuedMessage& message) {
    if (message.expiration_ms != QueuedMessage::longer_expiration) {
        return std::chrono::milliseconds(message.expiration_ms);
    }
    return parse_expiration(message.message->properties().expiration);
}

std::uint32_t expiration_of(const storage::RecoveredEntry& entry, const Message& message) {
    // One that waits for its time elsewhere too: that time is what is stored.
    if (entry.delayed) return expiration_of(message);
    return entry.expiry ? brief_expiration(*entry.expiry) : QueuedMessage::no_expiration;
}

QueuedMessage queued_message_of(const storage::PagedMessage& paged) {
    const storage::RecoveredEntry& entry = paged.entry;
    QueuedMessage message{.message = paged.make_message(),
                          .sequence = entry.sequence,
                          .enqueued = entry.enqueued,
                          .failed_deliveries = entry.failed_deliveries,
                          .redelivered = entry.redelivered,
                          .dead_lettered = entry.dead_lettered,
                          .stored = true};
    message.expiration_ms = expiration_of(entry, *message.message);
    return message;
}

}  // namespace leveret::broker
