// Settling deliveries: ack, reject, nack, recover.
#include <fmt/format.h>

#include <utility>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

void Channel::on(const basic::Ack& method) {
    settle(method.delivery_tag, method.multiple, Outcome::acked);
}

void Channel::on(const basic::Reject& method) {
    settle(method.delivery_tag, false, method.requeue ? Outcome::requeued : Outcome::rejected);
}

void Channel::on(const basic::Nack& method) {
    settle(method.delivery_tag, method.multiple,
           method.requeue ? Outcome::requeued : Outcome::rejected);
}

void Channel::on(const basic::Recover& method) {
    if (!method.requeue) throw ProtocolError(reply::not_implemented, "requeue=false");
    requeue_all();
    answer(basic::RecoverOk{});
}

void Channel::on(const basic::RecoverAsync& method) {
    if (!method.requeue) throw ProtocolError(reply::not_implemented, "requeue=false");
    requeue_all();
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
        settled_.push_back(std::move(*delivery));
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
            case Outcome::requeued:
                delivery.queue->requeue(std::move(delivery.message));
                break;
        }
    }
    if (channel_was_full && !channel_prefetch_.full()) pump_consumers();
}

void Channel::requeue_all() {
    std::vector<UnackedDelivery> deliveries;
    unacked_.take_all(deliveries);
    settle_now(deliveries, Outcome::requeued);
}

}  // namespace leveret::broker::amqp
