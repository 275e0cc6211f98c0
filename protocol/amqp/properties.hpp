// The basic properties of a message: flags, then the values that the flags announce, in flag order
// (0-9-1 §4.2.6.1). What they mean is decided in broker/.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "protocol/amqp/types.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::protocol::amqp {

namespace property {
inline constexpr std::uint16_t content_type = 0x8000;
inline constexpr std::uint16_t content_encoding = 0x4000;
inline constexpr std::uint16_t headers = 0x2000;
inline constexpr std::uint16_t delivery_mode = 0x1000;
inline constexpr std::uint16_t priority = 0x0800;
inline constexpr std::uint16_t correlation_id = 0x0400;
inline constexpr std::uint16_t reply_to = 0x0200;
inline constexpr std::uint16_t expiration = 0x0100;
inline constexpr std::uint16_t message_id = 0x0080;
inline constexpr std::uint16_t timestamp = 0x0040;
inline constexpr std::uint16_t type = 0x0020;
inline constexpr std::uint16_t user_id = 0x0010;
inline constexpr std::uint16_t app_id = 0x0008;
inline constexpr std::uint16_t cluster_id = 0x0004;
inline constexpr std::uint16_t none_of_ours = 0x0002;  ///< a flag that stands for no property
inline constexpr std::uint16_t more_flags = 0x0001;    ///< another word of flags follows
}  // namespace property

inline constexpr std::uint8_t delivery_mode_persistent = 2;

/// The properties of one message. A value counts only when its flag is set.
/// Lifetime: texts and headers are views, after parse() into the octets that were parsed.
struct BasicProperties {
    std::uint16_t flags{};
    std::string_view content_type{};
    std::string_view content_encoding{};
    std::string_view headers{};  ///< an encoded field table without its four octets of length
    std::uint8_t delivery_mode{};
    std::uint8_t priority{};
    std::string_view correlation_id{};
    std::string_view reply_to{};
    std::string_view expiration{};  ///< milliseconds, as decimal text
    std::string_view message_id{};
    std::uint64_t timestamp{};  ///< seconds since 1970; any 64 bits are accepted
    std::string_view type{};
    std::string_view user_id{};
    std::string_view app_id{};
    std::string_view cluster_id{};

    [[nodiscard]] bool has(std::uint16_t flag) const { return (flags & flag) != 0; }

    /// Sets a property with its flag: set(property::expiration, &BasicProperties::expiration, "5").
    template <class Value>
    BasicProperties& set(std::uint16_t flag, Value BasicProperties::* member,
                         std::type_identity_t<Value> value) {
        this->*member = value;
        flags |= flag;
        return *this;
    }

    /// Reads flags and values; the headers are walked, so that they are sound. UTF-8 is not
    /// checked: RabbitMQ does not, and what nobody reads is passed on as it came.
    /// Throws: ProtocolError(syntax_error) when the octets are too few, too many or malformed, and
    ///         on a second word of flags, which no property needs.
    [[nodiscard]] static BasicProperties parse(std::string_view property_octets);

    /// Appends flags and values.
    /// Throws: ProtocolError(syntax_error) when a text is longer than 255 octets.
    void encode(OctetBuffer& out) const;

    bool operator==(const BasicProperties&) const = default;
};

/// What is asked of every message on its way: 0 where a property is absent.
struct PropertiesInBrief {
    std::uint8_t delivery_mode{};
    std::uint8_t priority{};
    bool operator==(const PropertiesInBrief&) const = default;
};

/// Checks property octets as BasicProperties::parse() does, and says what it has to in brief.
/// Most messages have no properties or nothing but a delivery mode: those are seen at a glance.
/// Throws: as BasicProperties::parse().
[[nodiscard]] inline PropertiesInBrief check_properties(std::string_view property_octets) {
    if (property_octets == std::string_view("\0\0", 2)) return {};
    if (property_octets.size() == 3 && property_octets[0] == 0x10 && property_octets[1] == 0) {
        return {static_cast<std::uint8_t>(property_octets[2]), 0};
    }
    const BasicProperties all = BasicProperties::parse(property_octets);
    return {all.delivery_mode, all.priority};
}

}  // namespace leveret::protocol::amqp
