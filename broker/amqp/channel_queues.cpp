// The handlers of class queue.
#include <fmt/format.h>

#include <utility>

#include "broker/access_checks.hpp"
#include "broker/amqp/channel.hpp"
#include "broker/amqp/channel_send.hpp"
#include "broker/amqp/connection.hpp"
#include "broker/amqp/names.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

namespace {

/// Rule: 0-9-1: when the queue is the last one declared, an empty key is its name as well.
template <class Method>
std::string_view routing_key(const Method& method, std::string_view queue) {
    return method.queue.empty() && method.routing_key.empty() ? queue : method.routing_key.text;
}

}  // namespace

void Channel::on(const queue::Declare& method) {
    const std::string name = without_line_breaks(method.queue);
    // The names of replies have no queue behind them to declare: asking tells whether they are
    // read.
    if (is_reply_name(name)) {
        return probe_reply_queue(name, method.no_wait);
    }
    if (method.passive) {
        return declare_ok(vhost_.queue(name, connection_.id()), method.no_wait);
    }
    const std::string generated_name = name.empty() ? generated_queue_name() : std::string();
    QueueDeclaration declaration{.name = name,
                                 .durable = method.durable,
                                 .exclusive = method.exclusive,
                                 .auto_delete = method.auto_delete,
                                 .arguments = FieldTable::parse(method.arguments),
                                 .generated_name = generated_name};
    require_may_declare(connection_.rights(), vhost_, declaration);
    Queue& queue = vhost_.declare_queue(std::move(declaration), connection_.id());
    if (!method.durable && !method.exclusive) connection_.warn_transient_queue(queue.name());
    declare_ok(queue, method.no_wait);
}

void Channel::declare_ok(Queue& queue, bool no_wait) {
    last_queue_ = queue.name();
    queue.used();
    if (no_wait) return;
    answer(queue::DeclareOk{.queue = queue.name(),
                            .message_count = queue.ready_count(),
                            .consumer_count = queue.consumer_count()});
}

void Channel::probe_reply_queue(std::string_view name, bool no_wait) {
    if (name != reply_to_name && vhost_.find_reply_queue(name) == nullptr) {
        throw ProtocolError(reply::not_found,
                            fmt::format("no queue '{}' in vhost '{}'", name, vhost_.name()));
    }
    last_queue_ = name;
    if (!no_wait) answer(queue::DeclareOk{.queue = name, .message_count = 0, .consumer_count = 1});
}

void Channel::on(const queue::Bind& method) {
    const std::string queue = queue_name(without_line_breaks(method.queue));
    const std::string exchange = without_line_breaks(method.exchange);
    BindingDeclaration binding{.source = exchange,
                               .destination = queue,
                               .routing_key = routing_key(method, queue),
                               .arguments = FieldTable::parse(method.arguments)};
    require_may_bind(connection_.rights(), vhost_, binding, routing::Destination::Kind::queue);
    vhost_.bind_queue(std::move(binding), connection_.id());
    if (!method.no_wait) answer(queue::BindOk{});
}

void Channel::on(const queue::Unbind& method) {
    const std::string queue = queue_name(without_line_breaks(method.queue));
    const std::string exchange = without_line_breaks(method.exchange);
    BindingDeclaration binding{.source = exchange,
                               .destination = queue,
                               .routing_key = routing_key(method, queue),
                               .arguments = FieldTable::parse(method.arguments)};
    require_may_bind(connection_.rights(), vhost_, binding, routing::Destination::Kind::queue);
    vhost_.unbind_queue(std::move(binding), connection_.id());
    answer(queue::UnbindOk{});
}

void Channel::on(const queue::Purge& method) {
    const std::string name = queue_name(method.queue);
    connection_.rights().require_read_queue(name);
    const std::uint32_t count = vhost_.purge_queue(name, connection_.id());
    if (!method.no_wait) answer(queue::PurgeOk{.message_count = count});
}

void Channel::on(const queue::Delete& method) {
    const std::string name = queue_name(without_line_breaks(method.queue));
    connection_.rights().require_configure_queue(name);
    const std::uint32_t count =
        vhost_.delete_queue(name, connection_.id(), method.if_unused, method.if_empty);
    if (!method.no_wait) answer(queue::DeleteOk{.message_count = count});
}

}  // namespace leveret::broker::amqp
