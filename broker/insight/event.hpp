// What happens to the things in the broker, told once: for whoever watches, and whoever looks back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/insight/figures.hpp"

namespace leveret::broker::insight {

enum class EventType : std::uint8_t {
    vhost_created,
    vhost_deleted,
    exchange_created,
    exchange_deleted,
    queue_created,
    queue_deleted,
    queue_purged,
    queue_paused,
    queue_resumed,
    binding_created,
    binding_deleted,
    connection_created,
    connection_closed,
    channel_created,
    channel_closed,
    consumer_created,
    consumer_deleted,
    user_created,
    user_deleted,
    user_password_changed,
    user_tags_set,
    user_limits_set,
    user_authentication_failure,
    permission_created,
    permission_deleted,
    topic_permission_created,
    topic_permission_deleted,
    policy_set,
    policy_cleared,
    parameter_set,
    parameter_cleared,
    alarm_set,
    alarm_cleared,
};

/// Returns: "queue.created", "alarm.set": the words of RabbitMQ's event exchange.
[[nodiscard]] std::string_view to_string(EventType type);

/// Lifetime: owns all its texts.
struct Event {
    std::uint64_t id{};      ///< rises by one with every event of the broker
    std::uint64_t object{};  ///< the id in the snapshots of queue, exchange, connection, channel
    UnixTime at{};
    EventType type{};
    std::string vhost{};   ///< empty: of no vhost
    std::string name{};    ///< of the queue, exchange, connection, channel, consumer, alarm
    std::string by{};      ///< the user, where one did it
    std::string detail{};  ///< the rest, for people: the reason of a close, both ends of a binding
};

}  // namespace leveret::broker::insight
