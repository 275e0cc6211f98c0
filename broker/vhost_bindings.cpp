// Bindings of a vhost.
#include <fmt/format.h>

#include "broker/vhost.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker {

using namespace protocol::amqp;
using insight::EventType;
using routing::Exchange;

namespace {

constexpr std::string_view local_random_type = "x-local-random";

}  // namespace

void Vhost::bind_queue(BindingDeclaration binding, ConnectionId connection) {
    refuse_default_exchange(binding.source);
    if (is_reply_name(binding.destination)) {
        throw ProtocolError(reply::access_refused,
                            fmt::format("cannot bind to '{}': replies come by the default exchange",
                                        binding.destination));
    }
    Queue* const queue = find_named_queue(binding.destination);
    if (queue != nullptr) require_access(*queue, connection);
    bind(binding, queue, "queue");
}

void Vhost::unbind_queue(BindingDeclaration binding, ConnectionId connection) {
    refuse_default_exchange(binding.source);
    Queue* const queue = find_named_queue(binding.destination);
    if (queue != nullptr) require_access(*queue, connection);
    unbind(binding, queue);
}

void Vhost::bind_exchange(BindingDeclaration binding) {
    refuse_default_exchange(binding.source);
    refuse_default_exchange(binding.destination);
    bind(binding, find_exchange(binding.destination), "exchange");
}

void Vhost::unbind_exchange(BindingDeclaration binding) {
    refuse_default_exchange(binding.source);
    refuse_default_exchange(binding.destination);
    unbind(binding, find_exchange(binding.destination));
}

void Vhost::bind(const BindingDeclaration& binding, routing::Destination* destination,
                 std::string_view destination_kind) {
    Exchange& source = exchange(binding.source);
    if (destination == nullptr) not_found(destination_kind, binding.destination);
    if (source.type() == local_random_type) require_classic(*destination);
    if (!source.bind(*destination, binding.routing_key, binding.arguments)) return;
    ++routing_generation_;
    routing::Binding& made =
        *source.find_binding(*destination, binding.routing_key, binding.arguments);
    binding_list_.add(made);
    definitions_.added(made);
    tell_of(EventType::binding_created, made);
    if (source.keeps_messages()) replay(source, *destination);
}

/// Rule: RabbitMQ: the others have no local replica to choose.
void Vhost::require_classic(const routing::Destination& destination) const {
    if (destination.kind() == routing::Destination::Kind::queue) {
        const auto& queue = static_cast<const Queue&>(destination);
        if (queue.properties().arguments.type() == QueueType::classic) return;
    }
    throw ProtocolError(reply::precondition_failed,
                        fmt::format("only classic queues can be bound to an exchange of type {}",
                                    local_random_type));
}

void Vhost::unbind(const BindingDeclaration& binding, routing::Destination* destination) {
    Exchange* const source = find_exchange(binding.source);
    if (source == nullptr || destination == nullptr) return;
    const routing::Binding* const standing =
        source->find_binding(*destination, binding.routing_key, binding.arguments);
    if (standing == nullptr) return;
    definitions_.removing(*standing);
    tell_of(EventType::binding_deleted, *standing);
    source->unbind(*destination, binding.routing_key, binding.arguments);
    ++routing_generation_;
    if (source->binding_count() == 0) remove_unbound({source});
}

void Vhost::tell_of(EventType type, const routing::Binding& binding) {
    if (!observation_.has_listener()) return;
    const bool to_queue = binding.destination.kind() == routing::Destination::Kind::queue;
    tell(type, binding.source.name(), 0,
         fmt::format("to {} '{}', key '{}'", to_queue ? "queue" : "exchange",
                     binding.destination.name(), binding.routing_key));
}

}  // namespace leveret::broker
