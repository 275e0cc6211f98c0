// The reply codes of AMQP 0-9-1: number, name, and what an error with that code closes.
#pragma once

#include <cstdint>
#include <string_view>

namespace leveret::protocol::amqp {

enum class Closes { channel, connection };  // the specification's soft and hard errors

struct ReplyCode {
    std::uint16_t number{};
    std::string_view name{};
    Closes closes{Closes::connection};
    bool operator==(const ReplyCode&) const = default;
};

/// Rule: amqp0-9-1.xml; where RabbitMQ's table differs (resource_error), RabbitMQ's.
namespace reply {
inline constexpr ReplyCode success{200, "REPLY_SUCCESS", Closes::channel};
inline constexpr ReplyCode content_too_large{311, "CONTENT_TOO_LARGE", Closes::channel};
inline constexpr ReplyCode no_route{312, "NO_ROUTE", Closes::channel};
inline constexpr ReplyCode no_consumers{313, "NO_CONSUMERS", Closes::channel};
inline constexpr ReplyCode connection_forced{320, "CONNECTION_FORCED", Closes::connection};
inline constexpr ReplyCode invalid_path{402, "INVALID_PATH", Closes::connection};
inline constexpr ReplyCode access_refused{403, "ACCESS_REFUSED", Closes::channel};
inline constexpr ReplyCode not_found{404, "NOT_FOUND", Closes::channel};
inline constexpr ReplyCode resource_locked{405, "RESOURCE_LOCKED", Closes::channel};
inline constexpr ReplyCode precondition_failed{406, "PRECONDITION_FAILED", Closes::channel};
inline constexpr ReplyCode frame_error{501, "FRAME_ERROR", Closes::connection};
inline constexpr ReplyCode syntax_error{502, "SYNTAX_ERROR", Closes::connection};
inline constexpr ReplyCode command_invalid{503, "COMMAND_INVALID", Closes::connection};
inline constexpr ReplyCode channel_error{504, "CHANNEL_ERROR", Closes::connection};
inline constexpr ReplyCode unexpected_frame{505, "UNEXPECTED_FRAME", Closes::connection};
inline constexpr ReplyCode resource_error{506, "RESOURCE_ERROR", Closes::connection};
inline constexpr ReplyCode not_allowed{530, "NOT_ALLOWED", Closes::connection};
inline constexpr ReplyCode not_implemented{540, "NOT_IMPLEMENTED", Closes::connection};
inline constexpr ReplyCode internal_error{541, "INTERNAL_ERROR", Closes::connection};
}  // namespace reply

}  // namespace leveret::protocol::amqp
