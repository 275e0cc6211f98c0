#include "admin-ui/api/route_table.hpp"

#include <array>

#include "admin-ui/api/endpoints.hpp"

namespace leveret::admin {

using namespace endpoints;

namespace {

using enum Method;

constexpr auto table = std::to_array<Route>({
    {get, "/index.html", Right::none, get_reference, "This table, as a page."},
    {get, "/overview", Right::any, get_overview, "Totals and rates of the whole broker."},
    {get, "/cluster-name", Right::any, get_cluster_name, "The name of this broker."},
    {get, "/nodes", Right::monitor, get_nodes, "The one node."},
    {get, "/nodes/{node}", Right::monitor, get_node, "Memory, disk, descriptors of the node."},
    {get, "/extensions", Right::any, get_extensions, "Always empty."},
    {get, "/version", Right::none, get_version, "The version of this program."},
    {get, "/auth", Right::none, get_auth, "How the console logs in."},
    {get, "/whoami", Right::any, get_whoami, "The caller and its tags."},
    {post, "/login", Right::none, log_in,
     "Begins a session: a form with `username` and `password`."},
    {remove, "/login", Right::any, log_out, "Ends the session."},

    {get, "/aliveness-test/{vhost}", Right::vhost, aliveness_test,
     "Declares a queue, publishes to it and gets the message back."},
    {get, "/health/checks/alarms", Right::any, check_alarms, "Fails while an alarm stands."},
    {get, "/health/checks/local-alarms", Right::any, check_alarms, "The same."},
    {get, "/health/checks/port-listener/{port}", Right::any, check_port_listener,
     "Fails when nothing listens on the port."},
    {get, "/health/checks/protocol-listener/{protocols}", Right::any, check_protocol_listener,
     "Fails when a protocol (`amqp`, `http`) has no listener."},
    {get, "/health/checks/virtual-hosts", Right::any, check_vhosts, "The vhosts that serve."},
    {get, "/health/checks/node-is-quorum-critical", Right::any, check_quorum,
     "Never fails: there is one node."},
    {get, "/health/checks/node-is-mirror-sync-critical", Right::any, check_quorum,
     "Never fails: there is one node."},
    {get, "/health/checks/is-in-service", Right::none, check_in_service,
     "Fails while the broker starts or stops."},
    {get, "/health/checks/ready-to-serve-clients", Right::none, check_ready,
     "Fails while clients of AMQP are not served."},
    {get, "/health/checks/below-node-connection-limit", Right::none, check_in_service,
     "Never fails: there is no limit."},
    {get, "/health/checks/reached-target-cluster-size", Right::none, check_in_service,
     "Never fails: there is one node."},

    {get, "/vhosts", Right::any, get_vhosts, "The vhosts that the caller sees."},
    {get, "/vhosts/{vhost}", Right::vhost, get_vhost, "One vhost."},

    {get, "/connections", Right::any, get_connections,
     "Connections: one's own, all for monitoring."},
    {get, "/vhosts/{vhost}/connections", Right::vhost, get_connections, "Those in a vhost."},
    {get, "/connections/{connection}", Right::any, get_connection, "One connection."},
    {remove, "/connections/{connection}", Right::any, close_connection,
     "Closes a connection; `X-Reason` is what its client is told."},
    {get, "/connections/{connection}/channels", Right::any, get_channels_of_connection,
     "The channels of a connection."},
    {get, "/connections/{connection}/sessions", Right::any, get_amqp10_sessions,
     "Refused: sessions are of AMQP 1.0."},
    {get, "/connections/username/{user}", Right::any, get_connections_of_user,
     "The connections of a user."},
    {remove, "/connections/username/{user}", Right::any, close_connections_of_user,
     "Closes all connections of a user."},
    {get, "/channels", Right::any, get_channels, "Channels: one's own, all for monitoring."},
    {get, "/vhosts/{vhost}/channels", Right::vhost, get_channels, "Those in a vhost."},
    {get, "/channels/{channel}", Right::any, get_channel, "One channel."},
    {get, "/consumers", Right::any, get_consumers, "Consumers."},
    {get, "/consumers/{vhost}", Right::vhost, get_consumers, "Those in a vhost."},

    {get, "/exchanges", Right::any, get_exchanges, "Exchanges."},
    {get, "/exchanges/{vhost}", Right::vhost, get_exchanges, "Those in a vhost."},
    {get, "/exchanges/{vhost}/{exchange}", Right::vhost, get_exchange,
     "One exchange; `amq.default` is the one without a name."},
    {put, "/exchanges/{vhost}/{exchange}", Right::vhost, put_exchange,
     "Declares an exchange: `type`, `durable`, `auto_delete`, `internal`, `arguments`."},
    {remove, "/exchanges/{vhost}/{exchange}", Right::vhost, delete_exchange,
     "Deletes an exchange; with `if-unused=true` only without bindings."},
    {post, "/exchanges/{vhost}/{exchange}/publish", Right::vhost, publish,
     "Publishes a message: `routing_key`, `payload`, `payload_encoding`, `properties`."},
    {get, "/exchanges/{vhost}/{exchange}/bindings/source", Right::vhost, get_bindings_from_exchange,
     "Bindings from an exchange."},
    {get, "/exchanges/{vhost}/{exchange}/bindings/destination", Right::vhost,
     get_bindings_to_exchange, "Bindings to an exchange."},

    {get, "/queues", Right::any, get_queues, "Queues."},
    {get, "/queues/detailed", Right::any, get_queues, "The same."},
    {get, "/queues/{vhost}", Right::vhost, get_queues, "Those in a vhost."},
    {get, "/queues/{vhost}/{queue}", Right::vhost, get_queue, "One queue and its consumers."},
    {put, "/queues/{vhost}/{queue}", Right::vhost, put_queue,
     "Declares a queue: `durable`, `auto_delete`, `arguments`."},
    {remove, "/queues/{vhost}/{queue}", Right::vhost, delete_queue,
     "Deletes a queue; `if-empty=true`, `if-unused=true`, `max_messages=N` only then."},
    {get, "/queues/{vhost}/{queue}/bindings", Right::vhost, get_bindings_of_queue,
     "Bindings to a queue."},
    {remove, "/queues/{vhost}/{queue}/contents", Right::vhost, purge_queue,
     "Drops the ready messages, with `count=N` the oldest N."},
    {post, "/queues/{vhost}/{queue}/get", Right::vhost, get_messages,
     "Takes messages: `count`, `ackmode`, `encoding`, `truncate`."},
    {post, "/queues/{vhost}/{queue}/actions", Right::administrator, queue_action,
     "`sync` and `cancel_sync` do nothing: there are no mirrors."},
    {get, "/queues/{vhost}/{queue}/unacked", Right::vhost, get_unacked,
     "Deliveries that wait for their acknowledgement, the oldest first."},

    {get, "/bindings", Right::any, get_bindings, "Bindings."},
    {get, "/bindings/{vhost}", Right::vhost, get_bindings, "Those in a vhost."},
    {get, "/bindings/{vhost}/e/{exchange}/q/{queue}", Right::vhost, get_bindings_between,
     "Bindings from an exchange to a queue."},
    {post, "/bindings/{vhost}/e/{exchange}/q/{queue}", Right::vhost, post_binding,
     "Binds: `routing_key`, `arguments`."},
    {get, "/bindings/{vhost}/e/{exchange}/q/{queue}/{properties}", Right::vhost, get_binding,
     "One binding, by its `properties_key`."},
    {remove, "/bindings/{vhost}/e/{exchange}/q/{queue}/{properties}", Right::vhost, delete_binding,
     "Unbinds."},
    {get, "/bindings/{vhost}/e/{exchange}/e/{destination}", Right::vhost, get_bindings_between,
     "Bindings from an exchange to another."},
    {post, "/bindings/{vhost}/e/{exchange}/e/{destination}", Right::vhost, post_binding,
     "Binds: `routing_key`, `arguments`."},
    {get, "/bindings/{vhost}/e/{exchange}/e/{destination}/{properties}", Right::vhost, get_binding,
     "One binding, by its `properties_key`."},
    {remove, "/bindings/{vhost}/e/{exchange}/e/{destination}/{properties}", Right::vhost,
     delete_binding, "Unbinds."},

    {get, "/x/session", Right::any, get_session, "The caller's session."},
    {get, "/x/sessions", Right::any, get_sessions, "All sessions of the caller."},
    {remove, "/x/sessions", Right::any, end_other_sessions, "Ends all of them but this one."},
    {remove, "/x/sessions/{session}", Right::any, end_session, "Ends one of them."},
    {get, "/x/overview", Right::any, get_x_overview,
     "Health with its causes, totals, the queues that stand out, recent events."},
    {get, "/x/search", Right::any, search, "Objects by name: `q`, `limit`."},
    {get, "/x/events", Right::any, open_feed, "The live feed: a WebSocket."},
    {get, "/x/queues/{vhost}/{queue}", Right::vhost, get_x_queue,
     "Growth, age of the oldest message, what deliveries wait for, limits and their use."},
});

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace leveret::admin
