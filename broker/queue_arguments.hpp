// The arguments of queue.declare: checked, refused, compared. One table knows every argument that
// any queue type knows; what is in none of its rows is kept and ignored.
#pragma once

#include <string>
#include <string_view>

#include "protocol/amqp/field_table.hpp"

namespace leveret::broker {

enum class QueueType { classic, quorum };

/// What a queue is, for the texts of errors: "queue 'q' in vhost '/'".
struct QueueName {
    std::string_view vhost;
    std::string_view queue;
};

/// The arguments of one queue, as they were given.
class QueueArguments {
public:
    QueueArguments() = default;

    /// Checks types and values.
    /// Throws: ProtocolError(precondition_failed) for an argument of a wrong type or value, for one
    ///         that is known but not to this type of queue, and for an unknown type of queue.
    /// Rule:   RabbitMQ refuses what is known to some type but not to this one, and keeps what is
    ///         unknown to all. What it refuses and older applications send is accepted here.
    QueueArguments(QueueName name, protocol::amqp::FieldTable table);

    [[nodiscard]] QueueType type() const { return type_; }
    [[nodiscard]] const protocol::amqp::FieldTable& table() const { return table_; }

    /// Compares what a redeclaration brings with what stands; its values are not checked.
    /// Throws: ProtocolError(precondition_failed), "inequivalent arg …".
    /// Rule:   only arguments known to the queue's type count; integers compare by value, whatever
    ///         their width; a missing x-queue-type is "classic".
    void require_equivalent(QueueName name, const protocol::amqp::FieldTable& redeclared) const;

private:
    protocol::amqp::FieldTable table_;
    QueueType type_ = QueueType::classic;
};

/// Throws: ProtocolError(precondition_failed) unless the argument is absent or a text.
void require_text_argument(const protocol::amqp::FieldTable& arguments, std::string_view name,
                           std::string_view what);

/// Throws: ProtocolError(precondition_failed) unless both are absent or equal (integers by value).
/// `what` stands in the text: "queue 'q' in vhost '/'", "exchange 'x' in vhost '/'".
void require_equivalent_argument(std::string_view name, std::string_view what,
                                 const protocol::amqp::FieldValue* current,
                                 const protocol::amqp::FieldValue* received);

}  // namespace leveret::broker
