// Connections, channels, consumers: what clients there are and what they hold.
#include <fmt/format.h>

#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/render.hpp"

namespace leveret::admin::endpoints {

namespace {

using insight::ChannelSnapshot;
using insight::ConnectionSnapshot;
using insight::ConsumerSnapshot;

/// A connection is found by its own name and by the one its client gave it.
class Connections final : public ItemsOf<ConnectionSnapshot> {
public:
    using ItemsOf::ItemsOf;
    [[nodiscard]] bool matches(std::size_t item, const NameFilter& filter) const override {
        return filter.matches(items_[item].name) || filter.matches(connection_name(items_[item]));
    }
};

/// Whose connections the caller sees: those of one user, or nothing given for all.
std::optional<std::string> visible_user(const Call& call) {
    if (call.user().is_monitor()) return std::nullopt;
    return call.user().name;
}

void require_monitor_or_own(const Call& call, std::string_view owner) {
    if (!call.user().is_monitor() && owner != call.user().name) {
        throw not_authorised("Not monitor user");
    }
}

boost::asio::awaitable<ConnectionSnapshot> find_connection(Call& call) {
    const insight::Samples samples = call.samples();
    auto found = co_await done<ConnectionSnapshot>(
        [&](auto then) { call.broker().connection(call["connection"], samples, std::move(then)); });
    require_monitor_or_own(call, found.user);
    co_return found;
}

boost::asio::awaitable<std::vector<ConsumerSnapshot>> consumers_of(Call& call,
                                                                   insight::Vhosts vhosts) {
    co_return co_await answer<std::vector<ConsumerSnapshot>>([&](auto then) {
        call.broker().consumers({.vhosts = std::move(vhosts)}, std::move(then));
    });
}

boost::asio::awaitable<Reply> channel_list(Call& call, insight::ChannelQuery query) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    const insight::Samples samples = call.samples();
    auto channels = co_await answer<std::vector<ChannelSnapshot>>(
        [&](auto then) { call.broker().channels(std::move(query), samples, std::move(then)); });
    const View view{call.node(), stats_choice(call.query)};
    auto rows = std::make_unique<ItemsOf<ChannelSnapshot>>(
        std::move(channels), [view](const ChannelSnapshot& channel, JsonSink& out) {
            render_channel(channel, view, out);
        });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

}  // namespace

Answer get_connections(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    const insight::Samples samples = call.samples();
    auto connections = co_await answer<std::vector<ConnectionSnapshot>>([&](auto then) {
        call.broker().connections({.vhosts = call.visible_vhosts(), .user = visible_user(call)},
                                  samples, std::move(then));
    });
    const View view{call.node(), stats_choice(call.query)};
    auto rows = std::make_unique<Connections>(
        std::move(connections), [view](const ConnectionSnapshot& connection, JsonSink& out) {
            render_connection(connection, view, out);
        });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_connection(Call& call) {
    const auto connection = co_await find_connection(call);
    const View view{call.node(), stats_choice(call.query)};
    co_return object_reply(call.query,
                           [&](JsonSink& out) { render_connection(connection, view, out); });
}

Answer close_connection(Call& call) {
    const auto connection = co_await done<ConnectionSnapshot>(
        [&](auto then) { call.broker().connection(call["connection"], {}, std::move(then)); });
    if (!call.owns(connection.user)) throw not_authorised("Not administrator user");
    const std::string reason(
        call.request.fields.find("x-reason").value_or("Closed via management plugin"));
    co_await done<insight::Done>([&](auto then) {
        call.broker().close_connection(connection.name, reason, std::move(then));
    });
    co_return empty_reply(204);
}

Answer get_channels_of_connection(Call& call) {
    const auto connection = co_await find_connection(call);
    insight::ChannelQuery query{.connection = connection.name};
    co_return co_await channel_list(call, std::move(query));
}

Answer get_amqp10_sessions(Call& call) {
    co_await find_connection(call);
    throw bad_request("connection does not use AMQP 1.0");
}

Answer get_connections_of_user(Call& call) {
    const std::string user = call["user"];
    require_monitor_or_own(call, user);
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto connections = co_await answer<std::vector<ConnectionSnapshot>>([&](auto then) {
        call.broker().connections({.vhosts = call.visible_vhosts(), .user = user}, {},
                                  std::move(then));
    });
    auto rows = std::make_unique<Connections>(
        std::move(connections),
        [node = call.node()](const ConnectionSnapshot& connection, JsonSink& out) {
            out.object([&] {
                out.member("name", connection.name);
                out.member("vhost", connection.vhost);
                out.member("user", connection.user);
                out.member("node", node);
            });
        });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer close_connections_of_user(Call& call) {
    const std::string user = call["user"];
    if (!call.owns(user)) throw not_authorised("Not administrator user");
    const std::string reason(
        call.request.fields.find("x-reason").value_or("Closed via management plugin"));
    co_await answer<std::uint64_t>(
        [&](auto then) { call.broker().close_connections_of(user, reason, std::move(then)); });
    co_return empty_reply(204);
}

Answer get_channels(Call& call) {
    return channel_list(call, {.vhosts = call.visible_vhosts(), .user = visible_user(call)});
}

Answer get_channel(Call& call) {
    const insight::Samples samples = call.samples();
    const auto channel = co_await done<ChannelSnapshot>(
        [&](auto then) { call.broker().channel(call["channel"], samples, std::move(then)); });
    require_monitor_or_own(call, channel.user);
    insight::Vhosts vhost(std::in_place, 1, channel.vhost);
    std::vector<ConsumerSnapshot> consumers = co_await consumers_of(call, std::move(vhost));
    std::erase_if(consumers, [&](const auto& one) { return one.channel != channel.name; });
    const View view{call.node(), stats_choice(call.query)};
    co_return object_reply(call.query, [&](JsonSink& out) {
        out.object([&] {
            channel_members(channel, view, out);
            out.array("consumer_details", [&] {
                for (const ConsumerSnapshot& consumer : consumers) {
                    render_consumer(consumer, view, out);
                }
            });
            out.array("publishes", [] {});
            out.array("deliveries", [] {});
        });
    });
}

Answer get_consumers(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    std::vector<ConsumerSnapshot> consumers = co_await consumers_of(call, call.visible_vhosts());
    if (const auto own = visible_user(call)) {
        std::erase_if(consumers, [&](const auto& consumer) { return consumer.user != *own; });
    }
    const View view{call.node(), {}};
    auto rows = std::make_unique<ItemsOf<ConsumerSnapshot>>(
        std::move(consumers), [view](const ConsumerSnapshot& consumer, JsonSink& out) {
            render_consumer(consumer, view, out);
        });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

}  // namespace leveret::admin::endpoints
