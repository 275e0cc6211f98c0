#include "routing/sender_selected_keys.hpp"

#include <string>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/reply_code.hpp"

namespace leveret::routing {

using namespace std::string_view_literals;
using protocol::amqp::FieldArray;
using protocol::amqp::FieldTable;
using protocol::amqp::FieldValue;
using protocol::amqp::ProtocolError;

namespace {

/// Returns: nullptr when there is no such header.
/// Throws:  ProtocolError when it is no array. The words are RabbitMQ's, an Erlang term and all.
const FieldArray* find_array(const FieldTable& headers, std::string_view name) {
    const FieldValue* value = headers.find(name);
    if (value == nullptr) return nullptr;
    if (const FieldArray* array = protocol::amqp::as_array(*value)) return array;
    throw ProtocolError(protocol::amqp::reply::precondition_failed,
                        "invalid message: {unacceptable_type_in_header,\"" + std::string(name) +
                            "\"," + std::string(protocol::amqp::type_name(*value)) + "}");
}

}  // namespace

bool may_select_keys(std::string_view header_octets) {
    // A name on the wire is its length and its octets.
    return header_octets.find(
               "\x02"
               "CC"sv) != std::string_view::npos ||
           header_octets.find(
               "\x03"
               "BCC"sv) != std::string_view::npos;
}

void append_selected_keys(const FieldTable& headers, std::vector<std::string_view>& keys) {
    const FieldArray* const both[] = {find_array(headers, "CC"), find_array(headers, "BCC")};
    for (const FieldArray* array : both) {
        if (array == nullptr) continue;
        for (const FieldValue& value : array->values) {
            if (const auto key = protocol::amqp::as_string(value)) keys.push_back(*key);
        }
    }
}

}  // namespace leveret::routing
