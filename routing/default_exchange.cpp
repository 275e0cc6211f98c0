#include "routing/default_exchange.hpp"

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/reply_code.hpp"
#include "routing/route.hpp"
#include "routing/routed_message.hpp"

namespace leveret::routing {

DefaultExchange::DefaultExchange(QueueLookup& queues)
    : Exchange({.name = "", .type = "direct", .durable = true}), queues_(queues) {}

void DefaultExchange::match(RoutedMessage& message, MatchSink& sink) {
    message.for_each_key([&](std::string_view key) {
        if (Destination* queue = queues_.find_queue(key)) sink.add_implicit(*queue);
    });
}

void DefaultExchange::check_binding(std::string_view, const protocol::amqp::FieldTable&) const {
    throw protocol::amqp::ProtocolError(protocol::amqp::reply::access_refused,
                                        "operation not permitted on the default exchange");
}

}  // namespace leveret::routing
