// The responses of the login mechanisms that carry a name and a password. Whether they are right
// is decided in broker/.
#pragma once

#include <string>
#include <string_view>

namespace leveret::protocol::amqp {

struct Credentials {
    std::string user{};
    std::string password{};
    bool operator==(const Credentials&) const = default;
};

/// authzid NUL authcid NUL password; the authzid is ignored.
/// Throws: ProtocolError(syntax_error) when it is not that; the text shows nothing of the response.
/// Rule:   RFC 4616; RabbitMQ ignores the authzid.
[[nodiscard]] Credentials parse_plain(std::string_view response);

/// A field table without its length, with the long strings LOGIN and PASSWORD.
/// Throws: as parse_plain().
/// Rule:   RabbitMQ.
[[nodiscard]] Credentials parse_amqplain(std::string_view response);

}  // namespace leveret::protocol::amqp
