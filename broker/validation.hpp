// What is wrong with a policy or parameter, told in RabbitMQ's words.
#pragma once

#include <stdexcept>
#include <string>

#include "protocol/amqp/field_table.hpp"

namespace leveret::broker {

/// A policy or parameter that cannot be taken; nothing was changed.
class ValidationFailed : public std::runtime_error {
public:
    /// Rule: RabbitMQ: this heading, a blank line, one line for the fault.
    explicit ValidationFailed(const std::string& fault)
        : std::runtime_error("Validation failed\n\n" + fault + "\n") {}
};

/// The value as an Erlang term, which is how RabbitMQ's texts show it: <<"text">>, 5, true.
[[nodiscard]] std::string as_term(const protocol::amqp::FieldValue& value);
/// The same of entries: [{<<"key">>,5}].
[[nodiscard]] std::string as_term(const protocol::amqp::FieldTable& table);

}  // namespace leveret::broker
