// What arguments and policies of a queue come to together, setting by setting, and where each value
// comes from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/policies.hpp"
#include "broker/queue_arguments.hpp"
#include "protocol/amqp/field_table.hpp"

namespace leveret::broker {

enum class Origin : std::uint8_t { argument, policy, operator_policy, standard };
[[nodiscard]] std::string_view to_string(Origin origin);

struct EffectiveSetting {
    std::string_view key;  ///< as policies name it: the argument's name without its x-
    protocol::amqp::FieldValue value;
    Origin from{};
    std::string by{};  ///< the policy's name
};

/// Rule: RabbitMQ: of periods and limits the smaller value; of all else the argument's, but
///       of how a delivery is tried again the policy's. Of two delivery limits a negative one,
///       which is none, gives way to the other.
[[nodiscard]] std::vector<EffectiveSetting> effective_settings(const QueueArguments& arguments,
                                                               const AppliedPolicies& policies);

/// Returns: nullptr when nothing sets it.
[[nodiscard]] const protocol::amqp::FieldValue* find(std::span<const EffectiveSetting> settings,
                                                     std::string_view key);

}  // namespace leveret::broker
