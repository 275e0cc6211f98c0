// What a binding of a headers exchange asks of a message's headers: its arguments, by x-match.

#pragma once

#include <string>
#include <vector>

#include "protocol/amqp/field_table.hpp"

namespace leveret::routing {

/// Values are equal as they are in RabbitMQ, which forgets the type of simple ones: integers of
/// any width by value, floats of either width by value, strings and byte arrays by their octets.
/// A number is never equal to a string, nor an integer to a float. Arrays and tables are compared
/// with the types of what is in them.
[[nodiscard]] bool equal_by_value(const protocol::amqp::FieldValue& a,
                                  const protocol::amqp::FieldValue& b);

/// Returns: octets that are the same for two values if, and only if, equal_by_value() holds.
[[nodiscard]] std::string comparable_value(const protocol::amqp::FieldValue& value);

class HeaderMatch {
public:
    /// Throws:   ProtocolError(precondition_failed) when x-match is none of all (also when absent),
    ///           any, all-with-x and any-with-x.
    /// Lifetime: borrows the arguments.
    explicit HeaderMatch(const protocol::amqp::FieldTable& arguments);

    /// Rule: RabbitMQ: a void argument wants the header to be there, with any value. Without
    /// -with-x
    ///       arguments that start with "x-" do not count; x-match itself never does. When none
    ///       counts, all matches every message and any matches none. The first of several headers
    ///       of one name is the one that counts.
    [[nodiscard]] bool matches(const protocol::amqp::FieldTable& headers) const;

    /// Entries whose header must be there with that very value for any match. Lifetime: as the
    /// arguments.
    [[nodiscard]] std::vector<const protocol::amqp::FieldEntry*> required() const;

private:
    bool all_ = true;
    std::vector<const protocol::amqp::FieldEntry*> wanted_;
};

}  // namespace leveret::routing
