// A virtual host: the names of its exchanges and queues, and everything that makes, binds and
// deletes them. It never reaches into another one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/definition_log.hpp"
#include "broker/effective_settings.hpp"
#include "broker/insight/observation.hpp"
#include "broker/parameters.hpp"
#include "broker/policies.hpp"
#include "broker/queue.hpp"
#include "broker/stored_definitions.hpp"
#include "broker/trace.hpp"
#include "broker/vhost_metadata.hpp"
#include "protocol/amqp/field_table.hpp"
#include "routing/default_exchange.hpp"
#include "routing/exchange.hpp"
#include "routing/router.hpp"

namespace leveret::broker {

/// Lets maps of names be asked with a view.
struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
        return std::hash<std::string_view>{}(name);
    }
};
template <class Value>
using ByName = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

/// The name under which a channel consumes replies without a queue (direct reply-to).
inline constexpr std::string_view reply_to_name = "amq.rabbitmq.reply-to";

/// Whether this names the replies of some channel: the name above, a dot, and what tells it apart.
[[nodiscard]] bool is_reply_queue_name(std::string_view queue);

/// Whether this is either of the two: a name with no queue of its own behind it.
[[nodiscard]] bool is_reply_name(std::string_view queue);

/// Returns: a name for a queue whose declaration has none.
[[nodiscard]] std::string generated_queue_name();

/// What exchange.declare asks for.
struct ExchangeDeclaration {
    std::string_view name;
    std::string_view type;
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    protocol::amqp::FieldTable arguments;
};

/// What queue.declare asks for. An empty name asks for a generated one.
struct QueueDeclaration {
    std::string_view name;
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    protocol::amqp::FieldTable arguments;
    std::string_view generated_name{};  ///< given to it if it has none; nothing: one is made up
};

/// What a binding binds, and how.
struct BindingDeclaration {
    std::string_view source;
    std::string_view destination;
    std::string_view routing_key;
    protocol::amqp::FieldTable arguments;
};

