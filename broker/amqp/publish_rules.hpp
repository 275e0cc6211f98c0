// What basic.publish demands of a message's properties, and how a message is rewritten where a
// rule says so. Pure: messages in, messages out.
#pragma once

#include <string_view>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/message.hpp"

namespace leveret::broker::amqp {

/// Throws: ProtocolError(precondition_failed) unless the property `expiration` is a number of
///         milliseconds, in decimal digits, of at most ten years.
void require_valid_expiration(std::string_view expiration);

/// Throws: ProtocolError(precondition_failed) unless the property `user_id` names this user.
void require_own_user_id(std::string_view user_id, std::string_view user);

/// Returns: the same message with another `reply_to`.
[[nodiscard]] protocol::amqp::MessagePtr with_reply_to(const protocol::amqp::Message& message,
                                                       std::string_view reply_to);

/// Returns: the same message with other headers.
[[nodiscard]] protocol::amqp::MessagePtr with_headers(const protocol::amqp::Message& message,
                                                      const protocol::amqp::FieldTable& headers);

}  // namespace leveret::broker::amqp
