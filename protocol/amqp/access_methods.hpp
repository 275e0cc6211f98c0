// The methods of class access (30): tickets of AMQP 0-8, which old clients still ask for.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::access {

/// Client: asks for a ticket; it is answered and grants nothing.
struct Request {
    static constexpr MethodId id{30, 10};
    static constexpr std::string_view name = "access.request";
    static constexpr bool has_content = false;

    ShortString realm{};
    bool exclusive{};
    bool passive{};
    bool active{};
    bool write{};
    bool read{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.realm, m.exclusive, m.passive, m.active, m.write, m.read);
    }
    bool operator==(const Request&) const = default;
};

/// Server: the ticket.
struct RequestOk {
    static constexpr MethodId id{30, 11};
    static constexpr std::string_view name = "access.request-ok";
    static constexpr bool has_content = false;

    std::uint16_t ticket{};  ///< always 1

    static constexpr auto fields(auto& m) { return std::tie(m.ticket); }
    bool operator==(const RequestOk&) const = default;
};

}  // namespace leveret::protocol::amqp::access
