// A message as routing sees it: its keys, and its headers if anyone asks for them.

#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/amqp/field_table.hpp"

namespace leveret::routing {

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
    std::optional<protocol::amqp::FieldTable> headers_;
};

}  // namespace leveret::routing
