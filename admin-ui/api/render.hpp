// The objects of the API as JSON: what the broker's snapshots become, key by key.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "admin-ui/api/json_sink.hpp"
#include "admin-ui/api/list_query.hpp"
#include "broker/config.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::admin {

namespace insight = broker::insight;

/// What all objects show alike.
struct View {
    std::string node;  ///< its name
    StatsChoice choice{};
};

[[nodiscard]] std::string_view to_string(insight::QueueState state);
void render_queue(const insight::QueueSnapshot& queue, const View& view, JsonSink& out);
void render_exchange(const insight::ExchangeSnapshot& exchange, const View& view, JsonSink& out);
void render_connection(const insight::ConnectionSnapshot& connection, const View& view,
                       JsonSink& out);
/// Returns: the name that the client gave its connection; empty when it gave none.
[[nodiscard]] std::string connection_name(const insight::ConnectionSnapshot& connection);
void render_channel(const insight::ChannelSnapshot& channel, const View& view, JsonSink& out);
void render_consumer(const insight::ConsumerSnapshot& consumer, const View& view, JsonSink& out);
void render_vhost(const insight::VhostSnapshot& vhost, const View& view, JsonSink& out);

// The members of an object, for details that have more; to be put into an object.
void queue_members(const insight::QueueSnapshot& queue, const View& view, JsonSink& out);
void exchange_members(const insight::ExchangeSnapshot& exchange, const View& view, JsonSink& out);
void channel_members(const insight::ChannelSnapshot& channel, const View& view, JsonSink& out);

// Numbers with their rates.

/// `k` and `k_details`.
void write_counter(std::string_view name, std::uint64_t count, double rate,
                   const insight::Series& series, JsonSink& out);
void write_lengths(const insight::Measured<insight::LengthFigures>& lengths, JsonSink& out);
void write_churn(const insight::Measured<insight::ChurnFigures>& churn, JsonSink& out);
void write_traffic(const insight::Measured<insight::TrafficFigures>& traffic, JsonSink& out);

/// Which message figures a kind of object has.
enum class FiguresOf { broker, queue, channel };
/// Whether anything has ever happened.
[[nodiscard]] bool any(const insight::MessageFigures<std::uint64_t>& figures);
void write_messages(const insight::Measured<insight::MessageFigures>& messages, FiguresOf kind,
                    JsonSink& out);

/// Returns: `2026-11-24T02:20:16.459+00:00`.
[[nodiscard]] std::string rfc3339(broker::UnixTime time);
[[nodiscard]] std::int64_t epoch_ms(broker::UnixTime time);

}  // namespace leveret::admin
