// The handlers of class exchange.
#include <fmt/format.h>

#include <utility>

#include "broker/access_checks.hpp"
#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/amqp/names.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;
using Kind = routing::Destination::Kind;

void Channel::on(const exchange::Declare& method) {
    const std::string name = without_line_breaks(method.exchange);
    if (method.passive) {
        vhost_.declare_exchange_passively(name);
    } else {
        ExchangeDeclaration declaration{.name = name,
                                        .type = method.type,
                                        .durable = method.durable,
                                        .auto_delete = method.auto_delete,
                                        .internal = method.internal,
                                        .arguments = FieldTable::parse(method.arguments)};
        require_may_declare(connection_.rights(), vhost_, declaration);
        vhost_.declare_exchange(std::move(declaration));
    }
    if (!method.no_wait) answer(exchange::DeclareOk{});
}

void Channel::on(const exchange::Delete& method) {
    const std::string name = without_line_breaks(method.exchange);
    require_may_delete_exchange(connection_.rights(), name);
    vhost_.delete_exchange(name, method.if_unused);
    if (!method.no_wait) answer(exchange::DeleteOk{});
}

void Channel::on(const exchange::Bind& method) {
    const std::string source = without_line_breaks(method.source);
    const std::string destination = without_line_breaks(method.destination);
    BindingDeclaration binding{.source = source,
                               .destination = destination,
                               .routing_key = method.routing_key,
                               .arguments = FieldTable::parse(method.arguments)};
    require_may_bind(connection_.rights(), vhost_, binding, Kind::exchange);
    vhost_.bind_exchange(std::move(binding));
    if (!method.no_wait) answer(exchange::BindOk{});
}

void Channel::on(const exchange::Unbind& method) {
    const std::string source = without_line_breaks(method.source);
    const std::string destination = without_line_breaks(method.destination);
    BindingDeclaration binding{.source = source,
                               .destination = destination,
                               .routing_key = method.routing_key,
                               .arguments = FieldTable::parse(method.arguments)};
    require_may_bind(connection_.rights(), vhost_, binding, Kind::exchange);
    vhost_.unbind_exchange(std::move(binding));
    if (!method.no_wait) answer(exchange::UnbindOk{});
}

}  // namespace leveret::broker::amqp
