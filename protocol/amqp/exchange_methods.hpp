// The methods of class exchange (40): exchanges and the bindings between them.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::exchange {

/// Client: creates an exchange, or checks it.
struct Declare {
    static constexpr MethodId id{40, 10};
    static constexpr std::string_view name = "exchange.declare";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString exchange{};
    ShortString type{};
    bool passive{};  ///< only check that it exists
    bool durable{};
    bool auto_delete{};
    bool internal{};  ///< clients cannot publish to it
    bool no_wait{};   ///< no reply is wanted
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.exchange, m.type, m.passive, m.durable, m.auto_delete,
                        m.internal, m.no_wait, m.arguments);
    }
    bool operator==(const Declare&) const = default;
};

/// Server: it exists.
struct DeclareOk {
    static constexpr MethodId id{40, 11};
    static constexpr std::string_view name = "exchange.declare-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const DeclareOk&) const = default;
};

/// Client: deletes an exchange.
struct Delete {
    static constexpr MethodId id{40, 20};
    static constexpr std::string_view name = "exchange.delete";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString exchange{};
    bool if_unused{};
    bool no_wait{};  ///< no reply is wanted

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.exchange, m.if_unused, m.no_wait);
    }
    bool operator==(const Delete&) const = default;
};

/// Server: it is gone.
struct DeleteOk {
    static constexpr MethodId id{40, 21};
    static constexpr std::string_view name = "exchange.delete-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const DeleteOk&) const = default;
};

/// Client: binds an exchange to an exchange. Rule: RabbitMQ extension.
struct Bind {
    static constexpr MethodId id{40, 30};
    static constexpr std::string_view name = "exchange.bind";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString destination{};
    ShortString source{};
    ShortString routing_key{};
    bool no_wait{};  ///< no reply is wanted
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.destination, m.source, m.routing_key, m.no_wait,
                        m.arguments);
    }
    bool operator==(const Bind&) const = default;
};

/// Server: it is bound.
struct BindOk {
    static constexpr MethodId id{40, 31};
    static constexpr std::string_view name = "exchange.bind-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const BindOk&) const = default;
};

/// Client: takes such a binding away.
struct Unbind {
    static constexpr MethodId id{40, 40};
    static constexpr std::string_view name = "exchange.unbind";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString destination{};
    ShortString source{};
    ShortString routing_key{};
    bool no_wait{};  ///< no reply is wanted
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.destination, m.source, m.routing_key, m.no_wait,
                        m.arguments);
    }
    bool operator==(const Unbind&) const = default;
};

/// Server: it is gone. Rule: the number is 51, not 41.
struct UnbindOk {
    static constexpr MethodId id{40, 51};
    static constexpr std::string_view name = "exchange.unbind-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const UnbindOk&) const = default;
};

}  // namespace leveret::protocol::amqp::exchange
