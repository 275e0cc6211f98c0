// Changing users, vhosts and permissions from outside, and lists of them.
#pragma once

#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "broker/insight/access_requests.hpp"
#include "broker/insight/inspector.hpp"
#include "broker/insight/result.hpp"

namespace leveret::broker::insight {

/// All are done at once; what they changed may have to become durable yet.
/// Thread: broker thread.
[[nodiscard]] Result<Inspector::Declared> put(Broker& broker, const PutUser& request);
[[nodiscard]] Result<Done> set(Broker& broker, const ChangePassword& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeleteUsers& request);
[[nodiscard]] Result<Done> set(Broker& broker, const SetUserLimit& request);
[[nodiscard]] Result<Inspector::Declared> put(Broker& broker, const PutVhost& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeleteVhost& request);
[[nodiscard]] Result<Inspector::Declared> put(Broker& broker, const PutPermission& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeletePermission& request);
[[nodiscard]] Result<Inspector::Declared> put(Broker& broker, const PutTopicPermission& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeleteTopicPermission& request);

/// Refused when there is no such right, whether there is such a queue or not.
[[nodiscard]] Result<Done> check(Broker& broker, const MayRead& request);

/// In the order of their names.
[[nodiscard]] std::vector<UserSnapshot> list_users(Broker& broker);
[[nodiscard]] Result<UserSnapshot> find_user(Broker& broker, const std::string& name);
[[nodiscard]] std::vector<PermissionSnapshot> list_permissions(Broker& broker,
                                                               const PermissionQuery& query);
[[nodiscard]] std::vector<TopicPermissionSnapshot> list_topic_permissions(
    Broker& broker, const PermissionQuery& query);

}  // namespace leveret::broker::insight
