// The window into the broker for another thread: what it asks goes to the broker thread as small
// pieces of work, one piece a turn, and comes back as plain values.
//
//     inspector.queues({.vhosts = {{"/"}}}, [](std::vector<QueueSnapshot> queues) { … });
//
// One thread, "the caller's", makes it, calls it and gets all answers: the admin thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/access/access.hpp"
#include "broker/insight/access_requests.hpp"
#include "broker/insight/definitions.hpp"
#include "broker/insight/event.hpp"
#include "broker/insight/policy_requests.hpp"
#include "broker/insight/requests.hpp"
#include "broker/insight/result.hpp"
#include "broker/insight/slices.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::broker {
class Broker;
}

namespace leveret::broker::insight {

/// Takes an answer.
/// Thread: the caller's.
template <class Value>
using Then = std::function<void(Value)>;

/// Every call returns at once, and answers once, later, on the caller's thread. Lists come in no
/// order that means anything. What is created or deleted while a list is made may be in it or not;
/// all else is in it once.
///
/// Thread:   the caller's, if nothing else is said.
/// Lifetime: made before both threads run, or on the broker thread while the caller's does not;
///           outlived by the broker, and ended when no thread runs any of its functions any more.
/// Units:    the broker thread is held up by slices of at most limits::slice_units, one per turn,
///           whatever is asked and however often.
class Inspector {
public:
    /// `to_broker` posts to the broker thread, `to_caller` to the caller's.
    Inspector(Broker& broker, Post to_broker, Post to_caller);
    ~Inspector();

    Inspector(const Inspector&) = delete;
    Inspector& operator=(const Inspector&) = delete;

    /// To be called once a second: reads the counters when that is due, every five seconds, or at
    /// every call while anybody watches.
    void tick();

    /// Somebody watches, until as many calls said that they no longer do.
    void watch();
    void unwatch();

    // Lists

    void queues(Vhosts vhosts, Samples samples, Then<std::vector<QueueSnapshot>> then);
    void exchanges(Vhosts vhosts, Samples samples, Then<std::vector<ExchangeSnapshot>> then);
    void bindings(BindingQuery query, Then<std::vector<BindingSnapshot>> then);
    void connections(ConnectionQuery query, Samples samples,
                     Then<std::vector<ConnectionSnapshot>> then);
    void channels(ChannelQuery query, Samples samples, Then<std::vector<ChannelSnapshot>> then);
    void consumers(ConsumerQuery query, Then<std::vector<ConsumerSnapshot>> then);
    void vhosts(Vhosts vhosts, Samples samples, Then<std::vector<VhostSnapshot>> then);

    // Single objects; NOT_FOUND when there is no such one.

    void queue(ObjectName name, Samples samples, Then<Result<QueueSnapshot>> then);
    void exchange(ObjectName name, Samples samples, Then<Result<ExchangeSnapshot>> then);
    void connection(std::string name, Samples samples, Then<Result<ConnectionSnapshot>> then);
    void channel(std::string name, Samples samples, Then<Result<ChannelSnapshot>> then);

    void overview(Vhosts vhosts, Samples samples, Then<OverviewSnapshot> then);
    void node(Samples samples, Then<NodeSnapshot> then);
    void listeners(Then<std::vector<ListenerSnapshot>> then);

    // Messages

    /// Messages of a queue as they stand, without a trace: order, flags and figures stay.
    void peek(Peek request, Then<Result<PeekPage>> then);

    /// One message of a queue, body whole, ready or unacked; NOT_FOUND once it is gone.
    void message(ObjectName queue, std::uint64_t sequence, Then<Result<PeekedMessage>> then);

    /// Deliveries of a queue that wait for their acknowledgement, the oldest messages first.
    void unacked(ObjectName queue, Then<Result<std::vector<UnackedSnapshot>>> then);

    // Operations. Answered when what they did is durable.

    enum class Declared : std::uint8_t { created, stood };

