#include "broker/publish_checks.hpp"

#include <fmt/format.h>

#include "broker/expiration.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker {

using namespace protocol::amqp;

Arrival arrival_of(const BasicProperties& properties) {
    Arrival arrival{.persistent = properties.delivery_mode == delivery_mode_persistent};
    if (properties.has(property::expiration)) {
        arrival.expiration_ms = brief_expiration(parse_expiration(properties.expiration));
    }
    return arrival;
}

void require_own_user_id(const BasicProperties& properties, std::string_view user) {
    if (!properties.has(property::user_id) || properties.user_id == user) return;
    throw ProtocolError(reply::precondition_failed,
                        fmt::format("user_id property set to '{}' but authenticated user was '{}'",
                                    properties.user_id, user));
}

}  // namespace leveret::broker
