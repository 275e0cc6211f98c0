#include "admin-ui/api/feed_columns.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <span>

#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/render.hpp"
#include "admin-ui/api/watch_json.hpp"

namespace leveret::admin {

namespace {

using insight::ChannelSnapshot;
using insight::ConnectionSnapshot;
using insight::ConsumerSnapshot;
using insight::ExchangeSnapshot;
using insight::QueueSnapshot;

Cell cell(bool truth) { return {truth, {}}; }
template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
Cell cell(Number number) {
    return {static_cast<double>(number), {}};
}
Cell cell(std::string_view text) { return {std::string(text), {}}; }
Cell nothing() { return {}; }
Cell text_or_nothing(const std::optional<std::string>& text) {
    return text ? cell(*text) : nothing();
}

Cell table(std::string_view octets) {
    return {{}, json([&](JsonSink& out) { write_encoded_table(octets, out); })};
}
Cell table(const protocol::amqp::FieldTable& fields) {
    return {{}, json([&](JsonSink& out) { write_table(fields, out); })};
}

Cell age(const QueueSnapshot& queue) {
    if (!queue.oldest_at) return nothing();
    // In tenths: finer ones would only make cells change.
    const auto waited = std::chrono::system_clock::now() - *queue.oldest_at;
    const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count() / 100;
    return cell(static_cast<double>(std::max<std::int64_t>(tenths, 0)) / 10);
}

Cell time_or_nothing(const std::optional<broker::UnixTime>& time) {
    return time ? cell(std::string_view(rfc3339(*time))) : nothing();
}

/// The rates of messages, for all kinds of rows that have them.
template <class Row>
const auto message_rates = std::to_array<Column<Row>>({
    {"publish", [](const Row& row) { return cell(row.messages.rates.publish); }},
    {"confirm", [](const Row& row) { return cell(row.messages.rates.confirm); }},
    {"return_unroutable",
     [](const Row& row) { return cell(row.messages.rates.return_unroutable); }},
    {"drop_unroutable", [](const Row& row) { return cell(row.messages.rates.drop_unroutable); }},
    {"deliver", [](const Row& row) { return cell(row.messages.rates.deliver); }},
    {"deliver_no_ack", [](const Row& row) { return cell(row.messages.rates.deliver_no_ack); }},
    {"get", [](const Row& row) { return cell(row.messages.rates.get); }},
    {"get_no_ack", [](const Row& row) { return cell(row.messages.rates.get_no_ack); }},
    {"get_empty", [](const Row& row) { return cell(row.messages.rates.get_empty); }},
    {"deliver_get", [](const Row& row) { return cell(row.messages.rates.deliver_get()); }},
    {"redeliver", [](const Row& row) { return cell(row.messages.rates.redeliver); }},
    {"ack", [](const Row& row) { return cell(row.messages.rates.ack); }},
});

const auto queue_columns = std::to_array<Column<QueueSnapshot>>({
    {"name", [](const QueueSnapshot& queue) { return cell(std::string_view(queue.name)); }},
    {"vhost", [](const QueueSnapshot& queue) { return cell(std::string_view(queue.vhost)); }},
    {"type", [](const QueueSnapshot& queue) { return cell(std::string_view(queue.type)); }},
    {"state", [](const QueueSnapshot& queue) { return cell(to_string(queue.state)); }},
    {"durable", [](const QueueSnapshot& queue) { return cell(queue.durable); }},
    {"auto_delete", [](const QueueSnapshot& queue) { return cell(queue.auto_delete); }},
    {"exclusive", [](const QueueSnapshot& queue) { return cell(queue.exclusive); }},
    {"arguments", [](const QueueSnapshot& queue) { return table(queue.arguments); }},
    {"policy", [](const QueueSnapshot& queue) { return text_or_nothing(queue.policies.user); }},
    {"consumers", [](const QueueSnapshot& queue) { return cell(queue.consumers); }},
    {"messages", [](const QueueSnapshot& queue) { return cell(queue.lengths.counts.messages()); }},
    {"messages_ready",
     [](const QueueSnapshot& queue) { return cell(queue.lengths.counts.messages_ready); }},
    {"messages_unacknowledged",
     [](const QueueSnapshot& queue) { return cell(queue.lengths.counts.messages_unacknowledged); }},
    {"messages_persistent",
     [](const QueueSnapshot& queue) { return cell(queue.persistent_messages); }},
    {"message_bytes",
     [](const QueueSnapshot& queue) { return cell(queue.ready_octets + queue.unacked_octets); }},
    {"message_bytes_ready", [](const QueueSnapshot& queue) { return cell(queue.ready_octets); }},
    {"memory", [](const QueueSnapshot& queue) { return cell(queue.memory_octets); }},
    {"idle_since", [](const QueueSnapshot& queue) { return time_or_nothing(queue.idle_since); }},
    {"age", age},
    {"growth", [](const QueueSnapshot& queue) { return cell(growth(queue)); }},
    {"dead_letter_in", [](const QueueSnapshot& queue) { return cell(queue.dead_letter_in_rate); }},
});

const auto exchange_columns = std::to_array<Column<ExchangeSnapshot>>({
    {"name",
     [](const ExchangeSnapshot& exchange) { return cell(std::string_view(exchange.name)); }},
    {"vhost",
     [](const ExchangeSnapshot& exchange) { return cell(std::string_view(exchange.vhost)); }},
    {"type",
     [](const ExchangeSnapshot& exchange) { return cell(std::string_view(exchange.type)); }},
    {"durable", [](const ExchangeSnapshot& exchange) { return cell(exchange.durable); }},
    {"auto_delete", [](const ExchangeSnapshot& exchange) { return cell(exchange.auto_delete); }},
    {"internal", [](const ExchangeSnapshot& exchange) { return cell(exchange.internal); }},
    {"arguments", [](const ExchangeSnapshot& exchange) { return table(exchange.arguments); }},
    {"policy",
     [](const ExchangeSnapshot& exchange) { return text_or_nothing(exchange.policies.user); }},
    {"bindings", [](const ExchangeSnapshot& exchange) { return cell(exchange.bindings); }},
    {"publish_in",
     [](const ExchangeSnapshot& exchange) { return cell(exchange.messages.rates.publish_in); }},
    {"publish_out",
     [](const ExchangeSnapshot& exchange) { return cell(exchange.messages.rates.publish_out); }},
});

const auto connection_columns = std::to_array<Column<ConnectionSnapshot>>({
    {"name",
     [](const ConnectionSnapshot& connection) { return cell(std::string_view(connection.name)); }},
    {"user_provided_name",
     [](const ConnectionSnapshot& connection) {
         const std::string name = connection_name(connection);
         return name.empty() ? nothing() : cell(std::string_view(name));
     }},
    {"vhost",
     [](const ConnectionSnapshot& connection) { return cell(std::string_view(connection.vhost)); }},
    {"user",
     [](const ConnectionSnapshot& connection) { return cell(std::string_view(connection.user)); }},
    {"protocol",
     [](const ConnectionSnapshot& connection) {
         return cell(std::string_view(connection.protocol));
     }},
    {"state",
     [](const ConnectionSnapshot& connection) {
         return cell(insight::to_string(connection.state));
     }},
    {"peer_host",
     [](const ConnectionSnapshot& connection) {
         return cell(std::string_view(connection.peer_host));
     }},
    {"peer_port", [](const ConnectionSnapshot& connection) { return cell(connection.peer_port); }},
    {"ssl", [](const ConnectionSnapshot& connection) { return cell(connection.tls.has_value()); }},
    {"channels", [](const ConnectionSnapshot& connection) { return cell(connection.channels); }},
    {"channel_max",
     [](const ConnectionSnapshot& connection) { return cell(connection.channel_max); }},
    {"frame_max", [](const ConnectionSnapshot& connection) { return cell(connection.frame_max); }},
    {"timeout",
     [](const ConnectionSnapshot& connection) { return cell(connection.heartbeat.count()); }},
    {"send_pend",
     [](const ConnectionSnapshot& connection) { return cell(connection.send_pending); }},
    {"connected_at",
     [](const ConnectionSnapshot& connection) { return cell(epoch_ms(connection.connected_at)); }},
    {"client_properties",
     [](const ConnectionSnapshot& connection) { return table(connection.client_properties); }},
    {"recv_oct",
     [](const ConnectionSnapshot& connection) { return cell(connection.traffic.rates.recv_oct); }},
    {"send_oct",
     [](const ConnectionSnapshot& connection) { return cell(connection.traffic.rates.send_oct); }},
});

const auto channel_columns = std::to_array<Column<ChannelSnapshot>>({
    {"name", [](const ChannelSnapshot& channel) { return cell(std::string_view(channel.name)); }},
    {"number", [](const ChannelSnapshot& channel) { return cell(channel.number); }},
    {"connection",
     [](const ChannelSnapshot& channel) { return cell(std::string_view(channel.connection)); }},
    {"vhost", [](const ChannelSnapshot& channel) { return cell(std::string_view(channel.vhost)); }},
    {"user", [](const ChannelSnapshot& channel) { return cell(std::string_view(channel.user)); }},
    {"state",
     [](const ChannelSnapshot& channel) { return cell(insight::to_string(channel.state)); }},
    {"consumer_count", [](const ChannelSnapshot& channel) { return cell(channel.consumers); }},
    {"messages_unacknowledged",
     [](const ChannelSnapshot& channel) { return cell(channel.unacked); }},
    {"messages_unconfirmed",
     [](const ChannelSnapshot& channel) { return cell(channel.unconfirmed); }},
    {"messages_uncommitted",
     [](const ChannelSnapshot& channel) { return cell(channel.uncommitted_messages); }},
    {"prefetch_count", [](const ChannelSnapshot& channel) { return cell(channel.prefetch); }},
    {"global_prefetch_count",
     [](const ChannelSnapshot& channel) { return cell(channel.global_prefetch); }},
    {"confirm", [](const ChannelSnapshot& channel) { return cell(channel.confirm); }},
    {"transactional", [](const ChannelSnapshot& channel) { return cell(channel.transactional); }},
    {"idle_since",
     [](const ChannelSnapshot& channel) { return time_or_nothing(channel.idle_since); }},
});

const auto consumer_columns = std::to_array<Column<ConsumerSnapshot>>({
    {"consumer_tag",
     [](const ConsumerSnapshot& consumer) { return cell(std::string_view(consumer.tag)); }},
    {"vhost",
     [](const ConsumerSnapshot& consumer) { return cell(std::string_view(consumer.vhost)); }},
    {"queue",
     [](const ConsumerSnapshot& consumer) { return cell(std::string_view(consumer.queue)); }},
    {"connection",
     [](const ConsumerSnapshot& consumer) { return cell(std::string_view(consumer.connection)); }},
    {"channel",
     [](const ConsumerSnapshot& consumer) { return cell(std::string_view(consumer.channel)); }},
    {"user",
     [](const ConsumerSnapshot& consumer) { return cell(std::string_view(consumer.user)); }},
    {"ack_required", [](const ConsumerSnapshot& consumer) { return cell(consumer.ack_required); }},
    {"exclusive", [](const ConsumerSnapshot& consumer) { return cell(consumer.exclusive); }},
    {"active", [](const ConsumerSnapshot& consumer) { return cell(consumer.active); }},
    {"prefetch_count", [](const ConsumerSnapshot& consumer) { return cell(consumer.prefetch); }},
    {"messages_unacknowledged",
     [](const ConsumerSnapshot& consumer) { return cell(consumer.unacked); }},
    {"arguments", [](const ConsumerSnapshot& consumer) { return table(consumer.arguments); }},
});

template <class Row>
const Column<Row>* find_in(std::span<const Column<Row>> columns, std::string_view name) {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column<Row>& column) { return column.name == name; });
    return found == columns.end() ? nullptr : &*found;
}

