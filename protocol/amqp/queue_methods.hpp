// The methods of class queue (50): queues and their bindings.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::queue {

/// Client: creates a queue, or checks it.
struct Declare {
    static constexpr MethodId id{50, 10};
    static constexpr std::string_view name = "queue.declare";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};  ///< empty: the server makes a name
    bool passive{};       ///< only check that it exists
    bool durable{};
    bool exclusive{};  ///< for this connection only
    bool auto_delete{};
    bool no_wait{};  ///< no reply is wanted
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.queue, m.passive, m.durable, m.exclusive, m.auto_delete,
                        m.no_wait, m.arguments);
    }
    bool operator==(const Declare&) const = default;
};

/// Server: the queue, with the name it got.
struct DeclareOk {
    static constexpr MethodId id{50, 11};
    static constexpr std::string_view name = "queue.declare-ok";
    static constexpr bool has_content = false;

    ShortString queue{};
    std::uint32_t message_count{};  ///< ready ones
    std::uint32_t consumer_count{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.queue, m.message_count, m.consumer_count);
    }
    bool operator==(const DeclareOk&) const = default;
};

/// Client: binds a queue to an exchange.
struct Bind {
    static constexpr MethodId id{50, 20};
    static constexpr std::string_view name = "queue.bind";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};
    ShortString exchange{};
    ShortString routing_key{};
    bool no_wait{};  ///< no reply is wanted
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.queue, m.exchange, m.routing_key, m.no_wait, m.arguments);
    }
    bool operator==(const Bind&) const = default;
};

/// Server: it is bound.
struct BindOk {
    static constexpr MethodId id{50, 21};
    static constexpr std::string_view name = "queue.bind-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const BindOk&) const = default;
};

/// Client: drops the ready messages.
struct Purge {
    static constexpr MethodId id{50, 30};
    static constexpr std::string_view name = "queue.purge";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};
    bool no_wait{};  ///< no reply is wanted

    static constexpr auto fields(auto& m) { return std::tie(m.reserved_1, m.queue, m.no_wait); }
    bool operator==(const Purge&) const = default;
};

/// Server: how many there were.
struct PurgeOk {
    static constexpr MethodId id{50, 31};
    static constexpr std::string_view name = "queue.purge-ok";
    static constexpr bool has_content = false;

    std::uint32_t message_count{};

    static constexpr auto fields(auto& m) { return std::tie(m.message_count); }
    bool operator==(const PurgeOk&) const = default;
};

/// Client: deletes a queue.
struct Delete {
    static constexpr MethodId id{50, 40};
    static constexpr std::string_view name = "queue.delete";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};
    bool if_unused{};
    bool if_empty{};
    bool no_wait{};  ///< no reply is wanted

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.queue, m.if_unused, m.if_empty, m.no_wait);
    }
    bool operator==(const Delete&) const = default;
};

/// Server: it is gone, with so many ready messages.
struct DeleteOk {
    static constexpr MethodId id{50, 41};
    static constexpr std::string_view name = "queue.delete-ok";
    static constexpr bool has_content = false;

    std::uint32_t message_count{};

    static constexpr auto fields(auto& m) { return std::tie(m.message_count); }
    bool operator==(const DeleteOk&) const = default;
};

/// Client: takes a binding away. Rule: the only one of its kind without no_wait.
struct Unbind {
    static constexpr MethodId id{50, 50};
    static constexpr std::string_view name = "queue.unbind";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};
    ShortString exchange{};
    ShortString routing_key{};
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.queue, m.exchange, m.routing_key, m.arguments);
    }
    bool operator==(const Unbind&) const = default;
};

/// Server: it is gone.
struct UnbindOk {
    static constexpr MethodId id{50, 51};
    static constexpr std::string_view name = "queue.unbind-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const UnbindOk&) const = default;
};

}  // namespace leveret::protocol::amqp::queue
