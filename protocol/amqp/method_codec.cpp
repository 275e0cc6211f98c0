// What is said about a method number that is not on the list.
#include "protocol/amqp/method_codec.hpp"

#include <string>

#include "protocol/amqp/protocol_error.hpp"

namespace leveret::protocol::amqp {

void refuse_method(MethodId id) {
    std::string text;
    if (const std::string_view name = name_of(id); !name.empty()) {
        text = "unimplemented method";  // RabbitMQ's words; the close names the method
    } else {
        text = "unknown method class_id=" + std::to_string(id.class_id) +
               ", method_id=" + std::to_string(id.method_id);
    }
    ProtocolError error(reply::command_invalid, text);
    throw error.blame(id);
}

}  // namespace leveret::protocol::amqp
