// What of a vhost was in the store at a start.
#include <fmt/format.h>

#include <utility>

#include "broker/vhost.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker {

using routing::Exchange;

void Vhost::restore(stored::Exchange&& stored, storage::DefinitionId id) {
    std::string name = stored.properties.name;
    auto exchange = routing::make_exchange(std::move(stored.properties));
    if (exchange == nullptr || exchanges_.contains(name)) {
        throw storage::StorageError(fmt::format(
            "exchange '{}' in vhost '{}' is stored twice, or of an unknown type", name, name_));
    }
    definitions_.restored(*exchange, id);
    add_exchange(std::move(exchange));
}

Queue& Vhost::restore(stored::Queue&& stored, storage::DefinitionId id) {
    if ((stored.delays ? delay_queues_ : queues_).contains(stored.name)) {
        throw storage::StorageError(
            fmt::format("queue '{}' in vhost '{}' is stored twice", stored.name, name_));
    }
    QueueProperties properties{
        .durable = true,
        .auto_delete = stored.auto_delete,
        .delays = stored.delays,
        .arguments = QueueArguments({name_, stored.name}, std::move(stored.arguments)),
    };
    QueuePtr queue(new Queue(stored.name, storage::QueueId{static_cast<std::uint64_t>(id)},
                             std::move(properties), *this, context_));
    if (stored.delays) {
        attach_delay_queue(exchange(stored.name), queue);
        return *queue;
    }
    queue->set_paused(stored.paused);
    queue_list_.add(*queue);
    return *queues_.emplace(std::move(stored.name), std::move(queue)).first->second;
}

void Vhost::restore(const stored::Binding& stored, storage::DefinitionId id) {
    Exchange* const source = find_exchange(stored.source);
    routing::Destination* destination = nullptr;
    if (stored.destination_kind == routing::Destination::Kind::queue) {
        destination = find_named_queue(stored.destination);
    } else {
        destination = find_exchange(stored.destination);
    }
    if (source == nullptr || destination == nullptr) {
        throw storage::StorageError(
            fmt::format("a binding from '{}' to '{}' in vhost '{}' is stored, but not both of them",
                        stored.source, stored.destination, name_));
    }
    source->bind(*destination, stored.routing_key, stored.arguments);
    routing::Binding& made =
        *source->find_binding(*destination, stored.routing_key, stored.arguments);
    binding_list_.add(made);
    definitions_.restored(made, id);
    ++routing_generation_;
}

}  // namespace leveret::broker
