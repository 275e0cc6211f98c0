// Setting and clearing policies, parameters and limits from outside, and lists of them.
#pragma once

#include <memory>
#include <vector>

#include "broker/broker.hpp"
#include "broker/insight/inspector.hpp"
#include "broker/insight/lists.hpp"
#include "broker/insight/policy_requests.hpp"
#include "broker/insight/result.hpp"

namespace leveret::broker::insight {

/// All are done at once; what they changed may have to become durable yet.
/// Thread: broker thread.
[[nodiscard]] Result<Inspector::Declared> set(Broker& broker, const SetPolicies& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeletePolicy& request);
[[nodiscard]] Result<Inspector::Declared> set(Broker& broker, const SetParameter& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeleteParameter& request);
[[nodiscard]] Result<Inspector::Declared> set(Broker& broker, const SetGlobalParameter& request);
[[nodiscard]] Result<Done> remove_global_parameter(Broker& broker, const std::string& name);
[[nodiscard]] Result<Done> set(Broker& broker, const SetTracing& request);
[[nodiscard]] Result<Done> set(Broker& broker, const SetVhostLimit& request);
[[nodiscard]] Result<Done> remove(Broker& broker, const DeleteVhostLimit& request);

[[nodiscard]] Result<PolicySnapshot> find_policy(Broker& broker, PolicyKind kind,
                                                 const ObjectName& name);
[[nodiscard]] std::vector<ParameterSnapshot> global_parameters(Broker& broker);
/// Of those vhosts that have any.
[[nodiscard]] std::vector<VhostLimitsSnapshot> limits_of(Broker& broker, const Vhosts& vhosts);

[[nodiscard]] std::unique_ptr<Task> list_policies(Broker& broker, PolicyKind kind, Vhosts vhosts,
                                                  Gather<PolicySnapshot> gather);
[[nodiscard]] std::unique_ptr<Task> list_parameters(Broker& broker, ParameterQuery query,
                                                    Gather<ParameterSnapshot> gather);

}  // namespace leveret::broker::insight
