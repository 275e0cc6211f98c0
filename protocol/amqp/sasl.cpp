// Login responses taken apart. Texts never show what was sent: it holds a password.
#include "protocol/amqp/sasl.hpp"

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::protocol::amqp {

Credentials parse_plain(std::string_view response) {
    const auto first = response.find('\0');
    const auto second = first == response.npos ? first : response.find('\0', first + 1);
    if (second == response.npos || response.find('\0', second + 1) != response.npos) {
        throw ProtocolError(reply::syntax_error,
                            "malformed PLAIN response: expected authzid NUL user NUL password");
    }
    return {std::string(response.substr(first + 1, second - first - 1)),
            std::string(response.substr(second + 1))};
}

Credentials parse_amqplain(std::string_view response) {
    if (const std::string fault = FieldTable::find_fault(response); !fault.empty()) {
        throw ProtocolError(reply::syntax_error, "malformed AMQPLAIN response: " + fault);
    }
    const FieldTable table = FieldTable::parse(response);
    const auto text = [&](std::string_view name) {
        const FieldValue* value = table.find(name);
        const auto found = value == nullptr ? std::nullopt : as_string(*value);
        if (!found) {
            throw ProtocolError(reply::syntax_error,
                                "malformed AMQPLAIN response: no long string " + std::string(name));
        }
        return std::string(*found);
    };
    return {text("LOGIN"), text("PASSWORD")};
}

}  // namespace leveret::protocol::amqp
