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

}  // namespace leveret::broker::amqp
