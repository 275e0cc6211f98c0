// What a broker is made of, as a file of definitions in RabbitMQ's shape.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin-ui/api/json_sink.hpp"
#include "broker/insight/access_requests.hpp"
#include "broker/insight/policy_requests.hpp"
#include "broker/insight/snapshots.hpp"

namespace leveret::admin {

/// All that stands, as it was asked for.
struct Standing {
    std::vector<broker::insight::UserSnapshot> users{};
    std::vector<broker::insight::VhostSnapshot> vhosts{};
    std::vector<broker::insight::PermissionSnapshot> permissions{};
    std::vector<broker::insight::TopicPermissionSnapshot> topic_permissions{};
    std::vector<broker::insight::ParameterSnapshot> global_parameters{};
    std::vector<broker::insight::ParameterSnapshot> parameters{};
    std::vector<broker::insight::PolicySnapshot> policies{};
    std::vector<broker::insight::PolicySnapshot> operator_policies{};
    std::vector<broker::insight::QueueSnapshot> queues{};
    std::vector<broker::insight::ExchangeSnapshot> exchanges{};
    std::vector<broker::insight::BindingSnapshot> bindings{};
};

/// What the head of the document says of the broker.
struct DefinitionsHead {
    std::string rabbitmq_version{};
    std::string cluster_name{};
};

/// Exclusive queues, what every vhost has anyway, and bindings of what is left out are left out.
/// `vhost`: of this one alone; its entries do not name it.
/// Thread: any.
[[nodiscard]] std::string write_definitions(const Standing& standing, const DefinitionsHead& head,
                                            const std::optional<std::string>& vhost);

// Objects as they also stand alone.

void render_user(const broker::access::User& user, JsonSink& out);
void render_permission(const broker::insight::PermissionSnapshot& permission, JsonSink& out);
void render_topic_permission(const broker::insight::TopicPermissionSnapshot& permission,
                             JsonSink& out);
/// The members of a policy, but for its vhost and name.
void policy_members(const broker::Policy& policy, JsonSink& out);

}  // namespace leveret::admin
