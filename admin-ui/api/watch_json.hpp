// What we say of the broker beyond RabbitMQ's API: health with its causes, the queues that stand
// out, why a queue does not drain.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "admin-ui/api/json_sink.hpp"
#include "broker/insight/event.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::admin {

/// What GET /x/overview is made of.
struct WatchedBroker {
    broker::insight::OverviewSnapshot overview;
    broker::insight::NodeSnapshot node;
    std::span<const broker::insight::QueueSnapshot> queues;
    std::vector<broker::insight::Event> events;  ///< oldest first
};

void write_watched_broker(const WatchedBroker& watched, JsonSink& out);

/// The members of GET /x/queues/{vhost}/{queue}.
void write_watched_queue(const broker::insight::QueueSnapshot& queue,
                         std::span<const broker::insight::ConsumerSnapshot> consumers,
                         bool alarm_stands, JsonSink& out);

/// The members of an event.
void event_members(const broker::insight::Event& event, JsonSink& out);

/// Returns: how fast the queue grows, in messages per second.
[[nodiscard]] double growth(const broker::insight::QueueSnapshot& queue);

}  // namespace leveret::admin
