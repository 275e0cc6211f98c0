// What the broker looks like from outside: plain values, copied on the broker thread, read on any
// other. Nothing in here leads back into the broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/effective_settings.hpp"
#include "broker/insight/figures.hpp"
#include "broker/tls_info.hpp"
#include "broker/vhost_metadata.hpp"
#include "protocol/amqp/field_table.hpp"
#include "routing/destination.hpp"
#include "storage/store.hpp"

namespace leveret::broker::insight {

/// crashed: octets of some message are damaged on disk, and nothing is delivered.
enum class QueueState : std::uint8_t { running, paused, crashed };

/// The policies that an object has.
struct AppliedPoliciesSnapshot {
    std::optional<std::string> user{};  ///< by name
    std::optional<std::string> by_operator{};
    protocol::amqp::FieldTable definition{};  ///< what the two come to; empty: there is none

    bool operator==(const AppliedPoliciesSnapshot&) const = default;
};

/// Whose exclusive queue it is.
struct OwnerSnapshot {
    std::string connection{};
    std::string peer_host{};
    std::uint16_t peer_port{};
};

struct QueueSnapshot {
    std::uint64_t id{};  ///< no other queue has or had it
    std::string vhost{};
    std::string name{};
    std::string type{};  ///< `classic`, `quorum`
    QueueState state{};
    bool durable{};
    bool auto_delete{};
    bool exclusive{};
    protocol::amqp::FieldTable arguments{};
    AppliedPoliciesSnapshot policies{};
    std::vector<EffectiveSetting> effective{};  ///< only when it is asked for alone
    std::optional<OwnerSnapshot> owner{};       ///< of an exclusive queue
    std::optional<std::string> exclusive_consumer_tag{};
    std::optional<std::string> single_active_consumer_tag{};

    std::uint64_t consumers{};
    std::uint64_t unacked_octets{};  ///< of bodies, as all octets here
    std::uint64_t ready_octets{};
    std::uint64_t delayed{};  ///< messages that wait to be tried again
    std::uint64_t persistent_messages{};
    std::uint64_t persistent_octets{};
    std::uint64_t ram_messages{};  ///< whose bodies are in memory
    std::uint64_t ram_octets{};
    std::uint64_t memory_octets{};                  ///< of the queue as a whole, about
    std::optional<std::uint64_t> head_timestamp{};  ///< property of the first ready message
    std::optional<UnixTime> oldest_at{};            ///< when the first ready message came
    std::optional<UnixTime> idle_since{};           ///< only when nothing has moved lately
    std::uint64_t dead_letter_in{};                 ///< came by dead-lettering
    double dead_letter_in_rate{};

    Measured<LengthFigures> lengths{};
    Measured<MessageFigures> messages{};
};

struct ExchangeSnapshot {
    std::uint64_t id{};
    std::string vhost{};
    std::string name{};  ///< empty: the default exchange
    std::string type{};
    bool durable{};
    bool auto_delete{};
    bool internal{};
    bool predeclared{};  ///< every vhost has it
    protocol::amqp::FieldTable arguments{};
    AppliedPoliciesSnapshot policies{};
    std::uint64_t bindings{};                ///< from it; those of the default exchange not counted
    std::optional<std::uint64_t> delayed{};  ///< messages that wait; none: it does not delay

    Measured<ExchangeFigures> messages{};
};

struct BindingSnapshot {
    std::string vhost{};
    std::string source{};
    std::string destination{};
    routing::Destination::Kind destination_kind{};
    std::string routing_key{};
    protocol::amqp::FieldTable arguments{};  ///< sorted by key
    std::uint64_t matched{};                 ///< messages; not counted for implicit ones
};

/// RabbitMQ's words for where a connection stands.
enum class ConnectionState : std::uint8_t {
    starting,
    tuning,
    opening,
    running,
    flow,      ///< read slowly: the store or its queue cannot keep up
    blocking,  ///< an alarm stands: blocked as soon as it publishes
    blocked,
    closing,
    closed,
};
[[nodiscard]] std::string_view to_string(ConnectionState state);

struct ConnectionSnapshot {
    std::uint64_t id{};
    std::string name{};  ///< "client:port -> server:port"; no other one has it
    std::string vhost{};
    std::string user{};
    std::string protocol{};        ///< "AMQP 0-9-1"
    std::string auth_mechanism{};  ///< "PLAIN"
    ConnectionState state{};
    std::string host{};  ///< ours
    std::uint16_t port{};
    std::string peer_host{};
    std::uint16_t peer_port{};
    std::optional<TlsInfo> tls{};
    std::uint32_t channels{};
    std::uint32_t channel_max{};
    std::uint32_t frame_max{};
    std::chrono::seconds heartbeat{};
    std::uint64_t send_pending{};  ///< octets that wait to be sent
    UnixTime connected_at{};
    /// An encoded field table: FieldTable::parse() reads it.
    std::string client_properties{};

