// Which rights each operation on a vhost needs. Whoever carries one out for a user asks here first.
//
//     declare, delete          configure on it
//     declare with an argument for dead letters or an alternate exchange, if it is new:
//                              read on it as well, and write on that exchange
//     bind, unbind             write on the destination, read on the source and on the topic
//     publish                  write on the exchange and on the topic
//     get, consume, purge      read on the queue
//
// What the vhost itself refuses before it looks at rights, in RabbitMQ's order, is passed over:
// it is refused a moment later.
#pragma once

#include <string_view>

#include "broker/access/rights.hpp"
#include "broker/vhost.hpp"
#include "routing/destination.hpp"

namespace leveret::broker {

/// All of them throw ProtocolError(access_refused).
/// Thread: broker thread.
void require_may_declare(access::Rights& rights, Vhost& vhost,
                         const ExchangeDeclaration& declaration);
void require_may_declare(access::Rights& rights, Vhost& vhost, const QueueDeclaration& declaration);
void require_may_delete_exchange(access::Rights& rights, std::string_view name);
/// To bind, and to unbind.
void require_may_bind(access::Rights& rights, Vhost& vhost, const BindingDeclaration& binding,
                      routing::Destination::Kind destination_kind);

}  // namespace leveret::broker
