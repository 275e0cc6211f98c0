// What a queue does with its messages: what its arguments and the policies that apply to it come
// to together.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "broker/effective_settings.hpp"
#include "broker/queue_arguments.hpp"
#include "broker/retry.hpp"

namespace leveret::broker {

/// What happens to a message that comes to a queue at its limit.
enum class Overflow : std::uint8_t {
    drop_head,           ///< it enters, and the first ones leave
    reject_publish,      ///< it is refused
    reject_publish_dlx,  ///< it is refused, and dead-lettered
};

/// An absent value is no limit.
struct QueueSettings {
    std::optional<std::chrono::milliseconds> message_ttl{};
    std::optional<std::chrono::milliseconds> expires{};  ///< the queue's own, when unused
    std::optional<std::uint64_t> max_length{};           ///< ready messages
    std::optional<std::uint64_t> max_length_octets{};    ///< of their bodies
    Overflow overflow = Overflow::drop_head;
    std::optional<std::string> dead_letter_exchange{};
    std::optional<std::string> dead_letter_routing_key{};
    /// Failed deliveries that a message may have before it is dead-lettered.
    std::optional<std::uint16_t> delivery_limit{};
    /// How long a delivery may wait for its ack.
    std::optional<std::chrono::milliseconds> consumer_timeout{};
    /// Whether a message with an expiration of its own leaves from wherever it stands.
    bool expire_anywhere = false;
    RetrySettings retry{};
    std::uint8_t max_priority = 0;
    bool single_active_consumer = false;

    bool operator==(const QueueSettings&) const = default;
    [[nodiscard]] bool limits_length() const { return max_length || max_length_octets; }
    /// Whether messages are told apart by how often their delivery failed.
    [[nodiscard]] bool counts_failures() const { return delivery_limit || retry.enabled(); }
};

/// What arguments and policies come to; some settings are arguments only.
[[nodiscard]] QueueSettings settings_of(const QueueArguments& arguments,
                                        std::span<const EffectiveSetting> effective);

}  // namespace leveret::broker
