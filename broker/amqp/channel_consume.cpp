// Consuming: basic.qos, consume, cancel and get, and the deliveries that follow.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/limits.hpp"
#include "broker/random_name.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;
using Figures = insight::MessageFigures<std::uint64_t>;

namespace {

/// Arguments of a consumer that only streams know.
constexpr std::array<std::string_view, 3> stream_arguments{"x-stream-offset", "x-stream-filter",
                                                           "x-stream-match-unfiltered"};

/// Checks the arguments of basic.consume, and puts them where they belong; unknown ones are
/// ignored.
void read_arguments(const FieldTable& arguments, const Queue& queue, std::string_view vhost,
                    Consumer::Properties& into) {
    const auto refuse = [&](std::string_view argument, const std::string& why) {
        throw ProtocolError(reply::precondition_failed,
                            fmt::format("invalid arg '{}' for queue '{}' in vhost '{}'{}", argument,
                                        queue.name(), vhost, why));
    };
    for (const std::string_view argument : stream_arguments) {
        if (!arguments.contains(argument)) continue;
        const bool quorum = queue.properties().arguments.type() == QueueType::quorum;
        refuse(argument,
               fmt::format(" of queue type rabbit_{}_queue", quorum ? "quorum" : "classic"));
    }
    if (const FieldValue* const flag = arguments.find("x-cancel-on-ha-failover")) {
        if (!as_bool(*flag)) {
            refuse("x-cancel-on-ha-failover",
                   fmt::format(": {{unacceptable_type,{}}}", type_name(*flag)));
        }
    }
    const auto integer = [&](std::string_view name) -> std::optional<std::int64_t> {
        const FieldValue* const value = arguments.find(name);
        if (value == nullptr) return {};
        const auto number = as_integer(*value);
        if (number) return number;
        refuse(name, fmt::format(": \"expected integer, got {}\"", type_name(*value)));
        return {};
    };
    if (const auto priority = integer("x-priority")) {
        into.priority = static_cast<std::int32_t>(
            std::clamp<std::int64_t>(*priority, std::numeric_limits<std::int32_t>::min(),
                                     std::numeric_limits<std::int32_t>::max()));
    }
    if (const auto timeout = integer("x-consumer-timeout")) {
        if (*timeout <= 0 || *timeout > limits::longest_period.count()) {
            refuse("x-consumer-timeout", fmt::format(": {} is not between 1 and {} milliseconds",
                                                     *timeout, limits::longest_period.count()));
        }
        into.ack_timeout = std::chrono::milliseconds(*timeout);
    }
}

}  // namespace

void Channel::on(const basic::Qos& method) {
    if (method.prefetch_size != 0) {
        throw ProtocolError(reply::not_implemented,
                            fmt::format("prefetch_size!=0 ({})", method.prefetch_size));
    }
    if (method.global) {
        channel_prefetch_.limit = method.prefetch_count;
        pump_consumers();
    } else {
        consumer_prefetch_ = method.prefetch_count;
    }
    answer(basic::QosOk{});
}

void Channel::on(const basic::Consume& method) {
    if (!method.consumer_tag.empty() && consumers_.contains(method.consumer_tag.text)) {
        throw ProtocolError(reply::not_allowed, fmt::format("attempt to reuse consumer tag '{}'",
                                                            method.consumer_tag.text));
    }
    std::string tag =
        method.consumer_tag.empty() ? random_name("amq.ctag-") : method.consumer_tag.str();
    if (method.queue == reply_to_name) return consume_replies(method, std::move(tag));
    const std::string name = queue_name(method.queue);
    connection_.rights().require_read_queue(name);
    Queue& queue = vhost_.queue(name, connection_.id());
    Consumer::Properties properties{.no_ack = method.no_ack, .exclusive = method.exclusive};
    read_arguments(FieldTable::parse(method.arguments), queue, vhost_.name(), properties);
    if (queue.properties().arguments.type() == QueueType::quorum && channel_prefetch_.limit != 0) {
        throw ProtocolError(reply::not_implemented,
                            fmt::format("queue '{}' in vhost '{}' does not support global qos",
                                        queue.name(), vhost_.name()));
    }
    // Rule: RabbitMQ: a single active consumer is one already; nobody can be exclusive beside it.
    const bool alone = method.exclusive && queue.settings().single_active_consumer;
    if (alone || !queue.may_add_consumer(method.exclusive)) {
        throw ProtocolError(
            reply::access_refused,
            fmt::format("queue '{}' in vhost '{}' in exclusive use", queue.name(), vhost_.name()));
    }
    if (properties.ack_timeout) vhost_.note_ack_timeout(*properties.ack_timeout);
    add_consumer(queue, std::move(tag), properties, std::string(method.arguments.octets),
                 method.no_wait);
}

