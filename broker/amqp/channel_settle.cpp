// Settling deliveries: ack, reject, nack, recover; and those whose ack does not come.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

void Channel::on(const basic::Ack& method) {
    settle(method.delivery_tag, method.multiple, Outcome::acked);
}

void Channel::on(const basic::Reject& method) {
    settle(method.delivery_tag, false, method.requeue ? Outcome::failed : Outcome::rejected);
}

void Channel::on(const basic::Nack& method) {
    settle(method.delivery_tag, method.multiple,
           method.requeue ? Outcome::returned : Outcome::rejected);
}

void Channel::on(const basic::Recover& method) {
    if (!method.requeue) throw ProtocolError(reply::not_implemented, "requeue=false");
    requeue_all(Outcome::returned);
    answer(basic::RecoverOk{});
}

void Channel::on(const basic::RecoverAsync& method) {
    if (!method.requeue) throw ProtocolError(reply::not_implemented, "requeue=false");
    requeue_all(Outcome::returned);
}

/// Rule: tag 0 with `multiple` means all there are, also none; any other tag must be there, with
///       `multiple` as well.
void Channel::settle(DeliveryTag tag, bool multiple, Outcome outcome) {
    settled_.clear();
    if (multiple && tag == DeliveryTag{0}) {
        unacked_.take_all(settled_);
    } else if (multiple) {
        if (!unacked_.take_up_to(tag, settled_)) refuse_tag(tag);
    } else {
        std::optional<UnackedDelivery> delivery = unacked_.take(tag);
        if (!delivery) refuse_tag(tag);
        if (!delivery->returned) settled_.push_back(std::move(*delivery));
    }
    if (transaction_) {
        put_aside(std::exchange(settled_, {}), outcome);
    } else {
        settle_now(settled_, outcome);
        settled_.clear();
    }
}

void Channel::refuse_tag(DeliveryTag tag) {
    throw ProtocolError(reply::precondition_failed,
                        fmt::format("unknown delivery tag {}", static_cast<std::uint64_t>(tag)));
}

void Channel::settle_now(std::span<UnackedDelivery> deliveries, Outcome outcome) {
    const bool channel_was_full = channel_prefetch_.full();
    const std::uint64_t acked = outcome == Outcome::acked ? 1 : 0;
    counters_.ack += acked * deliveries.size();
    for (UnackedDelivery& delivery : deliveries) {
        if (delivery.consumer) {
            --channel_prefetch_.unacked;
            if (delivery.consumer->prefetch().full()) pump_later(*delivery.queue);
            --delivery.consumer->prefetch().unacked;
        }
        insight::QueueStatistics& statistics = delivery.queue->statistics();
        statistics.messages.ack += acked;
        statistics.returned += 1 - acked;
        statistics.unacked_octets -= delivery.message.message->body_octets();
        switch (outcome) {
            case Outcome::acked:
                delivery.queue->settle(delivery.message);
                break;
            case Outcome::rejected:
                delivery.queue->reject(std::move(delivery.message));
                break;
            case Outcome::returned:
                delivery.queue->requeue(std::move(delivery.message), ComesBack::returned);
                break;
            case Outcome::failed:
                delivery.queue->requeue(std::move(delivery.message), ComesBack::failed);
                break;
        }
    }
    if (channel_was_full && !channel_prefetch_.full()) pump_consumers();
}

// Acks that do not come

void Channel::take_back_overdue(Instant now) {
    if (unacked_.empty()) return;
    std::chrono::milliseconds shortest = vhost_.shortest_ack_timeout();
    if (const auto of_node = node_ack_timeout()) shortest = std::min(shortest, *of_node);
    if (shortest == std::chrono::milliseconds::max()) return;
    std::vector<DeliveryTag> overdue;
    unacked_.visit_from(DeliveryTag{0}, [&](const UnackedDelivery& delivery) {
        const auto waited = now - delivery_times_.of(delivery.tag);
        if (waited < shortest) return false;  // and those after it waited less
        const auto timeout = ack_timeout_of(delivery);
        if (!timeout || waited < *timeout) return true;
        overdue.push_back(delivery.tag);
        const bool can_be_told =
            delivery.consumer && connection_.capabilities().consumer_cancel_notify;
        const bool can_be_noted =
            unacked_.given_back() + overdue.size() <= limits::overdue_tags_kept;
        if (!can_be_told || !can_be_noted) refuse_overdue(*timeout);
        return true;
    });
    std::vector<UnackedDelivery> back;
    back.reserve(overdue.size());
    for (const DeliveryTag tag : overdue) back.push_back(unacked_.give_back(tag));
    for (const UnackedDelivery& delivery : back) cancel_overdue(*delivery.consumer);
    settle_now(back, Outcome::failed);
}

std::optional<std::chrono::milliseconds> Channel::node_ack_timeout() const {
    const auto timeout = connection_.broker().config().limits.consumer_timeout;
    return timeout.count() == 0 ? std::nullopt : std::optional(timeout);
}

/// What the consumer says counts before what its queue says, and that before what the node says.
std::optional<std::chrono::milliseconds> Channel::ack_timeout_of(
    const UnackedDelivery& delivery) const {
    if (delivery.consumer && delivery.consumer->properties().ack_timeout) {
        return delivery.consumer->properties().ack_timeout;
    }
    const auto of_queue = delivery.queue->settings().consumer_timeout;
    return of_queue ? of_queue : node_ack_timeout();
}

void Channel::refuse_overdue(std::chrono::milliseconds timeout) const {
    throw ProtocolError(
        reply::precondition_failed,
        fmt::format("delivery acknowledgement on channel {} timed out. Timeout value used: {} ms",
                    channel_number(), timeout.count()));
}

/// Its client is told, and gets nothing more; what is not overdue yet it may still ack.
void Channel::cancel_overdue(AmqpConsumer& consumer) {
    const auto place = consumers_.find(consumer.tag());
    if (place == consumers_.end() || place->second != &consumer) return;  // cancelled before
    log::warning("{}: consumer '{}' of queue '{}' is cancelled: its acks are overdue", name(),
                 log::escaped(consumer.tag()), log::escaped(consumer.queue().name()));
    const AmqpConsumerPtr kept(&consumer);
    forget(consumer);
    consumer.end();
    lost_consumers_.push_back(consumer.tag());
    end_turn_later();
}

void Channel::requeue_all(Outcome outcome) {
    std::vector<UnackedDelivery> deliveries;
    unacked_.take_all(deliveries);
    settle_now(deliveries, outcome);
}

}  // namespace leveret::broker::amqp
