// The name of a binding among those of the same source and destination, as it stands in paths.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/insight/snapshots.hpp"
#include "protocol/amqp/field_table.hpp"

namespace leveret::admin {

/// Rule: RabbitMQ: `~` without key and arguments; the key, escaped; with arguments also a tilde and
///       a hash of them. Letters, digits, `.`, `-`, `_` stay, a space is a plus.
[[nodiscard]] std::string properties_key(std::string_view routing_key,
                                         const protocol::amqp::FieldTable& sorted_arguments,
                                         std::uint32_t collisions = 0);

/// Returns: the names of all, in their order; those of the same ends and key differ, also where
///          the hashes of their arguments do not.
[[nodiscard]] std::vector<std::string> properties_keys(
    std::span<const broker::insight::BindingSnapshot> bindings);

/// Undoes the escaping of a key. Returns: nothing when it is malformed.
[[nodiscard]] std::optional<std::string> unescape_properties_key(std::string_view key);

}  // namespace leveret::admin
