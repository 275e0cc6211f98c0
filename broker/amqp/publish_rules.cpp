#include "broker/amqp/publish_rules.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>

#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

namespace {

/// Rule: RabbitMQ: ten years of 365 days, as for x-message-ttl.
constexpr std::int64_t expiration_ms_max = 315'360'000'000;

}  // namespace

void require_valid_expiration(std::string_view expiration) {
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
    if (error == std::errc::result_out_of_range || milliseconds > expiration_ms_max) {
        refuse(fmt::format("{{value_too_large,{}}}", expiration));
    }
}

void require_own_user_id(std::string_view user_id, std::string_view user) {
    if (user_id == user) return;
    throw ProtocolError(
        reply::precondition_failed,
        fmt::format("user_id property set to '{}' but authenticated user was '{}'", user_id, user));
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

}  // namespace leveret::broker::amqp