void Channel::consume_replies(const basic::Consume& method, std::string tag) {
    if (reply_queue_) {
        throw ProtocolError(reply::precondition_failed, "reply consumer already set");
    }
    if (!method.no_ack) {
        throw ProtocolError(reply::precondition_failed, "reply consumer cannot acknowledge");
    }
    reply_queue_ = vhost_.open_reply_queue();
    add_consumer(*reply_queue_, std::move(tag), {.no_ack = true}, {}, method.no_wait);
}

void Channel::add_consumer(Queue& queue, std::string tag, Consumer::Properties properties,
                           std::string arguments, bool no_wait) {
    const AmqpConsumerPtr consumer(
        new AmqpConsumer(*this, queue, tag, properties, consumer_prefetch_, std::move(arguments)));
    consumers_.emplace(std::move(tag), consumer);
    if (!properties.no_ack) ++acking_consumers_;
    queue.add_consumer(*consumer);
    if (&queue != reply_queue_) joins(*consumer);
    if (no_wait || no_reply_waits()) activate(*consumer);
    if (!no_wait) answer(basic::ConsumeOk{.consumer_tag = consumer->tag()}, consumer.get());
}

void Channel::on(const basic::Cancel& method) {
    const auto place = consumers_.find(method.consumer_tag.text);
    if (place != consumers_.end()) {
        const AmqpConsumerPtr consumer = place->second;
        forget(*consumer);
        consumer->end();  // an auto-delete queue is gone before the client sees cancel-ok
        if (reply_queue_ == &consumer->queue()) close_reply_queue();
    }
    if (!method.no_wait) answer(basic::CancelOk{.consumer_tag = method.consumer_tag});
}

void Channel::activate(AmqpConsumer& consumer) {
    consumer.activate();
    pump_later(consumer.queue());
}

void Channel::on(const basic::CancelOk&) {}  // the answer to a cancel of ours

/// The consumer is no longer one of this channel; what it holds unacked is.
void Channel::forget(AmqpConsumer& consumer) {
    leaves(consumer);
    if (!consumer.properties().no_ack) --acking_consumers_;
    consumers_.erase(consumers_.find(consumer.tag()));
}

void Channel::consumer_lost_queue(AmqpConsumer& consumer) {
    forget(consumer);
    consumer.disown();
    if (!connection_.capabilities().consumer_cancel_notify) return;
    lost_consumers_.push_back(consumer.tag());  // told after the answer, if it deleted the queue
    end_turn_later();
}

void Channel::close_reply_queue() {
    if (const QueuePtr queue = std::exchange(reply_queue_, nullptr)) {
        vhost_.close_reply_queue(*queue);
    }
}

