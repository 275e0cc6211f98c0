#include "broker/parameters.hpp"

#include <fmt/format.h>

#include "broker/stored_definitions.hpp"
#include "broker/validation.hpp"
#include "protocol/amqp/erlang_term.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

namespace {

std::optional<std::uint64_t> limit(const FieldTable& limits, std::string_view name) {
    const FieldValue* const value = limits.find(name);
    const auto number = value == nullptr ? std::nullopt : as_integer(*value);
    if (!number || *number < 0) return {};
    return static_cast<std::uint64_t>(*number);
}

void validate_limits(std::string_view name, const FieldValue& value) {
    const FieldTable* const limits = as_table(value);
    if (limits == nullptr) {
        throw ValidationFailed(
            fmt::format("{} should be a dictionary, actually was {}", name, as_term(value)));
    }
    FieldTable unknown;
    for (const auto& [key, number] : *limits) {
        if (key != connections_limit && key != queues_limit) {
            unknown.append(key, number);
        } else if (!as_integer(number)) {
            throw ValidationFailed(
                fmt::format("{} should be a number, actually was {}", key, as_term(number)));
        }
    }
    if (unknown.empty()) return;
    throw ValidationFailed(fmt::format("Unrecognised terms {} in {}", as_term(unknown), name));
}

}  // namespace

VhostLimits vhost_limits_of(const FieldValue& value) {
    const FieldTable* const limits = as_table(value);
    if (limits == nullptr) return {};
    return {.connections = limit(*limits, connections_limit),
            .queues = limit(*limits, queues_limit)};
}

void validate_parameter(std::string_view component, std::string_view name,
                        const FieldValue& value) {
    if (component == "policy" || component == "operator_policy") {
        throw ValidationFailed("policies may not be set using this method");
    }
    if (component != vhost_limits_component) {
        throw ValidationFailed(fmt::format("component {} not found", component));
    }
    validate_limits(name, value);
}

void Parameters::set(Key key, FieldValue value) {
    const auto place = entries_.find(key);
    const storage::DefinitionId id =
        place == entries_.end() ? storage::DefinitionId{store_.next_id()} : place->second.id;
    store_.define(stored::parameter(id, vhost_, {key.component, key.name}, value), {});
    entries_.insert_or_assign(std::move(key), Entry{std::move(value), id});
}

bool Parameters::erase(const Key& key) {
    const auto place = entries_.find(key);
    if (place == entries_.end()) return false;
    store_.undefine(storage::DefinitionKind::parameter, place->second.id, {});
    entries_.erase(place);
    return true;
}

void Parameters::restore(Key key, FieldValue value, storage::DefinitionId id) {
    entries_.insert_or_assign(std::move(key), Entry{std::move(value), id});
}

const FieldValue* Parameters::find(const Key& key) const {
    const auto place = entries_.find(key);
    return place == entries_.end() ? nullptr : &place->second.value;
}

}  // namespace leveret::broker
