// How a channel sends a method; apart from channel.hpp because it needs the whole connection.
#pragma once

#include "broker/amqp/channel.hpp"
#include "broker/amqp/connection.hpp"
#include "protocol/amqp/method_codec.hpp"

namespace leveret::broker::amqp {

template <class Method>
void Channel::send(const Method& method) {
    protocol::amqp::append_method(connection_.outbox().octets(), number_, method);
    connection_.output_later();
}

template <class Method>
void Channel::answer(const Method& method, AmqpConsumer* activates) {
    protocol::OctetBuffer frame;
    const bool to_be_stored = vhost_.stored_changes() != changes_before_method_;
    if (!to_be_stored && no_reply_waits()) return send(method);
    protocol::amqp::append_method(frame, number_, method);
    hold_reply(std::move(frame), activates, to_be_stored);
}

}  // namespace leveret::broker::amqp
