// The handlers of all endpoints, by the file that has them. The route table leads to them.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "admin-ui/api/call.hpp"

namespace leveret::admin::endpoints {

using Answer = boost::asio::awaitable<Reply>;

// server.cpp
Answer get_overview(Call& call);
Answer get_cluster_name(Call& call);
Answer get_nodes(Call& call);
Answer get_node(Call& call);
Answer get_extensions(Call& call);
Answer get_version(Call& call);
Answer get_reference(Call& call);

// vhosts.cpp
Answer get_vhosts(Call& call);
Answer get_vhost(Call& call);
Answer put_vhost(Call& call);
Answer delete_vhost(Call& call);
Answer protect_vhost(Call& call);
Answer unprotect_vhost(Call& call);
Answer start_vhost(Call& call);

// accounts.cpp
Answer get_users(Call& call);
Answer get_users_without_permissions(Call& call);
Answer get_user(Call& call);
Answer put_user(Call& call);
Answer delete_user(Call& call);
Answer delete_users(Call& call);
Answer get_permissions(Call& call);
Answer get_permission(Call& call);
Answer put_permission(Call& call);
Answer delete_permission(Call& call);
Answer get_topic_permissions(Call& call);
Answer put_topic_permission(Call& call);
Answer delete_topic_permissions(Call& call);
Answer get_user_limits(Call& call);
Answer put_user_limit(Call& call);
Answer delete_user_limit(Call& call);

// definitions.cpp
Answer get_definitions(Call& call);
Answer post_definitions(Call& call);
Answer post_x_definitions(Call& call);

// login.cpp
Answer get_auth(Call& call);
Answer get_whoami(Call& call);
Answer log_in(Call& call);
Answer log_out(Call& call);
Answer get_session(Call& call);
Answer get_sessions(Call& call);
Answer end_session(Call& call);
Answer end_other_sessions(Call& call);

// health.cpp
Answer aliveness_test(Call& call);
Answer check_alarms(Call& call);
Answer check_port_listener(Call& call);
Answer check_protocol_listener(Call& call);
Answer check_vhosts(Call& call);
Answer check_quorum(Call& call);
Answer check_in_service(Call& call);
Answer check_ready(Call& call);

// connections.cpp
Answer get_connections(Call& call);
Answer get_connection(Call& call);
Answer close_connection(Call& call);
Answer get_channels_of_connection(Call& call);
Answer get_amqp10_sessions(Call& call);
Answer get_connections_of_user(Call& call);
Answer close_connections_of_user(Call& call);
Answer get_channels(Call& call);
Answer get_channel(Call& call);
Answer get_consumers(Call& call);

// exchanges.cpp
Answer get_exchanges(Call& call);
Answer get_exchange(Call& call);
Answer put_exchange(Call& call);
Answer delete_exchange(Call& call);
Answer publish(Call& call);

// queues.cpp
Answer get_queues(Call& call);
Answer get_queue(Call& call);
Answer put_queue(Call& call);
Answer delete_queue(Call& call);
Answer purge_queue(Call& call);
Answer get_messages(Call& call);
Answer queue_action(Call& call);
Answer get_unacked(Call& call);

// pause.cpp
Answer pause_queue(Call& call);
Answer resume_queue(Call& call);

// bindings.cpp
Answer get_bindings(Call& call);
Answer get_bindings_from_exchange(Call& call);
Answer get_bindings_to_exchange(Call& call);
Answer get_bindings_of_queue(Call& call);
Answer get_bindings_between(Call& call);
Answer post_binding(Call& call);
Answer get_binding(Call& call);
Answer delete_binding(Call& call);

// policies.cpp
Answer get_policies(Call& call);
Answer get_policy(Call& call);
Answer put_policy(Call& call);
Answer delete_policy(Call& call);

// parameters.cpp
Answer get_parameters(Call& call);
Answer get_parameters_of_component(Call& call);
Answer get_parameter(Call& call);
Answer put_parameter(Call& call);
Answer delete_parameter(Call& call);
Answer get_global_parameters(Call& call);
Answer get_global_parameter(Call& call);
Answer put_global_parameter(Call& call);
Answer delete_global_parameter(Call& call);
Answer get_vhost_limits(Call& call);
Answer put_vhost_limit(Call& call);
Answer delete_vhost_limit(Call& call);

// peek.cpp
Answer peek(Call& call);
Answer peek_one(Call& call);

// watch.cpp
Answer get_x_queue(Call& call);
Answer get_x_overview(Call& call);
Answer search(Call& call);
Answer open_feed(Call& call);

}  // namespace leveret::admin::endpoints
