#include "broker/insight/describe.hpp"

#include "broker/queue_arguments.hpp"

namespace leveret::broker::insight {

namespace {

constexpr std::string_view reserved_prefix = "amq.";

std::string_view type_of(const Queue& queue) {
    return queue.properties().arguments.type() == QueueType::quorum ? "quorum" : "classic";
}

/// Since when the queue has not moved, as far as readings of the counters tell.
std::optional<UnixTime> idle_since(const QueueStatistics& statistics) {
    if (statistics.last_reading.unchanged_since == UnixTime{}) return std::nullopt;
    return statistics.last_reading.unchanged_since;
}

std::optional<OwnerSnapshot> owner_of(Vhost& vhost, const Queue& queue) {
    const auto id = static_cast<std::uint64_t>(queue.properties().exclusive_owner);
    const ObservedConnection* const owner = vhost.observation().clients().find_connection(id);
    if (owner == nullptr) return std::nullopt;
    return owner->as_owner();
}

void describe_consumers(QueueSnapshot& snapshot, const Queue& queue) {
    snapshot.consumers = queue.consumer_count();
    const auto tag_of = [](const Consumer& consumer) {
        ConsumerSnapshot described;
        consumer.describe(described);
        return described.tag;
    };
    if (const Consumer* const active = queue.consumers().active()) {
        snapshot.single_active_consumer_tag = tag_of(*active);
    }
    if (queue.consumer_count() != 1) return;
    queue.consumers().for_each([&](const Consumer& consumer) {
        if (consumer.properties().exclusive) snapshot.exclusive_consumer_tag = tag_of(consumer);
    });
}

/// The message that leaves next, if it is in memory.
const QueuedMessage* first_ready(const Queue& queue) {
    for (auto level = queue.ready().rbegin(); level != queue.ready().rend(); ++level) {
        if (!level->empty()) return level->first();
    }
    return nullptr;
}

void describe_messages(QueueSnapshot& snapshot, const Queue& queue) {
    snapshot.ready_octets = queue.ready_octets();
    if (queue.delayed() != nullptr) snapshot.delayed = queue.delayed()->count();
    snapshot.unacked_octets = queue.statistics().unacked_octets;
    snapshot.memory_octets = sizeof(Queue);
    for (const ReadyMessages& level : queue.ready()) {
        snapshot.memory_octets += level.memory_octets();
        snapshot.ram_messages += level.count() - level.paged().count();
        snapshot.ram_octets += level.octets() - level.paged().octets();
    }
    const QueuedMessage* const first = first_ready(queue);
    if (first == nullptr) return;
    snapshot.oldest_at = first->enqueued;
    if ((first->message->property_flags() & protocol::amqp::property::timestamp) != 0) {
        snapshot.head_timestamp = first->message->properties().timestamp;
    }
}

AppliedPoliciesSnapshot policies_of(const Vhost& vhost, const routing::Destination& object) {
    const AppliedPolicies applied = vhost.policies().of(object);
    if (applied.none()) return {};
    AppliedPoliciesSnapshot snapshot{.definition = applied.definition()};
    if (applied.user != nullptr) snapshot.user = applied.user->name;
    if (applied.by_operator != nullptr) snapshot.by_operator = applied.by_operator->name;
    return snapshot;
}

}  // namespace

QueueSnapshot describe(Vhost& vhost, const Queue& queue) {
    const QueueStatistics& statistics = queue.statistics();
    QueueSnapshot snapshot;
    snapshot.id = static_cast<std::uint64_t>(queue.id());
    snapshot.vhost = vhost.name();
    snapshot.name = queue.name();
    snapshot.type = type_of(queue);
    snapshot.durable = queue.properties().durable;
    snapshot.auto_delete = queue.properties().auto_delete;
    snapshot.exclusive = queue.exclusive();
    if (queue.paused()) snapshot.state = QueueState::paused;
    if (!queue.damaged().empty()) snapshot.state = QueueState::crashed;
    if (queue.exclusive()) snapshot.owner = owner_of(vhost, queue);
    snapshot.arguments = queue.properties().arguments.table();
    snapshot.policies = policies_of(vhost, queue);
    describe_consumers(snapshot, queue);
    describe_messages(snapshot, queue);
    snapshot.idle_since = idle_since(statistics);
    snapshot.dead_letter_in = statistics.dead_letter_in;
    snapshot.lengths.counts = {queue.ready_count(), statistics.unacked_messages()};
    snapshot.messages.counts = statistics.messages;
    return snapshot;
}

ExchangeSnapshot describe(Vhost& vhost, const routing::Exchange& exchange) {
    const routing::ExchangeProperties& properties = exchange.properties();
    ExchangeSnapshot snapshot;
    snapshot.id = exchange.id();
    snapshot.vhost = vhost.name();
    snapshot.name = exchange.name();
    snapshot.type = properties.type;
    snapshot.durable = properties.durable;
    snapshot.auto_delete = properties.auto_delete;
    snapshot.internal = properties.internal;
    snapshot.predeclared = exchange.name().empty() || exchange.name().starts_with(reserved_prefix);
    snapshot.arguments = properties.arguments;
    snapshot.policies = policies_of(vhost, exchange);
    snapshot.bindings = exchange.binding_count();
    if (const Queue* const waiting = vhost.find_delay_queue(exchange.name())) {
        snapshot.delayed = waiting->delayed()->count();
    }
    snapshot.messages.counts = {exchange.counters().publish_in, exchange.counters().publish_out};
    return snapshot;
}

BindingSnapshot describe(Vhost& vhost, const routing::Binding& binding) {
    return {.vhost = vhost.name(),
            .source = binding.source.name(),
            .destination = binding.destination.name(),
            .destination_kind = binding.destination.kind(),
            .routing_key = binding.routing_key,
            .arguments = binding.arguments,
            .matched = binding.messages};
}

BindingSnapshot describe_implicit(Vhost& vhost, const Queue& queue) {
    return {.vhost = vhost.name(),
            .source = {},
            .destination = queue.name(),
            .destination_kind = routing::Destination::Kind::queue,
            .routing_key = queue.name(),
            .arguments = {},
            .matched = 0};
}

}  // namespace leveret::broker::insight
