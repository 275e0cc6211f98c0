// What may be asked of the broker from outside: which objects, which part of their past, and what
// is to be done to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/insight/snapshots.hpp"
#include "protocol/amqp/field_table.hpp"
#include "routing/destination.hpp"

namespace leveret::broker::insight {

/// A stretch of the past: samples every `step`, the newest now, the oldest `age` ago.
struct SampleRange {
    std::chrono::seconds age{};
    std::chrono::seconds step{};

    static constexpr int samples_max = 500;
    [[nodiscard]] bool valid() const {
        return step.count() > 0 && age.count() >= 0 && age / step <= samples_max;
    }
};

/// Which figures come with samples. Requires: each is valid().
struct Samples {
    std::optional<SampleRange> messages{};  ///< msg_rates_*
    std::optional<SampleRange> lengths{};
    std::optional<SampleRange> octets{};  ///< data_rates_*
    std::optional<SampleRange> node{};    ///< node_stats_*
};

/// The vhosts by name whose objects are meant; those that are not there have none.
/// Nothing given: all.
using Vhosts = std::optional<std::vector<std::string>>;

struct ObjectName {
    std::string vhost{};
    std::string name{};
};

/// Which bindings. What is not given does not matter.
struct BindingQuery {
    Vhosts vhosts{};
    std::optional<std::string> source{};
    std::optional<std::string> destination{};
    std::optional<routing::Destination::Kind> destination_kind{};
    /// Also those from the default exchange, which every queue has by its name.
    bool implicit = true;
};

struct ConnectionQuery {
    Vhosts vhosts{};
    std::optional<std::string> user{};
    std::optional<std::string> name{};
};

struct ChannelQuery {
    Vhosts vhosts{};
    std::optional<std::string> user{};
    std::optional<std::string> connection{};  ///< by name
    std::optional<std::uint16_t> number{};
};

struct ConsumerQuery {
    Vhosts vhosts{};
    std::optional<std::string> queue{};
};

// Operations. Each is checked and refused as the same method of AMQP, in the same words.

struct DeclareExchange {
    std::string vhost{};
    std::string name{};
    std::string type{};
    bool durable{};
    bool auto_delete{};
    bool internal{};
    protocol::amqp::FieldTable arguments{};
    std::string user{};  ///< who asks, for events
};

struct DeclareQueue {
    std::string vhost{};
    std::string name{};
    bool durable{};
    bool auto_delete{};
    protocol::amqp::FieldTable arguments{};
    std::string user{};
};

struct DeleteExchange {
    std::string vhost{};
    std::string name{};
    bool if_unused{};
    std::string user{};
};

struct DeleteQueue {
    std::string vhost{};
    std::string name{};
    bool if_unused{};
    bool if_empty{};
    std::optional<std::uint64_t> messages_max{};  ///< only while it has no more, ready and unacked
    std::string user{};
};

struct Bind {
    std::string vhost{};
    std::string source{};
    std::string destination{};
    routing::Destination::Kind destination_kind{};
    std::string routing_key{};
    protocol::amqp::FieldTable arguments{};
    std::string user{};
};

struct Purge {
    std::string vhost{};
    std::string queue{};
    std::optional<std::uint64_t> count{};  ///< only so many, the oldest; none: all
    std::string user{};
};

struct Publish {
    std::string vhost{};
    std::string exchange{};  ///< empty: the default exchange
    std::string routing_key{};
    /// Flags and values as BasicProperties::encode() writes them.
    std::string properties{};
    std::string body{};
    std::string user{};  ///< who `user_id` must name, if it is set
};

enum class Published : std::uint8_t {
    routed,
    unroutable,
    rejected,  ///< a queue refused it: its limit is reached
};

/// What becomes of what basic.get took.
enum class GetMode : std::uint8_t { ack, reject, ack_requeue, reject_requeue };

struct Get {
    std::string vhost{};
    std::string queue{};
    std::uint64_t count{};
    GetMode mode{};
};

/// A message that was taken, or looked at.
struct GotMessage {
    std::string exchange{};
    std::string routing_key{};
    std::string properties{};  ///< as in Publish: BasicProperties::parse() reads it
    std::string body{};
    bool redelivered{};
    std::uint64_t message_count{};  ///< ready ones left behind it
};

// Peek: looking at messages without a trace.

enum class PeekState : std::uint8_t { ready, unacked };

/// Where to begin.
struct PeekHead {};
struct PeekTail {};  ///< the newest first, going back
struct PeekPosition {
    std::uint64_t position{};
};  ///< the first ready message is 0
struct PeekTime {
    UnixTime at{};
};  ///< the first that came at or after it
/// Where an answer ended: PeekPage::next of it. Whoever stops within a page makes one himself, of
/// the first ready message that he left.
struct PeekCursor {
    std::uint64_t
        sequence{};  ///< where to go on: at this one, or the first beyond it if it is gone
    bool backwards{};
    std::uint64_t within{};  ///< the level of priority, or the channel, that it stands in
};

struct Peek {
    std::string vhost{};
    std::string queue{};
    PeekState state{};
    std::variant<PeekHead, PeekTail, PeekPosition, PeekTime, PeekCursor> from{};
    std::uint32_t count = 50;          ///< messages looked at, at most
    std::uint64_t body_octets = 1024;  ///< of each body, at most
};

struct PeekedMessage {
    std::uint64_t sequence{};  ///< the same for its life in this queue
    std::uint64_t position{};  ///< ready ones: how many are before it
    std::uint64_t within{};    ///< ready ones: as a cursor has it
    PeekState state{};
    std::optional<UnixTime> enqueued_at{};
    std::optional<UnixTime> expires_at{};
    bool redelivered{};
    std::uint32_t delivery_count{};  ///< failed ones, where the queue counts them
    bool dead_lettered_here{};       ///< its x-death was written by this broker
    std::string exchange{};
    std::string routing_key{};
    std::string properties{};
    std::uint64_t body_octets{};               ///< of the whole body
    std::string body{};                        ///< as much of it as was asked for
    std::optional<UnackedSnapshot> held_by{};  ///< unacked ones
};

/// Messages one after the other, and where the next ones are.
struct PeekPage {
    std::vector<PeekedMessage> messages{};
    std::optional<PeekCursor> next{};  ///< none: there are no more
};

}  // namespace leveret::broker::insight
