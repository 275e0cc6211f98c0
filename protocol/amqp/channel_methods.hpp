// The methods of class channel (20): a channel opens, pauses, ends.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::channel {

/// Client: opens the channel the frame came on.
struct Open {
    static constexpr MethodId id{20, 10};
    static constexpr std::string_view name = "channel.open";
    static constexpr bool has_content = false;

    ShortString reserved_1{};

    static constexpr auto fields(auto& m) { return std::tie(m.reserved_1); }
    bool operator==(const Open&) const = default;
};

/// Server: it is open. Rule: the reserved field is a long string, unlike the others.
struct OpenOk {
    static constexpr MethodId id{20, 11};
    static constexpr std::string_view name = "channel.open-ok";
    static constexpr bool has_content = false;

    LongString reserved_1{};

    static constexpr auto fields(auto& m) { return std::tie(m.reserved_1); }
    bool operator==(const OpenOk&) const = default;
};

/// Both: pause or resume content on the channel.
struct Flow {
    static constexpr MethodId id{20, 20};
    static constexpr std::string_view name = "channel.flow";
    static constexpr bool has_content = false;

    bool active{};

    static constexpr auto fields(auto& m) { return std::tie(m.active); }
    bool operator==(const Flow&) const = default;
};

/// Both: the answer.
struct FlowOk {
    static constexpr MethodId id{20, 21};
    static constexpr std::string_view name = "channel.flow-ok";
    static constexpr bool has_content = false;

    bool active{};

    static constexpr auto fields(auto& m) { return std::tie(m.active); }
    bool operator==(const FlowOk&) const = default;
};

/// Both: the channel ends, and why.
struct Close {
    static constexpr MethodId id{20, 40};
    static constexpr std::string_view name = "channel.close";
    static constexpr bool has_content = false;

    std::uint16_t reply_code{};
    ShortString reply_text{};
    std::uint16_t class_id{};  ///< with method_id: the method at fault, or 0
    std::uint16_t method_id{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reply_code, m.reply_text, m.class_id, m.method_id);
    }
    bool operator==(const Close&) const = default;
};

/// Both: the answer.
struct CloseOk {
    static constexpr MethodId id{20, 41};
    static constexpr std::string_view name = "channel.close-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const CloseOk&) const = default;
};

}  // namespace leveret::protocol::amqp::channel
