// The beginning and the end of a vhost: what was in the store at a start, and its deletion.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/turn.hpp"
#include "broker/validation.hpp"
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

// What it is told to be

void validate(const VhostMetadata& metadata) {
    const std::string& type = metadata.default_queue_type;
    if (type == "classic" || type == "quorum" || type == "stream") return;
    throw ValidationFailed(
        fmt::format("unknown default_queue_type '{}'; classic, quorum and stream are known", type));
}

void Vhost::set_metadata(VhostMetadata metadata) {
    validate(metadata);
    metadata_ = std::move(metadata);
    definitions_.set(definition_id_, metadata_);
    context_.turn.end_soon();
}

// The end

void Vhost::end() {
    while (!queues_.empty()) remove(*queues_.begin()->second);
    const auto any_exchange = [this] {
        return std::find_if(exchanges_.begin(), exchanges_.end(),
                            [](const auto& entry) { return !entry.first.empty(); });
    };
    for (auto next = any_exchange(); next != exchanges_.end(); next = any_exchange()) {
        remove(*next->second);
    }
    for (const PolicyKind kind : {PolicyKind::user, PolicyKind::by_operator}) {
        for (const auto& [name, entry] : policies_.all(kind))
            definitions_.removing_policy(entry.id);
    }
    while (!parameters_.all().empty()) {
        const Parameters::Key key = parameters_.all().begin()->first;
        (void)parameters_.erase(key);
    }
    definitions_.removing_vhost(definition_id_);
}

}  // namespace leveret::broker
