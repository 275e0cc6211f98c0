#include "broker/trace.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "broker/rewrite.hpp"
#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/properties.hpp"
#include "routing/sender_selected_keys.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

FieldTable table_of(const BasicProperties& properties) {
    FieldTable table;
    const auto text = [&](std::uint16_t flag, const char* name, std::string_view value) {
        if (properties.has(flag)) table.append(name, std::string(value));
    };
    text(property::content_type, "content_type", properties.content_type);
    text(property::content_encoding, "content_encoding", properties.content_encoding);
    if (properties.has(property::headers)) {
        table.append("headers", FieldTable::parse(properties.headers));
    }
    if (properties.has(property::delivery_mode)) {
        table.append("delivery_mode", std::int32_t{properties.delivery_mode});
    }
    if (properties.has(property::priority)) {
        table.append("priority", std::int32_t{properties.priority});
    }
    text(property::correlation_id, "correlation_id", properties.correlation_id);
    text(property::reply_to, "reply_to", properties.reply_to);
    text(property::expiration, "expiration", properties.expiration);
    text(property::message_id, "message_id", properties.message_id);
    if (properties.has(property::timestamp)) {
        table.append("timestamp", Timestamp{properties.timestamp});
    }
    text(property::type, "type", properties.type);
    text(property::user_id, "user_id", properties.user_id);
    text(property::app_id, "app_id", properties.app_id);
    text(property::cluster_id, "cluster_id", properties.cluster_id);
    return table;
}

/// What publishes and deliveries have in common.
FieldTable told_of(const Message& message, std::string_view node) {
    const FieldTable headers = headers_of(message);
    std::vector<std::string_view> more;
    routing::append_selected_keys(headers, more);
    FieldArray keys;
    keys.values.emplace_back(std::string(message.routing_key()));
    for (const std::string_view key : more) keys.values.emplace_back(std::string(key));
    FieldTable told;
    told.append("exchange_name", std::string(message.exchange()));
    told.append("routing_keys", std::move(keys));
    told.append("properties", table_of(message.properties()));
    told.append("node", std::string(node));
    return told;
}

void append(FieldTable& told, const TracedClient& client) {
    told.append("vhost", std::string(client.vhost));
    told.append("connection", std::string(client.connection));
    told.append("channel", std::int32_t{client.channel});
    told.append("user", std::string(client.user));
}

MessagePtr make_trace(std::string_view event, std::string_view name, const FieldTable& told,
                      std::string_view body) {
    std::string key = std::string(event) + std::string(name);
    key.resize(std::min<std::size_t>(key.size(), 255));
    const std::string encoded = told.encoded();
    BasicProperties properties;
    properties.set(property::headers, &BasicProperties::headers, std::string_view(encoded));
    return Message::make(trace_exchange, key, properties, body);
}

}  // namespace

MessagePtr trace_of_publish(const Message& message, const TracedClient& client,
                            std::span<routing::Destination* const> queues) {
    FieldTable told = told_of(message, client.node);
    append(told, client);
    FieldArray names;
    for (const routing::Destination* const queue : queues) names.values.emplace_back(queue->name());
    told.append("routed_queues", std::move(names));
    return make_trace("publish.", message.exchange(), told, message.body());
}

MessagePtr trace_of_delivery(const Message& message, const TracedClient& client,
                             std::string_view queue, bool redelivered) {
    FieldTable told = told_of(message, client.node);
    told.append("redelivered", std::int32_t{redelivered ? 1 : 0});
    append(told, client);
    return make_trace("deliver.", queue, told, message.body());
}

}  // namespace leveret::broker
