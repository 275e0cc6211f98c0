#include "broker/rewrite.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include "protocol/amqp/properties.hpp"
#include "routing/routed_message.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

/// The negative number, in the type of the value where that has a sign: a client expects what it
/// sent, and some read a 64-bit number as unsigned.
FieldValue negated(const FieldValue& value, std::int64_t number) {
    return std::visit(
        [&](const auto& typed) -> FieldValue {
            using Type = std::decay_t<decltype(typed)>;
            if constexpr (std::is_same_v<Type, LongLongInt>) {
                return LongLongInt{-number};
            } else if constexpr (std::is_integral_v<Type> && std::is_signed_v<Type>) {
                return static_cast<Type>(-number);
            } else {
                return -number;
            }
        },
        value);
}

}  // namespace

FieldTable headers_of(const Message& message) {
    if (!message.has_headers()) return {};
    return FieldTable::parse(message.properties().headers);
}

MessagePtr with_reply_to(const Message& message, std::string_view reply_to) {
    BasicProperties properties = message.properties();
    properties.set(property::reply_to, &BasicProperties::reply_to, reply_to);
    return Message::make(message.exchange(), message.routing_key(), properties, message.body());
}

MessagePtr with_headers(const Message& message, const FieldTable& headers) {
    const std::string encoded = headers.encoded();
    BasicProperties properties = message.properties();
    properties.set(property::headers, &BasicProperties::headers, std::string_view(encoded));
    return Message::make(message.exchange(), message.routing_key(), properties, message.body());
}

MessagePtr with_delay_negated(const Message& message) {
    FieldTable headers = headers_of(message);
    const FieldValue* const delay = headers.find(routing::delay_header);
    const auto number = delay == nullptr ? std::nullopt : as_integer(*delay);
    if (number) headers.set(routing::delay_header, negated(*delay, *number));
    return with_headers(message, headers);
}

MessagePtr with_delivery_count(const Message& message, std::uint16_t failed_deliveries) {
    FieldTable headers = headers_of(message);
    headers.set("x-delivery-count", std::int64_t{failed_deliveries});
    headers.set("x-acquired-count", std::int64_t{failed_deliveries});
    return with_headers(message, headers);
}

}  // namespace leveret::broker
