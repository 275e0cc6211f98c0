#include "broker/stored_definitions.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "protocol/amqp/protocol_error.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker::stored {

using protocol::amqp::FieldTable;
using storage::Definition;
using storage::DefinitionId;
using storage::DefinitionKind;
using storage::StorageError;

namespace {

enum class Tag : std::uint16_t {
    vhost = 1,
    name = 2,
    type = 3,
    flags = 4,
    arguments = 5,  ///< an encoded field table without its length
    source = 6,
    destination = 7,
    destination_kind = 8,  ///< one octet: 0 a queue, 1 an exchange
    routing_key = 9,
    pattern = 10,
    priority = 11,     ///< four octets, little-endian
    applies_to = 12,   ///< one octet
    policy_kind = 13,  ///< one octet: 0 a user's, 1 an operator's
    definition = 14,   ///< an encoded field table without its length
    component = 15,
    value = 16,  ///< an encoded field table: its only entry holds the value
};

constexpr std::uint8_t flag_auto_delete = 1;
constexpr std::uint8_t flag_internal = 2;
constexpr std::uint8_t flag_delays = 4;
constexpr std::uint8_t flag_paused = 8;

void add(Definition& definition, Tag tag, std::string_view octets) {
    definition.add(static_cast<std::uint16_t>(tag), std::string(octets));
}

void add_octet(Definition& definition, Tag tag, std::uint8_t octet) {
    definition.add(static_cast<std::uint16_t>(tag), std::string(1, static_cast<char>(octet)));
}

[[noreturn]] void damaged(const Definition& definition, Tag tag, std::string_view why) {
    throw StorageError(fmt::format(
        "definition {} of kind {}: field {} {}", static_cast<std::uint64_t>(definition.id),
        static_cast<unsigned>(definition.kind), static_cast<unsigned>(tag), why));
}

std::string text(const Definition& definition, Tag tag) {
    const auto octets = definition.find(static_cast<std::uint16_t>(tag));
    if (!octets) damaged(definition, tag, "is missing");
    return std::string(*octets);
}

std::uint8_t octet(const Definition& definition, Tag tag) {
    const std::string octets = text(definition, tag);
    if (octets.size() != 1) damaged(definition, tag, "is not one octet");
    return static_cast<std::uint8_t>(octets[0]);
}

FieldTable table(const Definition& definition, Tag tag) {
    try {
        return FieldTable::parse(text(definition, tag));
    } catch (const protocol::amqp::ProtocolError& fault) {
        damaged(definition, tag, fault.explanation());
    }
}

}  // namespace

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
