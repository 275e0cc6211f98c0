#include "admin-ui/api/render.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "admin-ui/api/field_json.hpp"

namespace leveret::admin {

namespace {

/// What some clients read into 16 bits.
constexpr std::uint64_t u16_max = 65535;

/// A text, or null where there is none: for the few keys that may be null.
void text_or_null(std::string_view name, const std::optional<std::string>& text, JsonSink& out) {
    out.key(name);
    if (text) {
        out.text(*text);
    } else {
        out.null();
    }
}

/// The sum of two pasts, sample by sample.
insight::Series sum(const insight::Series& a, const insight::Series& b) {
    insight::Series total = a.samples.size() >= b.samples.size() ? a : b;
    const insight::Series& other = a.samples.size() >= b.samples.size() ? b : a;
    for (std::size_t i = 0; i < other.samples.size(); ++i) {
        total.samples[i].value += other.samples[i].value;
    }
    total.avg = a.avg + b.avg;
    total.avg_rate = a.avg_rate + b.avg_rate;
    return total;
}

template <class Measured, class Write>
void write_all(const Measured& measured, Write&& write) {
    std::remove_cvref_t<decltype(measured.counts)>::for_each(
        [&](std::string_view name, std::uint64_t count, double rate,
            const insight::Series& series) { write(name, count, rate, series); },
        measured.counts, measured.rates, measured.series);
}

/// Whether this kind of object has the figure.
bool has(FiguresOf kind, std::string_view figure) {
    if (kind != FiguresOf::queue) return true;
    return figure != "confirm" && figure != "return_unroutable" && figure != "drop_unroutable";
}

void write_peer(const insight::ChannelSnapshot& channel, JsonSink& out) {
    out.object("connection_details", [&] {
        out.member("name", channel.connection);
        out.member("peer_host", channel.peer_host);
        out.member("peer_port", channel.peer_port);
    });
}

void queue_stats(const insight::QueueSnapshot& queue, JsonSink& out) {
    write_lengths(queue.lengths, out);
    const std::uint64_t ready = queue.lengths.counts.messages_ready;
    const std::uint64_t octets = queue.ready_octets + queue.unacked_octets;
    out.member("messages_persistent", queue.persistent_messages);
    out.member("messages_ram", queue.ram_messages);
    out.member("messages_ready_ram", std::min(ready, queue.ram_messages));
    out.member("messages_unacknowledged_ram",
               queue.ram_messages - std::min(ready, queue.ram_messages));
    out.member("messages_delayed", queue.delayed);
    out.member("messages_paged_out", ready - std::min(ready, queue.ram_messages));
    out.member("message_bytes", octets);
    out.member("message_bytes_ready", queue.ready_octets);
    out.member("message_bytes_unacknowledged", queue.unacked_octets);
    out.member("message_bytes_persistent", queue.persistent_octets);
    out.member("message_bytes_ram", queue.ram_octets);
    out.member("message_bytes_paged_out", octets - std::min(octets, queue.ram_octets));
    out.key("head_message_timestamp");
    if (queue.head_timestamp) {
        out.natural(*queue.head_timestamp);
    } else {
        out.null();
    }
    if (queue.idle_since) out.member("idle_since", rfc3339(*queue.idle_since));
    out.member("memory", queue.memory_octets);
    out.member("reductions", 0);
    out.member("consumers", std::min(queue.consumers, u16_max));
    const bool takes = queue.consumers > 0 && ready == 0;
    out.member("consumer_utilisation", takes ? 1.0 : 0.0);
    out.member("consumer_capacity", takes ? 1.0 : 0.0);
    if (!any(queue.messages.counts)) return;
    out.object("message_stats", [&] { write_messages(queue.messages, FiguresOf::queue, out); });
}

void queue_totals(const insight::QueueSnapshot& queue, JsonSink& out) {
    out.member("messages", queue.lengths.counts.messages());
    out.member("messages_ready", queue.lengths.counts.messages_ready);
    out.member("messages_unacknowledged", queue.lengths.counts.messages_unacknowledged);
}

/// Rule: null stands for what a connection does not have.
void write_tls(const std::optional<broker::TlsInfo>& tls, JsonSink& out) {
    out.member("ssl", tls.has_value());
    const broker::TlsInfo info = tls.value_or(broker::TlsInfo{});
    const auto member = [&](std::string_view name, const std::string& value, bool has) {
        out.key(name);
        if (has) {
            out.text(value);
        } else {
            out.null();
        }
    };
    const bool encrypted = tls.has_value();
    member("ssl_protocol", info.protocol, encrypted);
    member("ssl_cipher", info.cipher, encrypted);
    member("ssl_hash", info.hash, encrypted);
    member("ssl_key_exchange", info.key_exchange, encrypted);
    member("peer_cert_subject", info.peer_subject, info.has_certificate());
    member("peer_cert_issuer", info.peer_issuer, info.has_certificate());
    member("peer_cert_validity", info.peer_validity, info.has_certificate());
}

}  // namespace

std::string_view to_string(insight::QueueState state) {
    switch (state) {
        case insight::QueueState::running:
            return "running";
        case insight::QueueState::crashed:
            return "crashed";
        case insight::QueueState::paused:
            return "paused";
    }
    return "running";
}

std::int64_t epoch_ms(broker::UnixTime time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string rfc3339(broker::UnixTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+00:00",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                       (time - seconds).count());
}

void write_counter(std::string_view name, std::uint64_t count, double rate,
                   const insight::Series& series, JsonSink& out) {
    out.member(name, count);
    out.object(fmt::format("{}_details", name), [&] {
        if (!series.samples.empty()) {
            out.member("avg", series.avg);
            out.member("avg_rate", series.avg_rate);
        }
        out.member("rate", rate);
        if (series.samples.empty()) return;
        out.array("samples", [&] {
            for (const auto& sample : series.samples) {
                out.object([&] {
                    out.member("sample", sample.value);
                    out.member("timestamp", epoch_ms(sample.at));
                });
            }
        });
    });
}

void write_lengths(const insight::Measured<insight::LengthFigures>& lengths, JsonSink& out) {
    write_counter("messages", lengths.counts.messages(), lengths.rates.messages(),
                  sum(lengths.series.messages_ready, lengths.series.messages_unacknowledged), out);
    write_all(lengths, [&](auto... figure) { write_counter(figure..., out); });
}

void write_churn(const insight::Measured<insight::ChurnFigures>& churn, JsonSink& out) {
    write_all(churn, [&](auto... figure) { write_counter(figure..., out); });
}

void write_traffic(const insight::Measured<insight::TrafficFigures>& traffic, JsonSink& out) {
    write_all(traffic, [&](std::string_view name, std::uint64_t count, double rate,
                           const insight::Series& series) {
        if (name.ends_with("_oct")) return write_counter(name, count, rate, series, out);
        out.member(name, count);
    });
}

bool any(const insight::MessageFigures<std::uint64_t>& figures) {
    return figures != insight::MessageFigures<std::uint64_t>{};
}

void write_messages(const insight::Measured<insight::MessageFigures>& messages, FiguresOf kind,
                    JsonSink& out) {
    write_all(messages, [&](std::string_view name, std::uint64_t count, double rate,
                            const insight::Series& series) {
        if (has(kind, name)) write_counter(name, count, rate, series, out);
    });
    const auto& series = messages.series;
    write_counter(
        "deliver_get", messages.counts.deliver_get(), messages.rates.deliver_get(),
        sum(sum(series.deliver, series.deliver_no_ack), sum(series.get, series.get_no_ack)), out);
}

void queue_members(const insight::QueueSnapshot& queue, const View& view, JsonSink& out) {
    out.member("name", queue.name);
    out.member("vhost", queue.vhost);
    out.member("node", view.node);
    out.member("type", queue.type);
    out.member("state", to_string(queue.state));
    out.member("durable", queue.durable);
    out.member("auto_delete", queue.auto_delete);
    out.member("exclusive", queue.exclusive);
    out.key("arguments");
    write_table(queue.arguments, out);
    out.key("effective_policy_definition");
    write_table(queue.policies.definition, out);
    text_or_null("policy", queue.policies.user, out);
    text_or_null("operator_policy", queue.policies.by_operator, out);
    text_or_null("exclusive_consumer_tag", queue.exclusive_consumer_tag, out);
    text_or_null("single_active_consumer_tag", queue.single_active_consumer_tag, out);
    if (queue.owner) {
        out.object("owner_pid_details", [&] {
            out.member("name", queue.owner->connection);
            out.member("peer_host", queue.owner->peer_host);
            out.member("peer_port", queue.owner->peer_port);
        });
    }
    if (queue.type == "quorum") {
        out.member("leader", view.node);
        for (const std::string_view name : {"members", "online"}) {
            out.array(name, [&] { out.text(view.node); });
        }
    }
    if (view.choice.stats) {
        queue_stats(queue, out);
    } else if (view.choice.queue_totals) {
        queue_totals(queue, out);
    }
}

void render_queue(const insight::QueueSnapshot& queue, const View& view, JsonSink& out) {
    out.object([&] { queue_members(queue, view, out); });
}

void exchange_members(const insight::ExchangeSnapshot& exchange, const View& view, JsonSink& out) {
    out.member("name", exchange.name);
    out.member("vhost", exchange.vhost);
    out.member("type", exchange.type);
    out.member("durable", exchange.durable);
    out.member("auto_delete", exchange.auto_delete);
    out.member("internal", exchange.internal);
    out.key("arguments");
    write_table(exchange.arguments, out);
    text_or_null("policy", exchange.policies.user, out);
    out.member("user_who_performed_action", exchange.predeclared ? "rmq-internal" : "");
    if (exchange.delayed && view.choice.stats) out.member("messages_delayed", *exchange.delayed);
    const insight::ExchangeFigures<std::uint64_t> nothing{};
    if (!view.choice.stats || exchange.messages.counts == nothing) return;
    out.object("message_stats", [&] {
        write_all(exchange.messages, [&](auto... figure) { write_counter(figure..., out); });
    });
}

void render_exchange(const insight::ExchangeSnapshot& exchange, const View& view, JsonSink& out) {
    out.object([&] { exchange_members(exchange, view, out); });
}

void render_connection(const insight::ConnectionSnapshot& connection, const View& view,
                       JsonSink& out) {
    out.object([&] {
        out.member("name", connection.name);
        out.member("node", view.node);
        out.member("vhost", connection.vhost);
        out.member("user", connection.user);
        out.member("user_who_performed_action", connection.user);
        out.member("protocol", connection.protocol);
        out.member("auth_mechanism", connection.auth_mechanism);
        out.member("type", "network");
        out.member("state", insight::to_string(connection.state));
        out.member("host", connection.host);
        out.member("port", connection.port);
        out.member("peer_host", connection.peer_host);
        out.member("peer_port", connection.peer_port);
        write_tls(connection.tls, out);
        out.member("channels", std::min<std::uint64_t>(connection.channels, u16_max));
        out.member("channel_max", std::min<std::uint64_t>(connection.channel_max, u16_max));
        out.member("frame_max", connection.frame_max);
        out.member("timeout", connection.heartbeat.count());
        out.member("connected_at", epoch_ms(connection.connected_at));
        out.key("client_properties");
        write_encoded_table(connection.client_properties, out);
        const std::string given = connection_name(connection);
        if (!given.empty()) out.member("user_provided_name", given);
        if (!view.choice.stats) return;
        out.member("send_pend", connection.send_pending);
        out.member("reductions", 0);
        write_traffic(connection.traffic, out);
    });
}

std::string connection_name(const insight::ConnectionSnapshot& connection) {
    try {
        const auto table = protocol::amqp::FieldTable::parse(connection.client_properties);
        const auto* name = table.find("connection_name");
        if (name != nullptr) return std::string(protocol::amqp::as_string(*name).value_or(""));
    } catch (const std::exception&) {
        // It was walked when it came in; without a name it is shown like one that gave none.
    }
    return {};
}

void channel_members(const insight::ChannelSnapshot& channel, const View& view, JsonSink& out) {
    out.member("name", channel.name);
    out.member("number", channel.number);
    out.member("node", view.node);
    out.member("vhost", channel.vhost);
    out.member("user", channel.user);
    out.member("user_who_performed_action", channel.user);
    out.member("state", insight::to_string(channel.state));
    write_peer(channel, out);
    out.member("consumer_count", channel.consumers);
    out.member("messages_unacknowledged", channel.unacked);
    out.member("messages_unconfirmed", channel.unconfirmed);
    out.member("messages_uncommitted", channel.uncommitted_messages);
    out.member("acks_uncommitted", channel.uncommitted_acks);
    out.member("pending_raft_commands", 0);
    out.member("prefetch_count", channel.prefetch);
    out.member("global_prefetch_count", channel.global_prefetch);
    out.member("confirm", channel.confirm);
    out.member("transactional", channel.transactional);
    if (channel.idle_since) out.member("idle_since", rfc3339(*channel.idle_since));
    out.member("reductions", 0);
    if (!view.choice.stats || !any(channel.messages.counts)) return;
    out.object("message_stats", [&] { write_messages(channel.messages, FiguresOf::channel, out); });
}

void render_channel(const insight::ChannelSnapshot& channel, const View& view, JsonSink& out) {
    out.object([&] { channel_members(channel, view, out); });
}

void render_consumer(const insight::ConsumerSnapshot& consumer, const View& view, JsonSink& out) {
    out.object([&] {
        out.member("consumer_tag", consumer.tag);
        out.object("queue", [&] {
            out.member("name", consumer.queue);
            out.member("vhost", consumer.vhost);
        });
        out.object("channel_details", [&] {
            out.member("connection_name", consumer.connection);
            out.member("name", consumer.channel);
            out.member("node", view.node);
            out.member("number", consumer.channel_number);
            out.member("peer_host", consumer.peer_host);
            out.member("peer_port", consumer.peer_port);
            out.member("user", consumer.user);
        });
        out.member("ack_required", consumer.ack_required);
        out.member("exclusive", consumer.exclusive);
        out.member("active", consumer.active);
        out.member("activity_status", consumer.active ? "up" : "waiting");
        out.member("prefetch_count", consumer.prefetch);
        out.member("consumer_timeout", 0);
        out.key("arguments");
        write_encoded_table(consumer.arguments, out);
    });
}

void render_vhost(const insight::VhostSnapshot& vhost, const View& view, JsonSink& out) {
    out.object([&] {
        const broker::VhostMetadata& metadata = vhost.metadata;
        const auto write_metadata = [&] {
            out.member("description", metadata.description);
            out.array("tags", [&] {
                for (const std::string& tag : metadata.tags) out.text(tag);
            });
            out.member("default_queue_type", metadata.default_queue_type);
        };
        out.member("name", vhost.name);
        write_metadata();
        out.object("metadata", write_metadata);
        out.member("tracing", vhost.traces);
        out.member("protected_from_deletion", metadata.protected_from_deletion);
        out.object("cluster_state", [&] { out.member(view.node, "running"); });
        if (!view.choice.stats) return;
        write_lengths(vhost.lengths, out);
        write_traffic(vhost.traffic, out);
        if (!any(vhost.messages.counts)) return;
        out.object("message_stats",
                   [&] { write_messages(vhost.messages, FiguresOf::broker, out); });
    });
}

}  // namespace leveret::admin