/// All functions throw ProtocolError where the client asked for what is not allowed, with
/// RabbitMQ's code and text, and then have changed nothing. Names come as the client sent them,
/// without CR and LF.
/// Thread: broker thread.
class Vhost final : public std::enable_shared_from_this<Vhost>,
                    public routing::ExchangeLookup,
                    public routing::QueueLookup,
                    private QueueOwner {
public:
    /// The store is told of it, unless it was read from there under `stored_id`.
    /// `context` and `observation` outlive the vhost.
    Vhost(std::string name, VhostMetadata metadata, std::optional<storage::DefinitionId> stored_id,
          const QueueContext& context, insight::Observation& observation);
    ~Vhost();

    Vhost(const Vhost&) = delete;
    Vhost& operator=(const Vhost&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] const VhostMetadata& metadata() const { return metadata_; }
    /// Throws: ValidationFailed.
    void set_metadata(VhostMetadata metadata);

    /// The vhost is deleted: its queues with their messages go, and all else that is in it. Only
    /// those who hold it still know it then.
    void end();

    /// What its users may do has changed.
    void permissions_changed() { ++routing_generation_; }

    /// Raised by every change that could send a message elsewhere: a remembered route is valid
    /// while this stands.
    [[nodiscard]] std::uint64_t routing_generation() const { return routing_generation_; }

    /// Raised by everything that the store was told: an answer to what raised it must wait until
    /// it is durable.
    [[nodiscard]] std::uint64_t stored_changes() const { return definitions_.changes(); }

    /// The router's scratch memory is shared by all channels of the vhost.
    [[nodiscard]] routing::Router& router() { return router_; }

    // Exchanges

    /// Throws: ProtocolError(not_found); on the default exchange ProtocolError(access_refused).
    void declare_exchange_passively(std::string_view name);

    /// Makes the exchange, or checks that the one that stands is the same.
    void declare_exchange(ExchangeDeclaration declaration);

    /// A missing exchange is no error.
    void delete_exchange(std::string_view name, bool if_unused);

    [[nodiscard]] routing::Exchange* find_exchange(std::string_view name) override;

    /// Throws: ProtocolError(not_found).
    [[nodiscard]] routing::Exchange& exchange(std::string_view name);

    // Queues

    /// Makes the queue, or checks that the one that stands is the same and may be used.
    Queue& declare_queue(QueueDeclaration declaration, ConnectionId connection);

    /// Returns: how many messages were ready. A missing queue is no error.
    std::uint32_t delete_queue(std::string_view name, ConnectionId connection, bool if_unused,
                               bool if_empty);

    /// Replies' names are not among these.
    [[nodiscard]] Queue* find_named_queue(std::string_view name);

    /// A queue that this connection may use.
    /// Throws: ProtocolError(not_found), ProtocolError(resource_locked) for another's exclusive
    /// one.
    [[nodiscard]] Queue& queue(std::string_view name, ConnectionId connection);

    /// Stops or resumes the deliveries of a queue; a durable one stays so over restarts.
    void pause_queue(std::string_view name, ConnectionId connection, bool paused);

    /// Drops the ready messages. Returns: how many there were.
    std::uint32_t purge_queue(std::string_view name, ConnectionId connection);

    /// Drops the oldest ready messages, at most so many. Returns: how many went.
    std::uint64_t purge_oldest(Queue& queue, std::uint64_t count);

    // Bindings

    void bind_queue(BindingDeclaration binding, ConnectionId connection);
    void unbind_queue(BindingDeclaration binding, ConnectionId connection);
    void bind_exchange(BindingDeclaration binding);
    void unbind_exchange(BindingDeclaration binding);

    // Messages

    /// What became of a message that was handed to queues.
    struct Placed {
        std::span<const storage::Entry> entries;  ///< to be stored; valid until the next place()
        bool durable = false;  ///< some queue promises to keep it: who published may wait for that
        bool refused = false;  ///< by some queue that is full
    };

    /// Appends a message to these queues. Follow it by stored().
    Placed place(const protocol::amqp::MessagePtr& message, const Arrival& arrival,
                 std::span<routing::Destination* const> queues);

    /// Hands what place() told to the store, and lets queues at their limit make room. The waiter
    /// is told when the message is durable.
    void stored(const protocol::amqp::MessagePtr& message, const Arrival& arrival,
                const Placed& placed, std::span<routing::Destination* const> queues,
                storage::Waiter waiter);

    /// Where messages wait that an exchange delays; nullptr: it does not.
    [[nodiscard]] Queue* find_delay_queue(std::string_view exchange);

    // Tracing

    /// While it is on, what is published and delivered is told to the exchange amq.rabbitmq.trace.
    /// Off at every start.
    [[nodiscard]] bool traces() const { return traces_; }
    void set_tracing(bool on);
    void trace_publish(const protocol::amqp::Message& message, const TracedClient& client,
                       std::span<routing::Destination* const> queues);
    void trace_delivery(const protocol::amqp::Message& message, const TracedClient& client,
                        const Queue& queue, bool redelivered);

    // Direct reply-to

    /// Makes the queue that holds one channel's replies; it is in no list, has a name of its own,
    /// and is reached through the default exchange only.
    QueuePtr open_reply_queue();
    void close_reply_queue(Queue& queue);
    [[nodiscard]] Queue* find_reply_queue(std::string_view name);

    // Policies and parameters

    /// Puts these in place of those of the same names, and applies all anew, once.
    /// Throws: ValidationFailed when one of them is not what it must be.
    void set_policies(PolicyKind kind, std::vector<Policy> policies);
    /// Returns: whether there was one of that name.
    bool clear_policy(PolicyKind kind, std::string_view name);
    /// Which there are, and which of them an object has.
    [[nodiscard]] const Policies& policies() const { return policies_; }
    [[nodiscard]] std::vector<EffectiveSetting> effective_settings(const Queue& queue) const;

    /// Throws: ValidationFailed when the component is unknown, or takes no such value.
    void set_parameter(std::string component, std::string name, protocol::amqp::FieldValue value);
    /// The same of a component that is unknown here: it is kept, and has no effect.
    void keep_parameter(std::string component, std::string name, protocol::amqp::FieldValue value);
    /// Returns: whether there was one.
    bool clear_parameter(const std::string& component, const std::string& name);
    [[nodiscard]] const Parameters& parameters() const { return parameters_; }
    [[nodiscard]] const VhostLimits& limits() const { return limits_; }

    /// The shortest time that a queue or consumer ever said a delivery may wait for its ack: nobody
    /// need look at younger ones.
    [[nodiscard]] std::chrono::milliseconds shortest_ack_timeout() const {
        return shortest_ack_timeout_;
    }
    void note_ack_timeout(std::chrono::milliseconds timeout) {
        shortest_ack_timeout_ = std::min(shortest_ack_timeout_, timeout);
    }

    // Restart

    /// Puts back what was stored. Throws: StorageError when it does not fit what stands.
    void restore(stored::Exchange&& exchange, storage::DefinitionId id);
    Queue& restore(stored::Queue&& queue, storage::DefinitionId id);
    void restore(const stored::Binding& binding, storage::DefinitionId id);
    void restore(stored::Policy&& policy, storage::DefinitionId id);
    void restore(stored::Parameter&& parameter, storage::DefinitionId id);
    /// All definitions are back: policies take effect.
    void restored();

    [[nodiscard]] const ByName<QueuePtr>& queues() const { return queues_; }

    /// The connection has ended: its exclusive queues are deleted.
    void release(ConnectionId connection);

    [[nodiscard]] std::size_t queue_count() const { return queues_.size(); }
    [[nodiscard]] std::size_t exchange_count() const { return exchanges_.size(); }

    // For whoever looks

    /// What is counted of all that is in it.
    struct Statistics {
        insight::MessageFigures<std::uint64_t> messages;
        insight::TrafficFigures<std::uint64_t> traffic;
        std::uint64_t connections = 0;
        std::uint64_t channels = 0;
        std::uint64_t consumers = 0;
        insight::LastReading last_reading;
    };
    [[nodiscard]] Statistics& statistics() { return statistics_; }
    [[nodiscard]] insight::Observation& observation() { return observation_; }
    [[nodiscard]] std::uint64_t id() const { return id_; }

    /// The same as queues(), to be walked in pieces; and so on.
    [[nodiscard]] routing::WalkList<Queue>& queue_list() { return queue_list_; }
    [[nodiscard]] routing::WalkList<routing::Exchange>& exchange_list() { return exchange_list_; }
    [[nodiscard]] routing::WalkList<routing::Binding>& binding_list() { return binding_list_; }

private:
    [[nodiscard]] routing::Destination* find_queue(std::string_view name) override;
    void last_consumer_left(Queue& queue) override;
    void queue_expired(Queue& queue) override;
    void dead_letter(Queue& queue, const QueuedMessage& message, DeathReason reason) override;
    void delay_is_over(Queue& queue, const QueuedMessage& message) override;
    void add_delay_queue(routing::Exchange& exchange);
    void attach_delay_queue(routing::Exchange& exchange, QueuePtr queue);
    void end_delay_queue(const routing::Exchange& exchange);
    void publish_dead_letter(const DeadLetter& letter, routing::Exchange& exchange);
    void warn_of_cycle(const std::string& queue);
    void trace(const protocol::amqp::MessagePtr& told);

    void check_same(const routing::Exchange& exchange, const ExchangeDeclaration& asked) const;
    void check_same(const Queue& queue, const QueueDeclaration& asked,
                    ConnectionId connection) const;
    Queue& add_queue(std::string name, QueueDeclaration declaration, ConnectionId connection);
    void use_default_queue_type(QueueDeclaration& declaration) const;
    void refuse_for_quorum(const QueueDeclaration& declaration, std::string_view name) const;
    void require_room_for_queue(std::string_view name) const;
    void apply_policies();
    void apply_policies(Queue& queue);
    void apply_policies(routing::Exchange& exchange);
    void parameters_changed();
    void read_limits();
    std::uint32_t remove(Queue& queue);
    void remove(routing::Exchange& exchange);
    /// Ends auto-delete exchanges that have lost their last binding, and those that this leaves so.
    void remove_unbound(std::vector<routing::Exchange*> sources);
    routing::Exchange& add_exchange(std::unique_ptr<routing::Exchange> exchange);
    void bind(const BindingDeclaration& binding, routing::Destination* destination,
              std::string_view destination_kind);
    void unbind(const BindingDeclaration& binding, routing::Destination* destination);
    void require_classic(const routing::Destination& destination) const;
    void replay(const routing::Exchange& source, routing::Destination& destination);
    void route_to_queues(const protocol::amqp::MessagePtr& message, Arrival arrival,
                         routing::Exchange& exchange);
    void require_access(const Queue& queue, ConnectionId connection) const;
    [[noreturn]] void refuse_locked(const Queue& queue) const;
    void tell(insight::EventType type, std::string_view name, std::uint64_t object = 0,
              std::string_view detail = {});
    void tell_of(insight::EventType type, const routing::Binding& binding);
    static void refuse_default_exchange(std::string_view name);
    [[noreturn]] void not_found(std::string_view kind, std::string_view name) const;

    std::string name_;
    VhostMetadata metadata_;
    const storage::DefinitionId definition_id_;
    const QueueContext& context_;
    DefinitionLog definitions_;
    routing::Router router_;
    Policies policies_;
    Parameters parameters_;
    VhostLimits limits_;
    std::chrono::milliseconds shortest_ack_timeout_ = std::chrono::milliseconds::max();
    ByName<std::unique_ptr<routing::Exchange>> exchanges_;
    ByName<QueuePtr> queues_;
    ByName<QueuePtr> reply_queues_;
    ByName<QueuePtr> delay_queues_;  ///< by the names of their exchanges
    std::unordered_map<ConnectionId, std::vector<QueuePtr>> exclusive_queues_;
    std::uint64_t routing_generation_ = 1;
    bool traces_ = false;
    std::vector<storage::Entry> entries_;     ///< of the message that was placed last
    std::vector<Queue*> refusing_;            ///< the queues that refused it
    std::unordered_set<std::string> cycles_;  ///< queues whose dead letters went round: told once

    insight::Observation& observation_;
    const std::uint64_t id_;
    Statistics statistics_;
    routing::WalkList<Queue> queue_list_;
    routing::WalkList<routing::Exchange> exchange_list_;
    routing::WalkList<routing::Binding> binding_list_;
};

}  // namespace leveret::broker
