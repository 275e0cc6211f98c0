// A policy: settings for every queue and exchange whose name matches a pattern. What may stand in
// one, and what it fits. Which policy an object has is the affair of Policies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/queue_arguments.hpp"
#include "protocol/amqp/field_table.hpp"

namespace leveret::broker {

/// Operators set theirs on top of the users' policies, to limit them.
enum class PolicyKind : std::uint8_t { user, by_operator };

/// In the order of their numbers on disk, which never change.
enum class AppliesTo : std::uint8_t {
    all,
    queues,
    exchanges,
    classic_queues,
    quorum_queues,
    streams,
};
[[nodiscard]] std::string_view to_string(AppliesTo applies_to);
/// Throws: ValidationFailed when it is none.
[[nodiscard]] AppliesTo parse_applies_to(std::string_view text);

struct Policy {
    std::string name;
    std::string pattern;
    /// Values as JSON has them: text, 64-bit integers, booleans.
    protocol::amqp::FieldTable definition;
    std::int32_t priority = 0;  ///< the highest wins; of equal ones the first by name
    AppliesTo applies_to = AppliesTo::all;
};

/// Throws: ValidationFailed when the pattern is none, or a key or value of the definition is not
///         one that this kind of policy may have.
/// Rule:   RabbitMQ's keys and texts. Keys of mirrored queues and of places for queues are taken
///         and have no effect.
void validate(PolicyKind kind, const Policy& policy);

/// What a policy can apply to.
enum class PolicyTarget : std::uint8_t { exchange, classic_queue, quorum_queue };
[[nodiscard]] PolicyTarget target_of(QueueType type);

/// Whether the policy fits such an object, whatever its name.
/// Rule: RabbitMQ: a policy with one key that a queue cannot have does not apply to it at all.
[[nodiscard]] bool fits(const Policy& policy, PolicyTarget target);

}  // namespace leveret::broker
