// Publishing: from a whole content to its queues, and its confirm.
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/publish_checks.hpp"
#include "broker/rewrite.hpp"
#include "broker/selected_keys.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

namespace {

/// Properties that a rule of publishing looks at. A message with none of them may take the
/// remembered route unseen.
constexpr std::uint16_t ruled_properties =
    property::headers | property::reply_to | property::expiration | property::user_id;

}  // namespace

void Channel::publish(Content&& content) {
    MessagePtr message = std::move(content.message);
    connection_.publishing(*message);
    if (content.immediate) throw ProtocolError(reply::not_implemented, "immediate=true");
    const bool remembered = remembered_generation_ == vhost_.routing_generation() &&
                            message->route_wire() == remembered_route_wire_;
    Arrival arrival{.persistent = message->persistent()};
    if (!remembered || (message->property_flags() & ruled_properties) != 0) {
        check_and_route(message, arrival, remembered);
    }
    route_.take(message);
    if (transaction_) {
        put_aside(std::move(message), arrival, content.mandatory);
    } else {
        (void)enqueue(message, arrival, content.mandatory, route_.queues);
    }
}

/// Checks the message in the order of RabbitMQ's channel, rewrites it where a rule says so, and
/// finds its queues, unless the remembered route leads there.
void Channel::check_and_route(MessagePtr& message, Arrival& arrival, bool remembered) {
    const std::string_view name = message->exchange();
    access::Rights& rights = connection_.rights();
    rights.require_write_exchange(name);
    routing::Exchange& exchange = vhost_.exchange(name);
    if (exchange.properties().internal) {
        throw ProtocolError(reply::access_refused,
                            fmt::format("cannot publish to internal exchange '{}' in vhost '{}'",
                                        name, vhost_.name()));
    }
    rights.require_write_topic(exchange, message->routing_key());
    BasicProperties properties = message->properties();
    if (properties.has(property::reply_to) && properties.reply_to == reply_to_name) {
        if (!reply_queue_) {
            throw ProtocolError(reply::precondition_failed, "fast reply consumer does not exist");
        }
        message = with_reply_to(*message, reply_queue_->name());
        properties = message->properties();
    }
    arrival = arrival_of(properties);
    const SelectedKeys selected(properties);
    for (const std::string_view key : selected.keys()) rights.require_write_topic(exchange, key);
    if (properties.has(property::user_id) && !rights.may_impersonate()) {
        require_own_user_id(properties, connection_.user());
    }

    if (remembered && selected.empty()) return;
    remembered_generation_ = 0;
    selected.route(vhost_.router(), exchange, *message, route_);
    arrival.delay = route_.delay;
    if (route_.may_be_remembered) {
        remembered_route_wire_ = message->route_wire();
        remembered_generation_ = vhost_.routing_generation();
    }
    message = selected.without_bcc(std::move(message), route_);
}

/// Hands a message to its queues. The confirm is due when all of them have it; when nothing of it
/// must be stored that is now.
bool Channel::enqueue(const MessagePtr& message, const Arrival& arrival, bool mandatory,
                      std::span<routing::Destination* const> queues) {
    ++counters_.publish;
    if (vhost_.traces()) vhost_.trace_publish(*message, traced(), queues);
    const Vhost::Placed placed = vhost_.place(message, arrival, queues);
    for (routing::Destination* const destination : queues) {
        Queue& queue = static_cast<Queue&>(*destination);
        if (queue.consumer_count() != 0) connection_.published_to(queue);
    }
    if (queues.empty() && !is_lost_reply(*message)) {
        if (mandatory) {
            return_unroutable(message);
        } else {
            ++counters_.drop_unroutable;
        }
    }
    const bool accepted = !placed.refused;
    vhost_.stored(message, arrival, placed, queues, confirm(placed));
    return accepted;
}

/// Returns: who waits until the message is durable.
storage::Waiter Channel::confirm(const Vhost::Placed& placed) {
    if (!confirms_) return {};
    // Rule: RabbitMQ: one queue that refuses is a nack, whoever else took the message.
    if (placed.refused) {
        confirms_->refused();
        return {};
    }
    if (!placed.durable) {
        confirms_->settled_at_once();
        return {};
    }
    return {confirms_, static_cast<std::uint64_t>(confirms_->expect())};
}

/// Rule: RabbitMQ: a reply counts as routed even when whoever asked is gone.
bool Channel::is_lost_reply(const Message& message) {
    return message.exchange().empty() && is_reply_queue_name(message.routing_key());
}

void Channel::return_unroutable(const MessagePtr& message) {
    ++counters_.return_unroutable;
    send(basic::Return{.reply_code = reply::no_route.number,
                       .reply_text = reply::no_route.name,
                       .exchange = message->exchange(),
                       .routing_key = message->routing_key()});
    connection_.outbox().append_content(number_, message, connection_.frame_max());
}

void Channel::on(const confirm::Select& method) {
    if (transaction_) {
        throw ProtocolError(reply::precondition_failed, "cannot switch from tx to confirm mode");
    }
    if (!confirms_) confirms_ = new Confirms(*this);
    if (!method.no_wait) answer(confirm::SelectOk{});
}

}  // namespace leveret::broker::amqp