    Measured<TrafficFigures> traffic{};
    /// Of its channels, those that are closed included.
    Measured<MessageFigures> messages{};
};

struct ChannelSnapshot {
    std::uint64_t id{};
    std::string name{};  ///< "<connection> (1)"
    std::uint16_t number{};
    std::string connection{};
    std::string vhost{};
    std::string user{};
    std::string peer_host{};
    std::uint16_t peer_port{};
    ConnectionState state{};  ///< running, flow or closing
    std::uint64_t consumers{};
    std::uint64_t unacked{};
    std::uint64_t unconfirmed{};
    std::uint64_t uncommitted_messages{};
    std::uint64_t uncommitted_acks{};
    std::uint32_t prefetch{};         ///< of consumers to come; 0: no limit
    std::uint32_t global_prefetch{};  ///< of all its consumers together
    bool confirm{};
    bool transactional{};
    std::optional<UnixTime> idle_since{};

    Measured<MessageFigures> messages{};
};

struct ConsumerSnapshot {
    std::string tag{};
    std::string vhost{};
    std::string queue{};
    std::string connection{};
    std::string channel{};  ///< its name
    std::uint16_t channel_number{};
    std::string user{};
    std::string peer_host{};
    std::uint16_t peer_port{};
    bool ack_required{};
    bool exclusive{};
    bool active{};  ///< the queue delivers to it
    std::int32_t priority{};
    std::uint32_t prefetch{};
    std::uint64_t unacked{};
    /// An encoded field table.
    std::string arguments{};
};

/// A delivery that waits for its acknowledgement.
struct UnackedSnapshot {
    std::uint64_t sequence{};  ///< the message's id in its queue
    std::uint64_t delivery_tag{};
    std::string connection{};
    std::uint16_t channel_number{};
    std::string channel{};
    std::string consumer_tag{};  ///< empty: basic.get took it
    UnixTime since{};
};

struct VhostSnapshot {
    std::uint64_t id{};
    std::string name{};
    VhostMetadata metadata{};
    bool traces{};  ///< what goes through it is told to amq.rabbitmq.trace
    std::uint64_t queues{};
    std::uint64_t exchanges{};
    std::uint64_t connections{};
    std::uint64_t channels{};
    std::uint64_t consumers{};

    Measured<LengthFigures> lengths{};
    Measured<MessageFigures> messages{};
    Measured<TrafficFigures> traffic{};
};

struct ListenerSnapshot {
    std::string protocol{};  ///< "amqp"
    std::string host{};
    std::uint16_t port{};
    std::string path{};  ///< of a Unix socket; the two above are empty then
    bool tls{};
};

enum class Resource : std::uint8_t { memory, disk };
[[nodiscard]] std::string_view to_string(Resource resource);

/// An alarm that stands: publishers are blocked.
struct AlarmSnapshot {
    Resource resource{};
    UnixTime since{};
};

/// The sum over the vhosts that were asked for.
struct OverviewSnapshot {
    std::uint64_t queues{};
    std::uint64_t exchanges{};
    std::uint64_t connections{};
    std::uint64_t channels{};
    std::uint64_t consumers{};

    Measured<LengthFigures> lengths{};
    Measured<MessageFigures> messages{};
    Measured<ChurnFigures> churn{};  ///< of the whole broker
};

/// A level of the node and how fast it changes.
struct Gauge {
    std::uint64_t value{};
    double rate{};
    Series series{};
};

struct NodeSnapshot {
    UnixTime started_at{};
    std::chrono::milliseconds uptime{};
    std::vector<AlarmSnapshot> alarms{};
    std::uint64_t memory_limit{};
    std::uint64_t disk_free_limit{};
    std::uint64_t descriptors_max{};
    std::uint64_t threads{};
    std::uint64_t processors{};
    std::uint64_t context_switches{};
    std::uint64_t sockets_used{};  ///< of messaging clients
    std::uint64_t process_id{};
    Gauge memory_used{};
    Gauge disk_free{};
    Gauge descriptors_used{};
    storage::StoreStats store{};
    std::uint64_t statistics_octets{};  ///< of the rings that hold the past
    Measured<ChurnFigures> churn{};
};

}  // namespace leveret::broker::insight
