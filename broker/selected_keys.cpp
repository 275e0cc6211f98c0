#include "broker/selected_keys.hpp"

#include "broker/rewrite.hpp"
#include "routing/routed_message.hpp"
#include "routing/sender_selected_keys.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

SelectedKeys::SelectedKeys(const BasicProperties& properties) : properties_(properties) {
    if (!properties.has(property::headers)) return;
    header_octets_ = properties.headers;
    if (!routing::may_select_keys(properties.headers)) return;
    headers_ = FieldTable::parse(properties.headers);
    routing::append_selected_keys(*headers_, keys_);
}

void SelectedKeys::route(routing::Router& router, routing::Exchange& start, const Message& message,
                         routing::Route& route) const {
    routing::RoutedMessage routed(message.routing_key(), header_octets_);
    routed.use_properties(properties_);
    routed.use_more_keys(keys_);
    router.route(start, routed, route);
}

MessagePtr SelectedKeys::erase_bcc(MessagePtr message) const {
    if (!headers_->contains("BCC")) return message;
    FieldTable visible = *headers_;
    visible.erase("BCC");
    return with_headers(*message, visible);
}

}  // namespace leveret::broker
