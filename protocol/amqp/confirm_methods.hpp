// The methods of class confirm (85): publisher confirms, a RabbitMQ extension.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::confirm {

/// Client: publishes on this channel are to be confirmed from now on.
struct Select {
    static constexpr MethodId id{85, 10};
    static constexpr std::string_view name = "confirm.select";
    static constexpr bool has_content = false;

    bool no_wait{};  ///< no reply is wanted

    static constexpr auto fields(auto& m) { return std::tie(m.no_wait); }
    bool operator==(const Select&) const = default;
};

/// Server: they will be.
struct SelectOk {
    static constexpr MethodId id{85, 11};
    static constexpr std::string_view name = "confirm.select-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const SelectOk&) const = default;
};

}  // namespace leveret::protocol::amqp::confirm