void Channel::on(const basic::Get& method) {
    if (is_reply_name(method.queue)) {
        throw ProtocolError(reply::not_implemented,
                            fmt::format("basic.get is not supported by '{}'", method.queue.text));
    }
    const std::string name = queue_name(method.queue);
    connection_.rights().require_read_queue(name);
    Queue& queue = vhost_.queue(name, connection_.id());
    if (queue.settings().single_active_consumer &&
        queue.properties().arguments.type() == QueueType::quorum) {
        throw ProtocolError(
            reply::resource_locked,
            fmt::format("cannot obtain access to locked queue '{}' in vhost '{}'. basic.get "
                        "operations are not supported by quorum queues with single active consumer",
                        queue.name(), vhost_.name()));
    }
    if (!queue.paused() && queue.first_is_paged_out()) {
        replies().hold_get(queue, method.no_ack);
        return connection_.output_later();  // the turn must end for the store to be asked
    }
    protocol::OctetBuffer frames = take_for_get(queue, method.no_ack);
    if (!no_reply_waits()) return hold_reply(std::move(frames), nullptr, false);
    connection_.outbox().octets().append(frames.view());
    connection_.output_later();
}

void Channel::complete_get(std::uint64_t number, Queue& queue, bool no_ack) {
    connection_.output_later();
    replies_->fill(number, take_for_get(queue, no_ack));  // may end the life of the channel
}

/// Takes the first message of a queue. Returns: the frames that answer basic.get.
protocol::OctetBuffer Channel::take_for_get(Queue& queue, bool no_ack) {
    protocol::OctetBuffer frames;
    std::optional<QueuedMessage> taken;
    if (!queue.paused()) taken = queue.take();
    if (!taken) {
        count<&Figures::get_empty>(queue);
        append_method(frames, number_, basic::GetEmpty{});
        return frames;
    }
    if (taken->redelivered) count<&Figures::redeliver>(queue);
    if (vhost_.traces()) {
        vhost_.trace_delivery(*taken->message, traced(), queue, taken->redelivered);
    }
    const DeliveryTag tag{++last_delivery_tag_};
    const Message& message = *taken->message;
    append_method(frames, number_,
                  basic::GetOk{.delivery_tag = tag,
                               .redelivered = taken->redelivered,
                               .exchange = message.exchange(),
                               .routing_key = message.routing_key(),
                               .message_count = queue.ready_count()});
    append_content(frames, number_, message, connection_.frame_max());
    if (no_ack) {
        count<&Figures::get_no_ack>(queue);
        queue.settle(*taken);
    } else {
        count<&Figures::get>(queue);
        queue.statistics().unacked_octets += message.body_octets();
        unacked_.add({tag, QueuePtr(&queue), nullptr, std::move(*taken)});
    }
    return frames;
}

// Deliveries

bool Channel::has_credit(AmqpConsumer& consumer) {
    if (channel_prefetch_.full() && !consumer.properties().no_ack) return false;
    return connection_.has_outbox_credit();
}

void Channel::deliver(AmqpConsumer& consumer, const DeliverPrefix& prefix, Queue& queue,
                      QueuedMessage&& message) {
    const DeliveryTag tag{++last_delivery_tag_};
    Outbox& outbox = connection_.outbox();
    if (message.message->body_octets() < limits::refer_from_octets) {
        append_delivery(outbox.octets(), prefix, tag, message.redelivered, *message.message,
                        connection_.frame_max());
    } else {
        append_delivery_head(outbox.octets(), prefix, tag, message.redelivered, *message.message);
        outbox.refer_body(number_, message.message, connection_.frame_max());
    }
    connection_.output_later();
    if (vhost_.traces()) {
        vhost_.trace_delivery(*message.message, traced(), queue, message.redelivered);
    }
    if (message.redelivered) count<&Figures::redeliver>(queue);
    if (consumer.properties().no_ack) {
        count<&Figures::deliver_no_ack>(queue);
        queue.settle(message);
        return;
    }
    count<&Figures::deliver>(queue);
    queue.statistics().unacked_octets += message.message->body_octets();
    ++consumer.prefetch().unacked;
    ++channel_prefetch_.unacked;
    unacked_.add({tag, QueuePtr(&queue), AmqpConsumerPtr(&consumer), std::move(message)});
}

void Channel::pump_consumers() {
    for (const auto& [tag, consumer] : consumers_) pump_later(consumer->queue());
}

void Channel::pump_later(Queue& queue) { connection_.broker().turn().pump_later(queue); }

}  // namespace leveret::broker::amqp
