#include "broker/definition_log.hpp"

#include "broker/stored_definitions.hpp"

namespace leveret::broker {

namespace {

bool durable(const routing::Destination& destination) {
    if (destination.kind() == routing::Destination::Kind::queue) {
        return static_cast<const Queue&>(destination).properties().durable;
    }
    return static_cast<const routing::Exchange&>(destination).properties().durable;
}

}  // namespace

void DefinitionLog::set(storage::DefinitionId id, const VhostMetadata& metadata) {
    ++changes_;
    store_.define(stored::vhost(id, vhost_, metadata), {});
}

void DefinitionLog::removing_vhost(storage::DefinitionId id) {
    ++changes_;
    store_.undefine(storage::DefinitionKind::vhost, id, {});
}

void DefinitionLog::added(const routing::Exchange& exchange) {
    if (!exchange.properties().durable) return;
    const storage::DefinitionId id = next_id();
    exchanges_.emplace(&exchange, id);
    store_.define(stored::exchange(id, vhost_, exchange.properties()), {});
}

void DefinitionLog::added(const Queue& queue) {
    if (!queue.properties().durable) return;
    ++changes_;
    store_.define(stored::queue(vhost_, queue), {});
}

void DefinitionLog::added(const routing::Binding& binding) {
    if (!binding.source.properties().durable || !durable(binding.destination)) return;
    const storage::DefinitionId id = next_id();
    bindings_.emplace(&binding, id);
    store_.define(stored::binding(id, vhost_, binding), {});
}

storage::DefinitionId DefinitionLog::set(PolicyKind kind, const Policy& policy,
                                         std::optional<storage::DefinitionId> id) {
    const storage::DefinitionId given = id ? *id : next_id();
    ++changes_;
    store_.define(stored::policy(given, vhost_, kind, policy), {});
    return given;
}

void DefinitionLog::removing_policy(storage::DefinitionId id) {
    ++changes_;
    store_.undefine(storage::DefinitionKind::policy, id, {});
}

void DefinitionLog::removing(const routing::Exchange& exchange) {
    for (const routing::Binding& binding : exchange.incoming()) removing(binding);
    for (const routing::Binding& binding : exchange.outgoing()) removing(binding);
    const auto place = exchanges_.find(&exchange);
    if (place == exchanges_.end()) return;
    ++changes_;
    store_.undefine(storage::DefinitionKind::exchange, place->second, {});
    exchanges_.erase(place);
}

void DefinitionLog::removing(const Queue& queue) {
    for (const routing::Binding& binding : queue.incoming()) removing(binding);
    if (queue.properties().durable) ++changes_;
}

void DefinitionLog::removing(const routing::Binding& binding) {
    const auto place = bindings_.find(&binding);
    if (place == bindings_.end()) return;
    ++changes_;
    store_.undefine(storage::DefinitionKind::binding, place->second, {});
    bindings_.erase(place);
}

}  // namespace leveret::broker
