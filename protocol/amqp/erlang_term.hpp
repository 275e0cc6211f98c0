// Values as Erlang terms: RabbitMQ's texts show them so, and clients match on texts.
#pragma once

#include <string>
#include <string_view>

#include "protocol/amqp/field_table.hpp"

namespace leveret::protocol::amqp {

/// Returns: <<"text">>; <<>> when it is empty.
[[nodiscard]] std::string as_term(std::string_view text);
/// Returns: <<"text">>, 5, true; of a table its entries: [{<<"key">>,5}].
[[nodiscard]] std::string as_term(const FieldValue& value);
[[nodiscard]] std::string as_term(const FieldTable& table);

}  // namespace leveret::protocol::amqp
