// The further keys that a sender selects by CC and BCC, and how a message with them is routed: one
// way for what channels publish, what comes from outside, and dead letters.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/message.hpp"
#include "protocol/amqp/properties.hpp"
#include "routing/exchange.hpp"
#include "routing/route.hpp"
#include "routing/router.hpp"

namespace leveret::broker {

/// Lifetime: borrows the properties and the message's octets.
class SelectedKeys {
public:
    /// Throws: ProtocolError(precondition_failed) when CC or BCC is no array.
    explicit SelectedKeys(const protocol::amqp::BasicProperties& properties);
    explicit SelectedKeys(protocol::amqp::BasicProperties&&) = delete;

    SelectedKeys(const SelectedKeys&) = delete;
    SelectedKeys& operator=(const SelectedKeys&) = delete;

    [[nodiscard]] bool empty() const { return keys_.empty(); }
    [[nodiscard]] const std::vector<std::string_view>& keys() const { return keys_; }

    /// Finds the queues of the message by its own key and these.
    void route(routing::Router& router, routing::Exchange& start,
               const protocol::amqp::Message& message, routing::Route& route) const;

    /// Returns: the message without its BCC: who receives it does not see who else does. One that
    /// only waits for its time keeps it, as it is routed by it afterwards.
    [[nodiscard]] protocol::amqp::MessagePtr without_bcc(protocol::amqp::MessagePtr message,
                                                         const routing::Route& route) const {
        const bool only_waits = route.delay && route.queues.size() == 1;
        return headers_ && !only_waits ? erase_bcc(std::move(message)) : message;
    }

private:
    [[nodiscard]] protocol::amqp::MessagePtr erase_bcc(protocol::amqp::MessagePtr message) const;

    const protocol::amqp::BasicProperties& properties_;
    std::optional<std::string_view> header_octets_;
    std::optional<protocol::amqp::FieldTable> headers_;  ///< only when there may be such keys
    std::vector<std::string_view> keys_;                 ///< views into headers_
};

}  // namespace leveret::broker
