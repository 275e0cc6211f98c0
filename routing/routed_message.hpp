// A message as routing sees it: its keys, and its headers if anyone asks for them.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/properties.hpp"

namespace leveret::routing {

/// Milliseconds; one that has waited arrives with the negative number.
inline constexpr std::string_view delay_header = "x-delay";
/// Some 49 days. Rule: the delay plugin's bound; what asks for more does not wait.
inline constexpr std::int64_t delay_ms_max = 0xFFFF'FFFE;

/// Lifetime: borrows everything it is given; lives for one publish.
class RoutedMessage {
public:
    /// `header_octets` is the encoded headers table without its length; none: no such property.
    explicit RoutedMessage(std::string_view routing_key,
                           std::optional<std::string_view> header_octets = std::nullopt)
        : routing_key_(routing_key), header_octets_(header_octets) {}
    RoutedMessage(const RoutedMessage&) = delete;
    RoutedMessage& operator=(const RoutedMessage&) = delete;

    [[nodiscard]] std::string_view routing_key() const { return routing_key_; }
    [[nodiscard]] bool has_headers() const { return header_octets_.has_value(); }

    /// Decoded at the first call; empty when there are none.
    /// Throws: ProtocolError when the octets are no table; a client's were validated before.
    const protocol::amqp::FieldTable& headers();

    /// How long the header `x-delay` asks exchanges that delay to wait; none: not at all.
    [[nodiscard]] std::optional<std::chrono::milliseconds> delay();

    /// The message's properties, for exchanges that look at others than the headers.
    /// Lifetime: as long as this.
    void use_properties(const protocol::amqp::BasicProperties& properties) {
        properties_ = &properties;
    }
    /// Returns: empty ones when none were given.
    [[nodiscard]] const protocol::amqp::BasicProperties& properties() const;

    /// Further keys, of CC and BCC, routed as if each were the message's own.
    void use_more_keys(std::span<const std::string_view> keys) { more_keys_ = keys; }
    [[nodiscard]] std::span<const std::string_view> more_keys() const { return more_keys_; }

    /// Calls `visit` with the routing key, then with each further one.
    template <class Visit>
    void for_each_key(Visit&& visit) const {
        visit(routing_key_);
        for (const std::string_view key : more_keys_) visit(key);
    }

private:
    std::string_view routing_key_;
    std::optional<std::string_view> header_octets_;
    std::span<const std::string_view> more_keys_;
    const protocol::amqp::BasicProperties* properties_ = nullptr;
    std::optional<protocol::amqp::FieldTable> headers_;
};

}  // namespace leveret::routing