template <class Row>
const Column<Row>* find_in_or_rates(std::span<const Column<Row>> columns, std::string_view name) {
    const Column<Row>* const found = find_in(columns, name);
    return found != nullptr ? found : find_in<Row>(message_rates<Row>, name);
}

std::string joined(std::string_view a, std::string_view b) {
    std::string key(a);
    key += '\0';
    key += b;
    return key;
}

}  // namespace

std::string to_json(const Cell& cell) {
    if (!cell.json.empty()) return cell.json;
    return json([&](JsonSink& out) {
        if (const auto* number = std::get_if<double>(&cell.value)) {
            // Counts came as doubles to be sorted; as text they are integers again.
            const auto whole = static_cast<std::int64_t>(*number);
            if (static_cast<double>(whole) == *number) return out.integer(whole);
            return out.number(*number);
        }
        if (const auto* truth = std::get_if<bool>(&cell.value)) return out.boolean(*truth);
        if (const auto* text = std::get_if<std::string>(&cell.value)) return out.text(*text);
        out.null();  // a place in a row must be taken
    });
}

template <>
const Column<QueueSnapshot>* find_column<QueueSnapshot>(std::string_view name) {
    return find_in_or_rates<QueueSnapshot>(queue_columns, name);
}
template <>
const Column<ExchangeSnapshot>* find_column<ExchangeSnapshot>(std::string_view name) {
    return find_in<ExchangeSnapshot>(exchange_columns, name);
}
template <>
const Column<ConnectionSnapshot>* find_column<ConnectionSnapshot>(std::string_view name) {
    return find_in_or_rates<ConnectionSnapshot>(connection_columns, name);
}
template <>
const Column<ChannelSnapshot>* find_column<ChannelSnapshot>(std::string_view name) {
    return find_in_or_rates<ChannelSnapshot>(channel_columns, name);
}
template <>
const Column<ConsumerSnapshot>* find_column<ConsumerSnapshot>(std::string_view name) {
    return find_in<ConsumerSnapshot>(consumer_columns, name);
}

std::string row_key(const QueueSnapshot& queue) { return joined(queue.vhost, queue.name); }
std::string row_key(const ExchangeSnapshot& exchange) {
    return joined(exchange.vhost, exchange.name);
}
std::string row_key(const ConnectionSnapshot& connection) { return connection.name; }
std::string row_key(const ChannelSnapshot& channel) { return channel.name; }
std::string row_key(const ConsumerSnapshot& consumer) {
    return joined(consumer.channel, consumer.tag);
}

std::string row_name(const QueueSnapshot& queue) { return queue.name; }
std::string row_name(const ExchangeSnapshot& exchange) { return exchange.name; }
std::string row_name(const ConnectionSnapshot& connection) {
    return connection.name + " " + connection_name(connection);
}
std::string row_name(const ChannelSnapshot& channel) { return channel.name; }
std::string row_name(const ConsumerSnapshot& consumer) { return consumer.tag; }

}  // namespace leveret::admin
