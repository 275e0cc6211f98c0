// The methods of class basic (60): messages in and out, and their acknowledgements.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::basic {

/// Client: how much may be delivered without an ack.
struct Qos {
    static constexpr MethodId id{60, 10};
    static constexpr std::string_view name = "basic.qos";
    static constexpr bool has_content = false;

    std::uint32_t prefetch_size{};   ///< octets; only 0 is accepted
    std::uint16_t prefetch_count{};  ///< messages; 0: no limit
    bool global{};                   ///< for the channel, not for each consumer

    static constexpr auto fields(auto& m) {
        return std::tie(m.prefetch_size, m.prefetch_count, m.global);
    }
    bool operator==(const Qos&) const = default;
};

/// Server: it holds.
struct QosOk {
    static constexpr MethodId id{60, 11};
    static constexpr std::string_view name = "basic.qos-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const QosOk&) const = default;
};

/// Client: starts a consumer.
struct Consume {
    static constexpr MethodId id{60, 20};
    static constexpr std::string_view name = "basic.consume";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};
    ShortString consumer_tag{};  ///< empty: the server makes one
    bool no_local{};
    bool no_ack{};
    bool exclusive{};
    bool no_wait{};  ///< no reply is wanted
    TableOctets arguments{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.queue, m.consumer_tag, m.no_local, m.no_ack, m.exclusive,
                        m.no_wait, m.arguments);
    }
    bool operator==(const Consume&) const = default;
};

/// Server: it consumes, with the tag it got.
struct ConsumeOk {
    static constexpr MethodId id{60, 21};
    static constexpr std::string_view name = "basic.consume-ok";
    static constexpr bool has_content = false;

    ShortString consumer_tag{};

    static constexpr auto fields(auto& m) { return std::tie(m.consumer_tag); }
    bool operator==(const ConsumeOk&) const = default;
};

/// Client: ends a consumer. Server: has ended it (consumer_cancel_notify).
struct Cancel {
    static constexpr MethodId id{60, 30};
    static constexpr std::string_view name = "basic.cancel";
    static constexpr bool has_content = false;

    ShortString consumer_tag{};
    bool no_wait{};  ///< no reply is wanted

    static constexpr auto fields(auto& m) { return std::tie(m.consumer_tag, m.no_wait); }
    bool operator==(const Cancel&) const = default;
};

/// Both: the answer.
struct CancelOk {
    static constexpr MethodId id{60, 31};
    static constexpr std::string_view name = "basic.cancel-ok";
    static constexpr bool has_content = false;

    ShortString consumer_tag{};

    static constexpr auto fields(auto& m) { return std::tie(m.consumer_tag); }
    bool operator==(const CancelOk&) const = default;
};

/// Client: publishes a message to an exchange; a content header and body follow.
struct Publish {
    static constexpr MethodId id{60, 40};
    static constexpr std::string_view name = "basic.publish";
    static constexpr bool has_content = true;

    std::uint16_t reserved_1{};
    ShortString exchange{};     ///< empty: the default exchange
    ShortOctets routing_key{};  ///< RabbitMQ takes any octets in a publish, so do we
    bool mandatory{};           ///< unroutable: basic.return instead of a silent drop
    bool immediate{};           ///< true is refused with NOT_IMPLEMENTED, as RabbitMQ does

    static constexpr auto fields(auto& m) {
        return std::tie(m.reserved_1, m.exchange, m.routing_key, m.mandatory, m.immediate);
    }
    bool operator==(const Publish&) const = default;
};

/// Server: a mandatory message that matched no queue; the content follows.
struct Return {
    static constexpr MethodId id{60, 50};
    static constexpr std::string_view name = "basic.return";
    static constexpr bool has_content = true;

    std::uint16_t reply_code{};
    ShortString reply_text{};
    ShortString exchange{};
    ShortOctets routing_key{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reply_code, m.reply_text, m.exchange, m.routing_key);
    }
    bool operator==(const Return&) const = default;
};

/// Server: a message for a consumer; the content follows. Rule: deliver.hpp writes it.
struct Deliver {
    static constexpr MethodId id{60, 60};
    static constexpr std::string_view name = "basic.deliver";
    static constexpr bool has_content = true;

