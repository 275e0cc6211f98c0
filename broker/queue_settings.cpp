#include "broker/queue_settings.hpp"

#include <algorithm>

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

/// Rule: RabbitMQ: of quorum queues, since 4.0.
constexpr std::uint16_t quorum_delivery_limit = 20;

std::optional<std::int64_t> integer(const FieldTable& table, std::string_view name) {
    const FieldValue* const value = table.find(name);
    return value == nullptr ? std::nullopt : as_integer(*value);
}

std::optional<std::chrono::milliseconds> period(const FieldTable& table, std::string_view name) {
    const auto number = integer(table, name);
    if (!number) return {};
    return std::chrono::milliseconds(*number);
}

std::optional<std::uint64_t> size(const FieldTable& table, std::string_view name) {
    const auto number = integer(table, name);
    if (!number) return {};
    return static_cast<std::uint64_t>(*number);
}

std::optional<std::string> text(const FieldTable& table, std::string_view name) {
    const FieldValue* const value = table.find(name);
    if (value == nullptr) return {};
    const auto found = as_string(*value);
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

Overflow overflow(const FieldTable& table) {
    const auto name = text(table, "x-overflow");
    if (name == "reject-publish") return Overflow::reject_publish;
    if (name == "reject-publish-dlx") return Overflow::reject_publish_dlx;
    return Overflow::drop_head;
}

/// Rule: RabbitMQ: a negative limit is none.
std::optional<std::uint16_t> delivery_limit(const QueueArguments& arguments) {
    const auto given = integer(arguments.table(), "x-delivery-limit");
    if (!given) {
        if (arguments.type() == QueueType::quorum) return quorum_delivery_limit;
        return {};
    }
    if (*given < 0) return {};
    return static_cast<std::uint16_t>(std::min<std::int64_t>(*given, 0xFFFE));
}

}  // namespace

QueueSettings settings_of(const QueueArguments& arguments) {
    const FieldTable& table = arguments.table();
    QueueSettings settings;
    settings.message_ttl = period(table, "x-message-ttl");
    settings.expires = period(table, "x-expires");
    settings.max_length = size(table, "x-max-length");
    settings.max_length_octets = size(table, "x-max-length-bytes");
    settings.overflow = overflow(table);
    settings.dead_letter_exchange = text(table, "x-dead-letter-exchange");
    settings.dead_letter_routing_key = text(table, "x-dead-letter-routing-key");
    settings.delivery_limit = delivery_limit(arguments);
    settings.max_priority = static_cast<std::uint8_t>(integer(table, "x-max-priority").value_or(0));
    const FieldValue* const single = table.find("x-single-active-consumer");
    settings.single_active_consumer = single != nullptr && as_bool(*single).value_or(false);
    return settings;
}

}  // namespace leveret::broker
