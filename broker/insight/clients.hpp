// Who is connected, whatever the protocol: what the broker's core can ask of connections, channels
// and consumers without knowing how they speak.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "broker/insight/queue_statistics.hpp"
#include "broker/insight/snapshots.hpp"
#include "routing/walk_list.hpp"

namespace leveret::broker {
class Consumer;
class Queue;
struct QueuedMessage;
}  // namespace leveret::broker

namespace leveret::broker::insight {

/// What is counted of a connection.
struct ConnectionFigures {
    MessageFigures<std::uint64_t> messages;
    TrafficFigures<std::uint64_t> traffic;
    std::uint32_t channels = 0;
};

/// A connection that has opened its vhost. In Clients from then on until it ends.
class ObservedConnection : public routing::Walkable {
public:
    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual const std::string& user() const = 0;
    [[nodiscard]] virtual std::string_view vhost_name() const = 0;

    [[nodiscard]] virtual std::uint64_t connection_id() const = 0;

    [[nodiscard]] virtual OwnerSnapshot as_owner() const = 0;
    virtual void read_figures(ConnectionFigures& figures) const = 0;
    /// Fills in everything but rates and series.
    virtual void describe(ConnectionSnapshot& snapshot) const = 0;

    /// Tells the client to go.
    virtual void force_close(std::string_view explanation) = 0;

    LastReading last_reading;

protected:
    ~ObservedConnection() = default;
};

/// A delivery that waits for its acknowledgement.
/// Lifetime: a view.
struct ObservedDelivery {
    std::uint64_t delivery_tag;
    const Queue& queue;
    const QueuedMessage& message;
    Instant since;
    std::string_view consumer_tag;  ///< empty: basic.get took it
};

/// Takes unacked deliveries one by one.
class UnackedVisitor {
public:
    /// Returns: false to stop, and see this one again.
    virtual bool visit(const ObservedDelivery& delivery) = 0;

protected:
    ~UnackedVisitor() = default;
};

/// A channel that is open. In Clients from its start to its end.
class ObservedChannel : public routing::Walkable {
public:
    [[nodiscard]] virtual std::uint64_t channel_id() const = 0;
    [[nodiscard]] virtual std::uint16_t channel_number() const = 0;
    [[nodiscard]] virtual std::string name() const = 0;  ///< "<connection> (1)"
    [[nodiscard]] virtual const ObservedConnection& observed_connection() const = 0;

    /// Adds to its vhost's counters what it has counted since the last time.
    virtual void account() = 0;

    /// Fills in everything but rates and series.
    virtual void describe(ChannelSnapshot& snapshot) const = 0;
    [[nodiscard]] virtual const MessageFigures<std::uint64_t>& message_counters() const = 0;
    /// How many deliveries there are to visit.
    [[nodiscard]] virtual std::uint64_t unacked_count() const = 0;

    /// Visits the deliveries from this tag on, by rising tags.
    virtual void visit_unacked(std::uint64_t from_tag, UnackedVisitor& visitor) const = 0;

    LastReading last_reading;

protected:
    ~ObservedChannel() = default;
};

/// Everybody there is.
/// Thread: broker thread.
class Clients {
public:
    /// What one user has now.
    struct OfUser {
        std::uint64_t connections = 0;
        std::uint64_t channels = 0;
    };

    void join(ObservedConnection& connection) {
        connections.add(connection);
        ++of_user(connection.user()).connections;
        connections_by_id_.emplace(connection.connection_id(), &connection);
    }
    void leave(ObservedConnection& connection) {
        connection.leave_walk_list();
        connections_by_id_.erase(connection.connection_id());
        const auto place = by_user_.find(connection.user());
        if (--place->second.connections == 0) by_user_.erase(place);
    }
    /// Requires: to change it, that the user has a connection.
    [[nodiscard]] OfUser& of_user(const std::string& user) { return by_user_[user]; }
    [[nodiscard]] OfUser of_user(const std::string& user) const {
        const auto place = by_user_.find(user);
        return place == by_user_.end() ? OfUser{} : place->second;
    }
    /// Returns: nullptr when there is no such one.
    [[nodiscard]] ObservedConnection* find_connection(std::uint64_t id) const {
        const auto place = connections_by_id_.find(id);
        return place == connections_by_id_.end() ? nullptr : place->second;
    }
    [[nodiscard]] std::size_t connection_count() const { return connections_by_id_.size(); }

    routing::WalkList<ObservedConnection> connections;
    routing::WalkList<ObservedChannel> channels;
    routing::WalkList<Consumer> consumers;

private:
    std::unordered_map<std::uint64_t, ObservedConnection*> connections_by_id_;
    std::unordered_map<std::string, OfUser> by_user_;
};

}  // namespace leveret::broker::insight
