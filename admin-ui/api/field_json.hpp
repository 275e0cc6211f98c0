// Field tables and message properties as JSON, and back.
#pragma once

#include <string>
#include <string_view>

#include "admin-ui/api/json_sink.hpp"
#include "admin-ui/api/json_value.hpp"
#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/properties.hpp"

namespace leveret::admin {

/// Writes a table as an object. AMQP's types lose their width; octets that are no text become
/// base64. Of keys that repeat the first one counts.
void write_table(const protocol::amqp::FieldTable& table, JsonSink& out);
void write_value(const protocol::amqp::FieldValue& value, JsonSink& out);

/// The same from the octets of a table; what is malformed gives an empty object.
void write_encoded_table(std::string_view octets, JsonSink& out);

/// Writes, for each value of the table, its type letter; tables and arrays as objects and arrays,
/// octets and texts that came out as base64 as "x" and "S/base64".
void write_types(const protocol::amqp::FieldTable& table, JsonSink& out);

/// Writes the properties of a message as an object, `{}` when there are none.
void write_properties(const protocol::amqp::BasicProperties& properties, JsonSink& out);

/// Rule: RabbitMQ: texts are long strings, integers 64 bits wide, fractions doubles.
/// Throws: ApiError(400) when a key is longer than 255 octets.
[[nodiscard]] protocol::amqp::FieldTable to_table(const JsonObject& object);
[[nodiscard]] protocol::amqp::FieldValue to_field(const JsonValue& value);

/// Reads the properties of POST .../publish. Returns: flags and values, encoded.
/// Throws: ApiError(400) naming the property that has the wrong type.
[[nodiscard]] std::string encode_properties(const JsonObject& object);

}  // namespace leveret::admin