    void declare(DeclareExchange request, Then<Result<Declared>> then);
    void declare(DeclareQueue request, Then<Result<Declared>> then);
    /// NOT_FOUND when there is none, unlike in AMQP.
    void remove(DeleteExchange request, Then<Result<Done>> then);
    /// Gives how many messages were ready.
    void remove(DeleteQueue request, Then<Result<std::uint64_t>> then);
    void bind(Bind request, Then<Result<Declared>> then);
    /// NOT_FOUND when there is no such binding, unlike in AMQP.
    void unbind(Bind request, Then<Result<Done>> then);
    /// Gives how many messages went.
    void purge(Purge request, Then<Result<std::uint64_t>> then);
    void publish(Publish request, Then<Result<Published>> then);
    /// Takes messages as basic.get does; all before the first one is put back.
    void get(Get request, Then<Result<std::vector<GotMessage>>> then);
    /// A paused queue takes messages and delivers none; kept over restarts.
    void pause(ObjectName queue, bool paused, std::string user, Then<Result<Done>> then);
    /// `reason` is what the client is told, behind CONNECTION_FORCED.
    void close_connection(std::string name, std::string reason, Then<Result<Done>> then);
    /// Gives how many connections of the user are told to go.
    void close_connections_of(std::string user, std::string reason, Then<std::uint64_t> then);

    // Policies, parameters and limits. Setting and clearing is answered when it is durable, and has
    // taken effect on all queues and exchanges of the vhost: at once, in no slices.

    void policies(PolicyKind kind, Vhosts vhosts, Then<std::vector<PolicySnapshot>> then);
    void policy(PolicyKind kind, ObjectName name, Then<Result<PolicySnapshot>> then);
    /// PRECONDITION_FAILED with RabbitMQ's text when one of them is not what it must be; created
    /// when one of them is new.
    void set(SetPolicies request, Then<Result<Declared>> then);
    void remove(DeletePolicy request, Then<Result<Done>> then);

    /// Those of vhosts.
    void parameters(ParameterQuery query, Then<std::vector<ParameterSnapshot>> then);
    void set(SetParameter request, Then<Result<Declared>> then);
    void remove(DeleteParameter request, Then<Result<Done>> then);

    void global_parameters(Then<std::vector<ParameterSnapshot>> then);
    void set(SetGlobalParameter request, Then<Result<Declared>> then);
    void remove_global_parameter(std::string name, Then<Result<Done>> then);

    /// Of those vhosts that have any.
    void limits(Vhosts vhosts, Then<std::vector<VhostLimitsSnapshot>> then);
    void set(SetTracing request, Then<Result<Done>> then);
    void set(SetVhostLimit request, Then<Result<Done>> then);
    /// It need not be set.
    void remove(DeleteVhostLimit request, Then<Result<Done>> then);

    // Users, vhosts and permissions: access_requests.hpp tells what is refused, and how. Changes
    // hold at once, for open connections as well, and are answered when they are durable.

    void users(Then<std::vector<UserSnapshot>> then);
    void user(std::string name, Then<Result<UserSnapshot>> then);
    void put(PutUser request, Then<Result<Declared>> then);
    void set(ChangePassword request, Then<Result<Done>> then);
    void set(SetUserLimit request, Then<Result<Done>> then);
    void remove(DeleteUsers request, Then<Result<Done>> then);

    void put(PutVhost request, Then<Result<Declared>> then);
    void remove(DeleteVhost request, Then<Result<Done>> then);

    void permissions(PermissionQuery query, Then<std::vector<PermissionSnapshot>> then);
    void put(PutPermission request, Then<Result<Declared>> then);
    void remove(DeletePermission request, Then<Result<Done>> then);
    void topic_permissions(PermissionQuery query, Then<std::vector<TopicPermissionSnapshot>> then);
    void put(PutTopicPermission request, Then<Result<Declared>> then);
    void remove(DeleteTopicPermission request, Then<Result<Done>> then);

    /// To be asked before a queue is looked into, or taken from, in somebody's name.
    void check(MayRead request, Then<Result<Done>> then);

    /// Brings in all or nothing; see import_definitions().
    void import_definitions(ImportDefinitions request, Then<Result<ImportReport>> then);

    /// Whoever follows is told what stands, one by one, and then every change before the request
    /// that made it is answered. Once; there is one follower.
    void follow_access(Then<const access::AccessChange&> follower);

    // Events

    /// The latest events, oldest first, of those that are kept.
    [[nodiscard]] std::vector<Event> recent_events(std::size_t count) const;

    /// Whoever listens gets every event from now on, in order.
    /// Returns: what to stop listening with.
    std::uint64_t subscribe(Then<const Event&> listener);
    void unsubscribe(std::uint64_t subscription);

    /// What the broker thread has done for this, slice by slice.
    /// Thread: broker thread.
    [[nodiscard]] SliceFigures slices() const;

    /// Events that were lost because more came at once than are kept.
    [[nodiscard]] std::uint64_t events_dropped() const;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace leveret::broker::insight
