// A channel and its consumers as those see them who look at the broker.
#include <fmt/format.h>

#include <utility>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/connection.hpp"

namespace leveret::broker::amqp {

using protocol::amqp::DeliveryTag;

std::string Channel::name() const {
    return fmt::format("{} ({})", connection_.name(), channel_number());
}

const insight::ObservedConnection& Channel::observed_connection() const { return connection_; }

std::uint64_t Channel::unacked_count() const { return unacked_.size(); }

void Channel::account() {
    using Figures = insight::MessageFigures<std::uint64_t>;
    Figures::for_each([](std::string_view, std::uint64_t& total, std::uint64_t now,
                         std::uint64_t& before) { total += now - std::exchange(before, now); },
                      vhost_.statistics().messages, counters_, accounted_);
}

TracedClient Channel::traced() const {
    return {.node = connection_.broker().config().cluster_name,
            .vhost = vhost_.name(),
            .connection = connection_.name(),
            .channel = channel_number(),
            .user = connection_.user()};
}

void Channel::tick(Instant now) {
    delivery_times_.note(DeliveryTag{last_delivery_tag_}, unacked_.first(), now);
    take_back_overdue(now);
}

void Channel::describe(insight::ChannelSnapshot& snapshot) const {
    snapshot.id = id_;
    snapshot.name = name();
    snapshot.number = channel_number();
    snapshot.connection = connection_.name();
    snapshot.vhost = vhost_.name();
    snapshot.user = connection_.user();
    snapshot.peer_host = connection_.peer().host;
    snapshot.peer_port = connection_.peer().port;
    const insight::ConnectionState state = connection_.observed_state();
    snapshot.state = closing_ || state == insight::ConnectionState::closing
                         ? insight::ConnectionState::closing
                     : state == insight::ConnectionState::flow ? insight::ConnectionState::flow
                                                               : insight::ConnectionState::running;
    snapshot.consumers = consumers_.size();
    snapshot.unacked = unacked_.size();
    snapshot.unconfirmed = confirms_ ? confirms_->unconfirmed() : 0;
    if (transaction_) {
        snapshot.uncommitted_messages = transaction_->publishes.size();
        snapshot.uncommitted_acks = transaction_->settled_count;
        snapshot.unacked += transaction_->settled_count;
    }
    snapshot.prefetch = consumer_prefetch_;
    snapshot.global_prefetch = channel_prefetch_.limit;
    snapshot.confirm = confirms_ != nullptr;
    snapshot.transactional = transaction_ != nullptr;
    snapshot.messages.counts = counters_;
}

void Channel::describe(const AmqpConsumer& consumer, insight::ConsumerSnapshot& snapshot) const {
    snapshot.vhost = vhost_.name();
    snapshot.connection = connection_.name();
    snapshot.channel = name();
    snapshot.channel_number = channel_number();
    snapshot.user = connection_.user();
    snapshot.peer_host = connection_.peer().host;
    snapshot.peer_port = connection_.peer().port;
    snapshot.prefetch = consumer.prefetch().limit;
    snapshot.unacked = consumer.prefetch().unacked;
}

void Channel::visit_unacked(std::uint64_t from_tag, insight::UnackedVisitor& visitor) const {
    unacked_.visit_from(DeliveryTag{from_tag}, [&](const UnackedDelivery& delivery) {
        return visitor.visit(
            {.delivery_tag = static_cast<std::uint64_t>(delivery.tag),
             .queue = *delivery.queue,
             .message = delivery.message,
             .since = delivery_times_.of(delivery.tag),
             .consumer_tag = delivery.consumer ? delivery.consumer->tag() : std::string_view()});
    });
}

/// Consumers of replies are nobody's business: their queues are in no list either.
void Channel::joins(AmqpConsumer& consumer) {
    ++vhost_.statistics().consumers;
    connection_.broker().observation().clients().consumers.add(consumer);
    tell_of(insight::EventType::consumer_created, consumer);
}

void Channel::leaves(AmqpConsumer& consumer) {
    if (!consumer.is_linked()) return;
    consumer.leave_walk_list();
    --vhost_.statistics().consumers;
    tell_of(insight::EventType::consumer_deleted, consumer);
}

void Channel::tell_of(insight::EventType type, const AmqpConsumer& consumer) {
    insight::Observation& observation = connection_.broker().observation();
    if (!observation.has_listener()) return;
    const insight::Observation::Acting acting(observation, connection_.user());
    observation.tell(
        {.type = type,
         .vhost = vhost_.name(),
         .name = consumer.tag(),
         .detail = fmt::format("of queue '{}' on {}", consumer.queue().name(), name())});
}

}  // namespace leveret::broker::amqp
