#include "broker/stored_definitions.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "broker/stored_fields.hpp"

namespace leveret::broker::stored {

using protocol::amqp::FieldTable;
using storage::Definition;
using storage::DefinitionId;
using storage::DefinitionKind;

namespace {

constexpr std::uint8_t flag_auto_delete = 1;
constexpr std::uint8_t flag_internal = 2;
constexpr std::uint8_t flag_delays = 4;
constexpr std::uint8_t flag_paused = 8;
constexpr std::uint8_t flag_protected = 16;

}  // namespace

Definition vhost(DefinitionId id, std::string_view name, const VhostMetadata& metadata) {
    Definition definition{.kind = DefinitionKind::vhost, .id = id};
    add(definition, Tag::name, name);
    add(definition, Tag::description, metadata.description);
    for (const std::string& tag : metadata.tags) add(definition, Tag::tag, tag);
    add(definition, Tag::queue_type, metadata.default_queue_type);
    add_octet(definition, Tag::flags, metadata.protected_from_deletion ? flag_protected : 0);
    return definition;
}

Definition exchange(DefinitionId id, std::string_view vhost,
                    const routing::ExchangeProperties& properties) {
    Definition definition{.kind = DefinitionKind::exchange, .id = id};
    add(definition, Tag::vhost, vhost);
    add(definition, Tag::name, properties.name);
    add(definition, Tag::type, properties.type);
    add_octet(definition, Tag::flags,
              static_cast<std::uint8_t>((properties.auto_delete ? flag_auto_delete : 0) |
                                        (properties.internal ? flag_internal : 0)));
    add(definition, Tag::arguments, properties.arguments.encoded());
    return definition;
}

Definition queue(std::string_view vhost, const broker::Queue& queue) {
    Definition definition{.kind = DefinitionKind::queue,
                          .id = DefinitionId{static_cast<std::uint64_t>(queue.id())}};
    add(definition, Tag::vhost, vhost);
    const QueueProperties& properties = queue.properties();
    add(definition, Tag::name, queue.name());
    add_octet(definition, Tag::flags,
              static_cast<std::uint8_t>((properties.auto_delete ? flag_auto_delete : 0) |
                                        (properties.delays ? flag_delays : 0) |
                                        (queue.paused() ? flag_paused : 0)));
    add(definition, Tag::arguments, properties.arguments.table().encoded());
    return definition;
}

Definition binding(DefinitionId id, std::string_view vhost, const routing::Binding& binding) {
    const bool to_exchange = binding.destination.kind() == routing::Destination::Kind::exchange;
    Definition definition{.kind = DefinitionKind::binding, .id = id};
    add(definition, Tag::vhost, vhost);
    add(definition, Tag::source, binding.source.name());
    add(definition, Tag::destination, binding.destination.name());
    add_octet(definition, Tag::destination_kind, to_exchange ? 1 : 0);
    add(definition, Tag::routing_key, binding.routing_key);
    add(definition, Tag::arguments, binding.arguments_octets);
    return definition;
}

Definition policy(DefinitionId id, std::string_view vhost, PolicyKind kind,
                  const broker::Policy& policy) {
    Definition definition{.kind = DefinitionKind::policy, .id = id};
    add(definition, Tag::vhost, vhost);
    add(definition, Tag::name, policy.name);
    add(definition, Tag::pattern, policy.pattern);
    std::string priority;
    for (int shift = 0; shift < 32; shift += 8) {
        priority.push_back(
            static_cast<char>((static_cast<std::uint32_t>(policy.priority) >> shift) & 0xFF));
    }
    add(definition, Tag::priority, priority);
    add_octet(definition, Tag::applies_to, static_cast<std::uint8_t>(policy.applies_to));
    add_octet(definition, Tag::policy_kind, static_cast<std::uint8_t>(kind));
    add(definition, Tag::definition, policy.definition.encoded());
    return definition;
}

Definition parameter(DefinitionId id, std::string_view vhost, const Parameters::Key& key,
                     const protocol::amqp::FieldValue& value) {
    Definition definition{.kind = DefinitionKind::parameter, .id = id};
    add(definition, Tag::vhost, vhost);
    add(definition, Tag::component, key.component);
    add(definition, Tag::name, key.name);
    add(definition, Tag::value, FieldTable{{"value", value}}.encoded());
    return definition;
}

Vhost read_vhost(const Definition& definition) {
    return {.name = text(definition, Tag::name),
            .metadata = {
                .description = text(definition, Tag::description),
                .tags = texts(definition, Tag::tag),
                .default_queue_type = text(definition, Tag::queue_type),
                .protected_from_deletion = (octet(definition, Tag::flags) & flag_protected) != 0}};
}

Exchange read_exchange(const Definition& definition) {
    const std::uint8_t flags = octet(definition, Tag::flags);
    return {.vhost = text(definition, Tag::vhost),
            .properties = {.name = text(definition, Tag::name),
                           .type = text(definition, Tag::type),
                           .durable = true,
                           .auto_delete = (flags & flag_auto_delete) != 0,
                           .internal = (flags & flag_internal) != 0,
                           .arguments = table(definition, Tag::arguments)}};
}

Queue read_queue(const Definition& definition) {
    const std::uint8_t flags = octet(definition, Tag::flags);
    return {.vhost = text(definition, Tag::vhost),
            .name = text(definition, Tag::name),
            .auto_delete = (flags & flag_auto_delete) != 0,
            .delays = (flags & flag_delays) != 0,
            .paused = (flags & flag_paused) != 0,
            .arguments = table(definition, Tag::arguments)};
}

Binding read_binding(const Definition& definition) {
    const std::uint8_t kind = octet(definition, Tag::destination_kind);
    if (kind > 1) damaged(definition, Tag::destination_kind, "is neither 0 nor 1");
    return {.vhost = text(definition, Tag::vhost),
            .source = text(definition, Tag::source),
            .destination = text(definition, Tag::destination),
            .destination_kind = kind == 1 ? routing::Destination::Kind::exchange
                                          : routing::Destination::Kind::queue,
            .routing_key = text(definition, Tag::routing_key),
            .arguments = table(definition, Tag::arguments)};
}

Policy read_policy(const Definition& definition) {
    const std::string octets = text(definition, Tag::priority);
    if (octets.size() != 4) damaged(definition, Tag::priority, "is not four octets");
    std::uint32_t priority = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        priority |= std::uint32_t{static_cast<std::uint8_t>(octets[i])} << (8 * i);
    }
    const std::uint8_t kind = octet(definition, Tag::policy_kind);
    if (kind > 1) damaged(definition, Tag::policy_kind, "is neither 0 nor 1");
    const std::uint8_t applies_to = octet(definition, Tag::applies_to);
    if (applies_to > static_cast<std::uint8_t>(AppliesTo::streams)) {
        damaged(definition, Tag::applies_to, "is unknown");
    }
    return {.vhost = text(definition, Tag::vhost),
            .kind = static_cast<PolicyKind>(kind),
            .policy = {.name = text(definition, Tag::name),
                       .pattern = text(definition, Tag::pattern),
                       .definition = table(definition, Tag::definition),
                       .priority = static_cast<std::int32_t>(priority),
                       .applies_to = static_cast<AppliesTo>(applies_to)}};
}

Parameter read_parameter(const Definition& definition) {
    const FieldTable wrapped = table(definition, Tag::value);
    const protocol::amqp::FieldValue* const value = wrapped.find("value");
    if (value == nullptr) damaged(definition, Tag::value, "holds none");
    return {
        .vhost = text(definition, Tag::vhost),
        .key = {.component = text(definition, Tag::component), .name = text(definition, Tag::name)},
        .value = *value};
}

}  // namespace leveret::broker::stored