    ShortString consumer_tag{};
    DeliveryTag delivery_tag{};
    bool redelivered{};
    ShortString exchange{};
    ShortOctets routing_key{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.consumer_tag, m.delivery_tag, m.redelivered, m.exchange, m.routing_key);
    }
    bool operator==(const Deliver&) const = default;
};

/// Client: asks for one message.
struct Get {
    static constexpr MethodId id{60, 70};
    static constexpr std::string_view name = "basic.get";
    static constexpr bool has_content = false;

    std::uint16_t reserved_1{};
    ShortString queue{};
    bool no_ack{};

    static constexpr auto fields(auto& m) { return std::tie(m.reserved_1, m.queue, m.no_ack); }
    bool operator==(const Get&) const = default;
};

/// Server: here it is; the content follows.
struct GetOk {
    static constexpr MethodId id{60, 71};
    static constexpr std::string_view name = "basic.get-ok";
    static constexpr bool has_content = true;

    DeliveryTag delivery_tag{};
    bool redelivered{};
    ShortString exchange{};
    ShortOctets routing_key{};
    std::uint32_t message_count{};  ///< ready ones left

    static constexpr auto fields(auto& m) {
        return std::tie(m.delivery_tag, m.redelivered, m.exchange, m.routing_key, m.message_count);
    }
    bool operator==(const GetOk&) const = default;
};

/// Server: there is none.
struct GetEmpty {
    static constexpr MethodId id{60, 72};
    static constexpr std::string_view name = "basic.get-empty";
    static constexpr bool has_content = false;

    ShortString reserved_1{};

    static constexpr auto fields(auto& m) { return std::tie(m.reserved_1); }
    bool operator==(const GetEmpty&) const = default;
};

/// Client: a delivery is done with. Server: a publish is confirmed.
struct Ack {
    static constexpr MethodId id{60, 80};
    static constexpr std::string_view name = "basic.ack";
    static constexpr bool has_content = false;

    DeliveryTag delivery_tag{};
    bool multiple{};  ///< all up to this one; of tag 0: all

    static constexpr auto fields(auto& m) { return std::tie(m.delivery_tag, m.multiple); }
    bool operator==(const Ack&) const = default;
};

/// Client: a delivery is not wanted.
struct Reject {
    static constexpr MethodId id{60, 90};
    static constexpr std::string_view name = "basic.reject";
    static constexpr bool has_content = false;

    DeliveryTag delivery_tag{};
    bool requeue{};

    static constexpr auto fields(auto& m) { return std::tie(m.delivery_tag, m.requeue); }
    bool operator==(const Reject&) const = default;
};

/// Client: put back what is unacked; no answer. Deprecated by the specification.
struct RecoverAsync {
    static constexpr MethodId id{60, 100};
    static constexpr std::string_view name = "basic.recover-async";
    static constexpr bool has_content = false;

    bool requeue{};

    static constexpr auto fields(auto& m) { return std::tie(m.requeue); }
    bool operator==(const RecoverAsync&) const = default;
};

/// Client: put back what is unacked.
struct Recover {
    static constexpr MethodId id{60, 110};
    static constexpr std::string_view name = "basic.recover";
    static constexpr bool has_content = false;

    bool requeue{};

    static constexpr auto fields(auto& m) { return std::tie(m.requeue); }
    bool operator==(const Recover&) const = default;
};

/// Server: it is put back.
struct RecoverOk {
    static constexpr MethodId id{60, 111};
    static constexpr std::string_view name = "basic.recover-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const RecoverOk&) const = default;
};

/// Client: deliveries are not wanted. Server: publishes are refused.
/// Rule: RabbitMQ extension.
struct Nack {
    static constexpr MethodId id{60, 120};
    static constexpr std::string_view name = "basic.nack";
    static constexpr bool has_content = false;

    DeliveryTag delivery_tag{};
    bool multiple{};
    bool requeue{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.delivery_tag, m.multiple, m.requeue);
    }
    bool operator==(const Nack&) const = default;
};

}  // namespace leveret::protocol::amqp::basic
