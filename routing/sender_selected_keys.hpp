// The routing keys a publisher adds in the headers CC and BCC. Taking BCC out of the message before
// it is stored is the publisher's channel's work, not done here.

#pragma once

#include <string_view>
#include <vector>

#include "protocol/amqp/field_table.hpp"

namespace leveret::routing {

/// A cheap look at an encoded headers table: false means neither CC nor BCC is in it, and it need
/// not be decoded; true may be a false alarm.
[[nodiscard]] bool may_select_keys(std::string_view header_octets);

/// Appends the keys of CC, then of BCC. Elements that are no long string are passed over.
/// Throws:   ProtocolError(precondition_failed) when either is no array; `keys` is then unchanged.
/// Lifetime: the keys are views into `headers`.
/// Rule:     RabbitMQ, "Sender-selected Distribution".
void append_selected_keys(const protocol::amqp::FieldTable& headers,
                          std::vector<std::string_view>& keys);

}  // namespace leveret::routing
