// The way of messages through a vhost: to queues, to dead letters, and out of a delay.
#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "broker/dead_letter.hpp"
#include "broker/expiration.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/rewrite.hpp"
#include "broker/selected_keys.hpp"
#include "broker/turn.hpp"
#include "broker/vhost.hpp"
#include "routing/recent_history_exchange.hpp"

namespace leveret::broker {

using namespace protocol::amqp;
using routing::Exchange;

Vhost::Placed Vhost::place(const MessagePtr& message, const Arrival& arrival,
                           std::span<routing::Destination* const> queues) {
    // All are asked before any takes it: who is full lets its consumers take what is there first,
    // and that may dead-letter messages to the others.
    std::vector<Queue*> refusing;
    for (routing::Destination* const destination : queues) {
        Queue& queue = static_cast<Queue&>(*destination);
        if (queue.refuses(*message, arrival)) refusing.push_back(&queue);
    }
    refusing_ = std::move(refusing);
    entries_.clear();
    Placed placed{.entries = {}, .refused = !refusing_.empty()};
    for (routing::Destination* const destination : queues) {
        Queue& queue = static_cast<Queue&>(*destination);
        if (placed.refused && std::ranges::find(refusing_, &queue) != refusing_.end()) continue;
        const Placement placement = queue.publish(message, arrival);
        if (placement.stored) entries_.push_back({queue.id(), placement.sequence});
        placed.durable |= arrival.persistent && queue.properties().durable;
    }
    placed.entries = entries_;
    return placed;
}

void Vhost::stored(const MessagePtr& message, const Arrival& arrival, const Placed& placed,
                   std::span<routing::Destination* const> queues, storage::Waiter waiter) {
    if (!placed.entries.empty()) {
        storage::MessageFacts facts{.enqueued = context_.turn.unix_now(),
                                    .dead_lettered = arrival.dead_lettered};
        if (arrival.expiration_ms != QueuedMessage::no_expiration) {
            facts.expiry = std::chrono::milliseconds(arrival.expiration_ms);
        }
        if (arrival.delay) {
            facts.expiry = arrival.delay;
            facts.delayed = true;
        }
        context_.store.publish(message, placed.entries, facts, std::move(waiter));
    }
    for (Queue* const queue : std::exchange(refusing_, {})) {
        if (queue->settings().overflow != Overflow::reject_publish_dlx) continue;
        if (!queue->settings().dead_letter_exchange) continue;
        dead_letter(*queue, {.message = message, .dead_lettered = arrival.dead_lettered},
                    DeathReason::maxlen);
    }
    for (routing::Destination* const queue : queues) {
        static_cast<Queue*>(queue)->published(arrival);
    }
}

/// Rule: RabbitMQ: a missing exchange swallows dead letters.
void Vhost::dead_letter(Queue& queue, const QueuedMessage& message, DeathReason reason) {
    const QueueSettings& settings = queue.settings();
    Exchange* const exchange = find_exchange(*settings.dead_letter_exchange);
    if (exchange == nullptr) return queue.settle(message, storage::Settled::dropped);
    std::string_view key;
    if (settings.dead_letter_routing_key) key = *settings.dead_letter_routing_key;
    const DeadLetter letter(*message.message,
                            {.queue = queue.name(),
                             .reason = reason,
                             .time = context_.turn.unix_now(),
                             .died_before = message.dead_lettered},
                            exchange->name(), settings.dead_letter_routing_key ? &key : nullptr);
    context_.store.begin_transaction();
    publish_dead_letter(letter, *exchange);
    queue.settle(message, storage::Settled::dropped);
    context_.store.end_transaction({});
}

void Vhost::publish_dead_letter(const DeadLetter& letter, routing::Exchange& exchange) {
    const MessagePtr& message = letter.message();
    const BasicProperties properties = message->properties();
    routing::Route route;  // not a shared one: a dead letter may lead to the next
    SelectedKeys(properties).route(router_, exchange, *message, route);
    route.take(message);
    std::erase_if(route.queues, [&](const routing::Destination* destination) {
        // A delay queue has the name of its exchange, not of a queue that a message died in.
        if (static_cast<const Queue*>(destination)->properties().delays) return false;
        if (!letter.would_cycle(destination->name())) return false;
        warn_of_cycle(destination->name());
        return true;
    });
    const Arrival arrival{
        .persistent = message->persistent(), .dead_lettered = true, .delay = route.delay};
    stored(message, arrival, place(message, arrival, route.queues), route.queues, {});
}

void Vhost::warn_of_cycle(const std::string& queue) {
    if (cycles_.size() >= limits::cycles_remembered || !cycles_.insert(queue).second) return;
    log::warning(
        "vhost '{}': dead letters that come back to queue '{}' without a rejection on the "
        "way are dropped: they would go round for ever",
        log::escaped(name_), log::escaped(queue));
}

/// Hands what an exchange has kept to a destination that is new to it.
void Vhost::replay(const Exchange& source, routing::Destination& destination) {
    const auto& keeping = static_cast<const routing::RecentHistoryExchange&>(source);
    const std::deque<MessagePtr> history = keeping.history();  // it may come round to the source
    for (const MessagePtr& message : history) {
        const Arrival arrival{.persistent = message->persistent(),
                              .expiration_ms = expiration_of(*message)};
        if (destination.kind() == routing::Destination::Kind::exchange) {
            route_to_queues(message, arrival, static_cast<Exchange&>(destination));
        } else {
            routing::Destination* const queue = &destination;
            stored(message, arrival, place(message, arrival, {&queue, 1}), {&queue, 1}, {});
        }
    }
}

/// Publishes what no client waits for.
void Vhost::route_to_queues(const MessagePtr& message, Arrival arrival, Exchange& exchange) {
    const BasicProperties properties = message->properties();
    routing::Route route;  // not a shared one: where it leads may be full, and dead-letter
    const SelectedKeys selected(properties);
    selected.route(router_, exchange, *message, route);
    const MessagePtr visible = selected.without_bcc(message, route);
    route.take(visible);
    arrival.delay = route.delay;
    stored(visible, arrival, place(visible, arrival, route.queues), route.queues, {});
}

// Tracing

void Vhost::set_tracing(bool on) {
    if (traces_ == on) return;
    traces_ = on;
    log::info("vhost '{}': tracing is {}", log::escaped(name_), on ? "on" : "off");
}

/// Rule: RabbitMQ: what goes through the trace exchange itself is not traced.
void Vhost::trace_publish(const Message& message, const TracedClient& client,
                          std::span<routing::Destination* const> queues) {
    if (message.exchange() != trace_exchange) trace(trace_of_publish(message, client, queues));
}

void Vhost::trace_delivery(const Message& message, const TracedClient& client, const Queue& queue,
                           bool redelivered) {
    if (message.exchange() == trace_exchange) return;
    trace(trace_of_delivery(message, client, queue.name(), redelivered));
}

void Vhost::trace(const MessagePtr& told) {
    Exchange* const exchange = find_exchange(trace_exchange);
    if (exchange != nullptr) route_to_queues(told, {.traces = true}, *exchange);
}

// Delays

void Vhost::add_delay_queue(Exchange& exchange) {
    QueuePtr queue(
        new Queue(exchange.name(), storage::QueueId{context_.store.next_id()},
                  {.durable = exchange.properties().durable, .delays = true, .arguments = {}},
                  *this, context_));
    definitions_.added(*queue);
    attach_delay_queue(exchange, std::move(queue));
}

void Vhost::attach_delay_queue(Exchange& exchange, QueuePtr queue) {
    exchange.set_delay_queue(*queue);
    delay_queues_.emplace(exchange.name(), std::move(queue));
}

void Vhost::end_delay_queue(const Exchange& exchange) {
    const auto place = delay_queues_.find(exchange.name());
    if (place == delay_queues_.end()) return;
    place->second->end();
    delay_queues_.erase(place);
}

Queue* Vhost::find_delay_queue(std::string_view exchange) {
    const auto place = delay_queues_.find(exchange);
    return place == delay_queues_.end() ? nullptr : place->second.get();
}

void Vhost::delay_is_over(Queue& queue, const QueuedMessage& due) {
    const MessagePtr message = with_delay_negated(*due.message);
    const Arrival arrival{.persistent = message->persistent(),
                          .dead_lettered = due.dead_lettered,
                          .expiration_ms = expiration_of(*message)};
    context_.store.begin_transaction();
    route_to_queues(message, arrival, exchange(queue.name()));
    queue.settle(due, storage::Settled::dropped);
    context_.store.end_transaction({});
    context_.turn.end_soon();
}

}  // namespace leveret::broker
