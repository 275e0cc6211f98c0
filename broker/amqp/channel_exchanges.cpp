// The handlers of class exchange.
#include <fmt/format.h>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/amqp/names.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

void Channel::on(const exchange::Declare& method) {
    const std::string name = without_line_breaks(method.exchange);
    if (method.passive) {
        vhost_.declare_exchange_passively(name);
    } else {
        vhost_.declare_exchange({.name = name,
                                 .type = method.type,
                                 .durable = method.durable,
                                 .auto_delete = method.auto_delete,
                                 .internal = method.internal,
                                 .arguments = FieldTable::parse(method.arguments)});
    }
    if (!method.no_wait) answer(exchange::DeclareOk{});
}

void Channel::on(const exchange::Delete& method) {
    vhost_.delete_exchange(without_line_breaks(method.exchange), method.if_unused);
    if (!method.no_wait) answer(exchange::DeleteOk{});
}

void Channel::on(const exchange::Bind& method) {
    const std::string source = without_line_breaks(method.source);
    const std::string destination = without_line_breaks(method.destination);
    vhost_.bind_exchange({.source = source,
                          .destination = destination,
                          .routing_key = method.routing_key,
                          .arguments = FieldTable::parse(method.arguments)});
    if (!method.no_wait) answer(exchange::BindOk{});
}

void Channel::on(const exchange::Unbind& method) {
    const std::string source = without_line_breaks(method.source);
    const std::string destination = without_line_breaks(method.destination);
    vhost_.unbind_exchange({.source = source,
                            .destination = destination,
                            .routing_key = method.routing_key,
                            .arguments = FieldTable::parse(method.arguments)});
    if (!method.no_wait) answer(exchange::UnbindOk{});
}

}  // namespace leveret::broker::amqp
