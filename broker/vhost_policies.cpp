// What policies and parameters do to a vhost's queues and exchanges.
#include <utility>

#include "broker/policies.hpp"
#include "broker/queue_settings.hpp"
#include "broker/stored_definitions.hpp"
#include "broker/turn.hpp"
#include "broker/validation.hpp"
#include "broker/vhost.hpp"

namespace leveret::broker {

using namespace protocol::amqp;
using insight::EventType;

namespace {

std::string_view description(PolicyKind kind) {
    return kind == PolicyKind::user ? "" : "operator policy";
}

}  // namespace

// Policies

void Vhost::set_policies(PolicyKind kind, std::vector<Policy> policies) {
    for (const Policy& policy : policies) validate(kind, policy);
    for (Policy& policy : policies) {
        const auto& standing = policies_.all(kind);
        const auto place = standing.find(policy.name);
        const auto id = place == standing.end() ? std::nullopt : std::optional(place->second.id);
        const storage::DefinitionId given = definitions_.set(kind, policy, id);
        tell(EventType::policy_set, policy.name, 0, description(kind));
        policies_.set(kind, std::move(policy), given);
    }
    apply_policies();
    context_.turn.end_soon();
}

bool Vhost::clear_policy(PolicyKind kind, std::string_view name) {
    const auto place = policies_.all(kind).find(name);
    if (place == policies_.all(kind).end()) return false;
    definitions_.removing_policy(place->second.id);
    tell(EventType::policy_cleared, name, 0, description(kind));
    policies_.erase(kind, name);
    apply_policies();
    context_.turn.end_soon();
    return true;
}

std::vector<EffectiveSetting> Vhost::effective_settings(const Queue& queue) const {
    return broker::effective_settings(queue.properties().arguments, policies_.of(queue));
}

void Vhost::apply_policies() {
    for (const auto& [name, exchange] : exchanges_) apply_policies(*exchange);
    for (const auto& [name, queue] : queues_) apply_policies(*queue);
}

void Vhost::apply_policies(Queue& queue) {
    const QueueArguments& arguments = queue.properties().arguments;
    const AppliedPolicies& applied = policies_.find_for(queue, target_of(arguments.type()));
    QueueSettings settings = settings_of(arguments, broker::effective_settings(arguments, applied));
    if (settings.consumer_timeout) note_ack_timeout(*settings.consumer_timeout);
    if (settings != queue.settings()) queue.apply(std::move(settings));
}

/// Rule: RabbitMQ: the default exchange has no alternate.
void Vhost::apply_policies(routing::Exchange& exchange) {
    if (exchange.name().empty()) return;
    const AppliedPolicies& applied = policies_.find_for(exchange, PolicyTarget::exchange);
    std::optional<std::string> alternate;
    if (applied.user != nullptr) {
        const FieldValue* const value = applied.user->definition.find("alternate-exchange");
        if (value != nullptr) alternate = as_string(*value);
    }
    if (alternate == exchange.policy_alternate_exchange()) return;
    exchange.set_policy_alternate_exchange(std::move(alternate));
    ++routing_generation_;
}

// Parameters

void Vhost::set_parameter(std::string component, std::string name, FieldValue value) {
    validate_parameter(component, name, value);
    keep_parameter(std::move(component), std::move(name), std::move(value));
}

void Vhost::keep_parameter(std::string component, std::string name, FieldValue value) {
    tell(EventType::parameter_set, name, 0, component);
    parameters_.set({std::move(component), std::move(name)}, std::move(value));
    parameters_changed();
}

bool Vhost::clear_parameter(const std::string& component, const std::string& name) {
    if (!parameters_.erase({component, name})) return false;
    tell(EventType::parameter_cleared, name, 0, component);
    parameters_changed();
    return true;
}

void Vhost::parameters_changed() {
    definitions_.changed();
    context_.turn.end_soon();
    read_limits();
}

void Vhost::read_limits() {
    const FieldValue* const value =
        parameters_.find({std::string(vhost_limits_component), std::string(vhost_limits_name)});
    limits_ = value == nullptr ? VhostLimits{} : vhost_limits_of(*value);
}

// Restart

void Vhost::restore(stored::Policy&& stored, storage::DefinitionId id) {
    policies_.set(stored.kind, std::move(stored.policy), id);
}

void Vhost::restore(stored::Parameter&& stored, storage::DefinitionId id) {
    parameters_.restore(std::move(stored.key), std::move(stored.value), id);
}

void Vhost::restored() {
    apply_policies();
    read_limits();
}

}  // namespace leveret::broker
