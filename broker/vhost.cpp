#include "broker/vhost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "broker/random_name.hpp"
#include "broker/turn.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"
#include "routing/consistent_hash_exchange.hpp"

namespace leveret::broker {

using namespace protocol::amqp;
using insight::EventType;
using routing::Exchange;

namespace {

constexpr std::string_view reserved_prefix = "amq.";
constexpr std::string_view alternate_exchange = "alternate-exchange";
constexpr std::string_view queue_type_argument = "x-queue-type";

/// Arguments of exchanges that must be the same when one is declared again.
constexpr std::array compared_arguments = std::to_array<std::string_view>({
    alternate_exchange,
    routing::ConsistentHashExchange::header_argument,
    routing::ConsistentHashExchange::property_argument,
    routing::delayed_type_argument,
});

struct Predeclared {
    std::string_view name;
    std::string_view type;
    bool internal = false;
};

/// What every vhost has from the start, all durable.
constexpr std::array predeclared_exchanges = std::to_array<Predeclared>({
    {"amq.direct", "direct"},
    {"amq.fanout", "fanout"},
    {"amq.topic", "topic"},
    {"amq.headers", "headers"},
    {"amq.match", "headers"},
    {"amq.rabbitmq.trace", "topic", true},
});

void refuse_reserved(std::string_view kind, std::string_view name) {
    if (!name.starts_with(reserved_prefix)) return;
    throw ProtocolError(reply::access_refused,
                        fmt::format("{} name '{}' contains reserved prefix 'amq.*'", kind, name));
}

/// Rule: RabbitMQ: an exclusive queue goes with its connection, so it is never durable.
bool durable(const QueueDeclaration& declaration) {
    return declaration.durable && !declaration.exclusive;
}

template <class Value>
void require_equal(std::string_view property, std::string_view what, const Value& current,
                   const Value& received) {
    if (current == received) return;
    throw ProtocolError(
        reply::precondition_failed,
        fmt::format("inequivalent arg '{}' for {}: received '{}' but current is '{}'", property,
                    what, received, current));
}

}  // namespace

bool is_reply_queue_name(std::string_view queue) {
    return queue.size() > reply_to_name.size() && queue.starts_with(reply_to_name) &&
           queue[reply_to_name.size()] == '.';
}

bool is_reply_name(std::string_view queue) {
    return queue == reply_to_name || is_reply_queue_name(queue);
}

std::string generated_queue_name() { return random_name("amq.gen-"); }

Vhost::Vhost(std::string name, VhostMetadata metadata,
             std::optional<storage::DefinitionId> stored_id, const QueueContext& context,
             insight::Observation& observation)
    : name_(std::move(name)),
      metadata_(std::move(metadata)),
      definition_id_(stored_id.value_or(storage::DefinitionId{context.store.next_id()})),
      context_(context),
      definitions_(name_, context.store),
      router_(*this),
      parameters_(name_, context.store),
      observation_(observation),
      id_(observation.next_number()) {
    add_exchange(std::make_unique<routing::DefaultExchange>(*this));
    for (const Predeclared& row : predeclared_exchanges) {
        add_exchange(routing::make_exchange({.name = std::string(row.name),
                                             .type = std::string(row.type),
                                             .durable = true,
                                             .internal = row.internal}));
    }
    if (!stored_id) definitions_.set(definition_id_, metadata_);
}

Vhost::~Vhost() = default;

// Exchanges

void Vhost::declare_exchange_passively(std::string_view name) {
    refuse_default_exchange(name);
    (void)exchange(name);
}

void Vhost::declare_exchange(ExchangeDeclaration declaration) {
    if (!routing::is_exchange_type(declaration.type)) {
        throw ProtocolError(reply::precondition_failed,
                            fmt::format("unknown exchange type '{}'", declaration.type));
    }
    refuse_default_exchange(declaration.name);
    if (const Exchange* const standing = find_exchange(declaration.name)) {
        check_same(*standing, declaration);
        return;
    }
    refuse_reserved("exchange", declaration.name);
    require_text_argument(declaration.arguments, alternate_exchange,
                          fmt::format("exchange '{}' in vhost '{}'", declaration.name, name_));
    auto exchange = routing::make_exchange({.name = std::string(declaration.name),
                                            .type = std::string(declaration.type),
                                            .durable = declaration.durable,
                                            .auto_delete = declaration.auto_delete,
                                            .internal = declaration.internal,
                                            .arguments = std::move(declaration.arguments)});
    LEVERET_ASSERT(exchange != nullptr);
    definitions_.added(*exchange);
    apply_policies(*exchange);
    if (exchange->type() == routing::delaying_type) add_delay_queue(*exchange);
    const Exchange& added = add_exchange(std::move(exchange));
    ++routing_generation_;  // it may be the alternate of another
    tell(EventType::exchange_created, added.name(), added.id());
}

Exchange& Vhost::add_exchange(std::unique_ptr<Exchange> exchange) {
    exchange->set_id(observation_.next_number());
    exchange_list_.add(*exchange);
    std::string name = exchange->name();
    return *exchanges_.emplace(std::move(name), std::move(exchange)).first->second;
}

void Vhost::check_same(const Exchange& exchange, const ExchangeDeclaration& asked) const {
    const routing::ExchangeProperties& properties = exchange.properties();
    const std::string what = fmt::format("exchange '{}' in vhost '{}'", exchange.name(), name_);
    require_equal("type", what, std::string_view(properties.type), asked.type);
    require_equal("durable", what, properties.durable, asked.durable);
    require_equal("auto_delete", what, properties.auto_delete, asked.auto_delete);
    require_equal("internal", what, properties.internal, asked.internal);
    for (const std::string_view name : compared_arguments) {
        require_equivalent_argument(name, what, properties.arguments.find(name),
                                    asked.arguments.find(name));
    }
}

void Vhost::delete_exchange(std::string_view name, bool if_unused) {
    refuse_default_exchange(name);
    if (name.starts_with(reserved_prefix)) {
        throw ProtocolError(
            reply::access_refused,
            fmt::format("deletion of system exchange '{}' in vhost '{}' not allowed", name, name_));
    }
    Exchange* const exchange = find_exchange(name);
    if (exchange == nullptr) return;
    if (if_unused && exchange->binding_count() != 0) {
        throw ProtocolError(reply::precondition_failed,
                            fmt::format("exchange '{}' in vhost '{}' in use", name, name_));
    }
    remove(*exchange);
}

void Vhost::remove(Exchange& exchange) {
    ++routing_generation_;
    definitions_.removing(exchange);
    tell(EventType::exchange_deleted, exchange.name(), exchange.id());
    policies_.forget(exchange);
    end_delay_queue(exchange);
    std::vector<Exchange*> sources = exchange.unbind_incoming();
    exchange.unbind_outgoing();
    exchanges_.erase(exchanges_.find(exchange.name()));
    remove_unbound(std::move(sources));
}

void Vhost::remove_unbound(std::vector<Exchange*> sources) {
    while (!sources.empty()) {
        Exchange* const exchange = sources.back();
        sources.pop_back();
        if (!exchange->properties().auto_delete || exchange->binding_count() != 0) continue;
        std::erase(sources, exchange);
        definitions_.removing(*exchange);
        tell(EventType::exchange_deleted, exchange->name(), exchange->id());
        policies_.forget(*exchange);
        end_delay_queue(*exchange);
        const std::vector<Exchange*> further = exchange->unbind_incoming();
        sources.insert(sources.end(), further.begin(), further.end());
        exchanges_.erase(exchanges_.find(exchange->name()));
    }
}

Exchange* Vhost::find_exchange(std::string_view name) {
    const auto place = exchanges_.find(name);
    return place == exchanges_.end() ? nullptr : place->second.get();
}

Exchange& Vhost::exchange(std::string_view name) {
    Exchange* const exchange = find_exchange(name);
    if (exchange == nullptr) not_found("exchange", name);
    return *exchange;
}

// Queues

Queue& Vhost::declare_queue(QueueDeclaration declaration, ConnectionId connection) {
    use_default_queue_type(declaration);
    if (declaration.name.empty()) {
        std::string name = declaration.generated_name.empty()
                               ? generated_queue_name()
                               : std::string(declaration.generated_name);
        return add_queue(std::move(name), std::move(declaration), connection);
    }
    refuse_reserved("queue", declaration.name);
    if (Queue* const standing = find_named_queue(declaration.name)) {
        check_same(*standing, declaration, connection);
        ++observation_.churn().queue_declared;
        return *standing;
    }
    std::string name(declaration.name);
    return add_queue(std::move(name), std::move(declaration), connection);
}

void Vhost::check_same(const Queue& queue, const QueueDeclaration& asked,
                       ConnectionId connection) const {
    // Strict: redeclaring an exclusive queue as shared, or the other way, is locked as well.
    const ConnectionId owner = asked.exclusive ? connection : ConnectionId::none;
    if (queue.properties().exclusive_owner != owner) refuse_locked(queue);
    const std::string what = fmt::format("queue '{}' in vhost '{}'", queue.name(), name_);
    require_equal("durable", what, queue.properties().durable, durable(asked));
    require_equal("auto_delete", what, queue.properties().auto_delete, asked.auto_delete);
    queue.properties().arguments.require_equivalent({name_, queue.name()}, asked.arguments);
}

void Vhost::require_room_for_queue(std::string_view name) const {
    if (!limits_.queues || queues_.size() < *limits_.queues) return;
    throw ProtocolError(
        reply::precondition_failed,
        fmt::format("cannot declare queue '{}': queue limit in vhost '{}' ({}) is reached", name,
                    name_, *limits_.queues));
}

Queue& Vhost::add_queue(std::string name, QueueDeclaration declaration, ConnectionId connection) {
    require_room_for_queue(name);
    QueueProperties properties{
        .durable = durable(declaration),
        .auto_delete = declaration.auto_delete,
        .exclusive_owner = declaration.exclusive ? connection : ConnectionId::none,
        .arguments = QueueArguments({name_, name}, std::move(declaration.arguments)),
    };
    if (properties.arguments.type() == QueueType::quorum) {
        refuse_for_quorum(declaration, name);
    }
    QueuePtr queue(new Queue(name, storage::QueueId{context_.store.next_id()},
                             std::move(properties), *this, context_));
    definitions_.added(*queue);
    apply_policies(*queue);
    if (queue->exclusive()) exclusive_queues_[connection].push_back(queue);
    ++routing_generation_;
    queue_list_.add(*queue);
    ++observation_.churn().queue_declared;
    ++observation_.churn().queue_created;
    tell(EventType::queue_created, name, static_cast<std::uint64_t>(queue->id()));
    return *queues_.emplace(std::move(name), std::move(queue)).first->second;
}

/// Rule: RabbitMQ: a declaration that could not be of that type stays as it is.
void Vhost::use_default_queue_type(QueueDeclaration& declaration) const {
    const std::string& type = metadata_.default_queue_type;
    if (type == "classic" || declaration.arguments.contains(queue_type_argument)) return;
    if (!declaration.durable || declaration.exclusive || declaration.auto_delete) return;
    declaration.arguments.append(std::string(queue_type_argument), type);
}

/// Rule: RabbitMQ: a quorum queue is durable, shared, permanent and has a name of its own.
void Vhost::refuse_for_quorum(const QueueDeclaration& declaration, std::string_view name) const {
    const auto refuse = [](const std::string& why) {
        throw ProtocolError(reply::precondition_failed, why);
    };
    if (declaration.name.empty()) {
        refuse("Cannot declare a server-named queue for type rabbit_quorum_queue");
    }
    const auto refuse_property = [&](std::string_view property) {
        refuse(fmt::format("invalid property '{}' for queue '{}' in vhost '{}'", property, name,
                           name_));
    };
    if (declaration.auto_delete) refuse_property("auto-delete");
    if (declaration.exclusive) refuse_property("exclusive-owner");
    if (!declaration.durable) refuse_property("non-durable");
}

std::uint32_t Vhost::delete_queue(std::string_view name, ConnectionId connection, bool if_unused,
                                  bool if_empty) {
    Queue* const queue = find_named_queue(name);
    if (queue == nullptr) return 0;
    require_access(*queue, connection);
    const auto refuse = [&](std::string_view why) {
        throw ProtocolError(reply::precondition_failed,
                            fmt::format("queue '{}' in vhost '{}' {}", name, name_, why));
    };
    if (if_empty && queue->ready_count() != 0) refuse("not empty");
    if (if_unused && queue->consumer_count() != 0) refuse("in use");
    return remove(*queue);
}

std::uint32_t Vhost::remove(Queue& queue) {
    ++routing_generation_;
    const QueuePtr kept(&queue);  // its name and bindings go before it does
    definitions_.removing(queue);
    queue.leave_walk_list();
    ++observation_.churn().queue_deleted;
    tell(EventType::queue_deleted, queue.name(), static_cast<std::uint64_t>(queue.id()));
    policies_.forget(queue);
    queues_.erase(queues_.find(queue.name()));
    if (queue.exclusive()) {
        const auto owned = exclusive_queues_.find(queue.properties().exclusive_owner);
        if (owned != exclusive_queues_.end()) {
            std::erase(owned->second, kept);
            if (owned->second.empty()) exclusive_queues_.erase(owned);
        }
    }
    const std::uint32_t ready = queue.end();
    remove_unbound(queue.unbind_incoming());
    return ready;
}

void Vhost::last_consumer_left(Queue& queue) {
    if (!queue.deleted()) remove(queue);
}

void Vhost::queue_expired(Queue& queue) {
    remove(queue);
    context_.turn.end_soon();  // no client's frame is at work: nothing else hands it to the store
}

void Vhost::release(ConnectionId connection) {
    const auto owned = exclusive_queues_.find(connection);
    if (owned == exclusive_queues_.end()) return;
    const std::vector<QueuePtr> queues = std::move(owned->second);
    exclusive_queues_.erase(owned);
    for (const QueuePtr& queue : queues) {
        if (!queue->deleted()) remove(*queue);
    }
}

Queue* Vhost::find_named_queue(std::string_view name) {
    const auto place = queues_.find(name);
    return place == queues_.end() ? nullptr : place->second.get();
}

routing::Destination* Vhost::find_queue(std::string_view name) {
    return is_reply_queue_name(name) ? find_reply_queue(name) : find_named_queue(name);
}

Queue& Vhost::queue(std::string_view name, ConnectionId connection) {
    Queue* const queue = find_named_queue(name);
    if (queue == nullptr) not_found("queue", name);
    require_access(*queue, connection);
    return *queue;
}

void Vhost::require_access(const Queue& queue, ConnectionId connection) const {
    if (queue.exclusive() && queue.properties().exclusive_owner != connection) {
        refuse_locked(queue);
    }
}

void Vhost::refuse_locked(const Queue& queue) const {
    throw ProtocolError(
        reply::resource_locked,
        fmt::format(
            "cannot obtain exclusive access to locked queue '{}' in vhost '{}'. It could be "
            "originally declared on another connection or the exclusive property value does "
            "not match that of the original declaration.",
            queue.name(), name_));
}

void Vhost::pause_queue(std::string_view name, ConnectionId connection, bool paused) {
    Queue& changed = queue(name, connection);
    if (changed.paused() == paused) return;
    changed.set_paused(paused);
    definitions_.changed(changed);
    tell(paused ? EventType::queue_paused : EventType::queue_resumed, name,
         static_cast<std::uint64_t>(changed.id()));
}

std::uint32_t Vhost::purge_queue(std::string_view name, ConnectionId connection) {
    Queue& purged = queue(name, connection);
    const std::uint32_t count = purged.purge();
    tell(EventType::queue_purged, name, static_cast<std::uint64_t>(purged.id()),
         fmt::format("{} messages", count));
    if (count != 0 && purged.properties().durable) definitions_.changed();
    return count;
}

std::uint64_t Vhost::purge_oldest(Queue& queue, std::uint64_t count) {
    std::uint64_t gone = 0;
    while (gone < count) {
        const std::optional<QueuedMessage> oldest = queue.take();
        if (!oldest) break;
        queue.settle(*oldest);
        ++gone;
    }
    if (gone != 0 && queue.properties().durable) definitions_.changed();
    return gone;
}

// Direct reply-to

QueuePtr Vhost::open_reply_queue() {
    std::string name = random_name(fmt::format("{}.", reply_to_name));
    QueuePtr queue(
        new Queue(name, storage::QueueId{context_.store.next_id()}, {}, *this, context_));
    reply_queues_.emplace(std::move(name), queue);
    ++routing_generation_;
    return queue;
}

void Vhost::close_reply_queue(Queue& queue) {
    const QueuePtr kept(&queue);
    reply_queues_.erase(reply_queues_.find(queue.name()));
    ++routing_generation_;
    queue.end();
}

Queue* Vhost::find_reply_queue(std::string_view name) {
    const auto place = reply_queues_.find(name);
    return place == reply_queues_.end() ? nullptr : place->second.get();
}

// For whoever looks

void Vhost::tell(EventType type, std::string_view name, std::uint64_t object,
                 std::string_view detail) {
    observation_.tell(
        {.type = type, .object = object, .vhost = name_, .name = name, .detail = detail});
}

void Vhost::refuse_default_exchange(std::string_view name) {
    if (!name.empty()) return;
    throw ProtocolError(reply::access_refused, "operation not permitted on the default exchange");
}

void Vhost::not_found(std::string_view kind, std::string_view name) const {
    throw ProtocolError(reply::not_found,
                        fmt::format("no {} '{}' in vhost '{}'", kind, name, name_));
}

}  // namespace leveret::broker
