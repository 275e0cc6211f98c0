#include "broker/amqp/amqp_consumer.hpp"

#include <utility>

#include "broker/amqp/channel.hpp"

namespace leveret::broker::amqp {

AmqpConsumer::AmqpConsumer(Channel& channel, Queue& queue, std::string tag, Properties properties,
                           std::uint16_t prefetch_limit, std::string arguments)
    : Consumer(properties),
      channel_(&channel),
      queue_(&queue),
      tag_(std::move(tag)),
      arguments_(std::move(arguments)),
      prefix_(channel.number(), tag_),
      prefetch_{properties.no_ack ? std::uint16_t{0} : prefetch_limit, 0} {}

bool AmqpConsumer::has_credit() {
    return active_ && !prefetch_.full() && channel_->has_credit(*this);
}

void AmqpConsumer::deliver(Queue& queue, QueuedMessage&& message) {
    channel_->deliver(*this, prefix_, queue, std::move(message));
}

void AmqpConsumer::queue_deleted() {
    if (channel_ != nullptr) channel_->consumer_lost_queue(*this);
}

void AmqpConsumer::describe(insight::ConsumerSnapshot& snapshot) const {
    snapshot.tag = tag_;
    snapshot.queue = queue_->name();
    snapshot.ack_required = !properties().no_ack;
    snapshot.exclusive = properties().exclusive;
    snapshot.priority = properties().priority;
    snapshot.active = active_ && queue_->consumers().is_active(*this);
    snapshot.arguments = arguments_;
    if (channel_ != nullptr) channel_->describe(*this, snapshot);
}

void AmqpConsumer::end() {
    if (std::exchange(channel_, nullptr) == nullptr) return;
    queue_->remove_consumer(*this);
}

}  // namespace leveret::broker::amqp
