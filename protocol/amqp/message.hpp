// A published message, stored the way it will be sent: one allocation, immutable, counted. Knows
// how it lies in memory and nothing of queues.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp {

class Message;
using MessagePtr = boost::intrusive_ptr<Message>;

/// No body may be announced larger. Rule: RabbitMQ's hard limit.
inline constexpr std::uint32_t body_octets_max = 512 * 1024 * 1024;

/// Immutable, with all its octets behind the fields:
///
///     exchange | routing key | 0xCE | header frame | 7 octets | body | 0xCE
///     \_ two short strings _/         (channel 0)    body frame header, when there is a body
///
/// This is how basic.deliver ends behind its redelivered flag, so that a small delivery is a
/// prefix and one copy, with the channel number patched in.
/// Thread: the count is not atomic: one thread only; others are handed octets, never a Message.
class Message final : public boost::intrusive_ref_counter<Message, boost::thread_unsafe_counter> {
public:
    /// A message from its parts, for rewritten headers, the HTTP API and tests.
    /// `property_octets` are flags and values as BasicProperties::encode() writes them.
    /// Throws: ProtocolError(syntax_error) when a name is longer than 255 octets or the
    ///         properties are malformed, (precondition_failed) when the body is above
    ///         body_octets_max.
    [[nodiscard]] static MessagePtr make(std::string_view exchange, std::string_view routing_key,
                                         std::string_view property_octets, std::string_view body);
    [[nodiscard]] static MessagePtr make(std::string_view exchange, std::string_view routing_key,
                                         const BasicProperties& properties, std::string_view body);

    [[nodiscard]] std::string_view exchange() const {
        const char* at = wire();
        return {at + 1, static_cast<unsigned char>(*at)};
    }
    [[nodiscard]] std::string_view routing_key() const {
        const char* at = wire() + 1 + static_cast<unsigned char>(*wire());
        return {at + 1, static_cast<unsigned char>(*at)};
    }
    /// Exchange and routing key as two short strings: the key of a remembered route.
    [[nodiscard]] std::string_view route_wire() const { return {wire(), route_octets_}; }

    /// Class, weight, body size, flags and values: the payload of a header frame.
    [[nodiscard]] std::string_view header_payload() const {
        return {wire() + header_channel_offset() - 1 + frame_header_octets, header_octets_};
    }
    [[nodiscard]] std::string_view property_octets() const {
        return header_payload().substr(header_fixed_octets);
    }
    [[nodiscard]] std::string_view properties_octets() const { return property_octets(); }
    /// Lifetime: views into the message.
    [[nodiscard]] BasicProperties properties() const {
        return BasicProperties::parse(property_octets());
    }
    [[nodiscard]] std::string_view body() const { return {wire() + body_offset(), body_octets_}; }
    [[nodiscard]] std::uint32_t body_octets() const { return body_octets_; }

    [[nodiscard]] std::uint8_t delivery_mode() const { return delivery_mode_; }  ///< 0: absent
    /// Rule: any other mode than 2 is transient, as in RabbitMQ.
    [[nodiscard]] bool persistent() const { return delivery_mode_ == delivery_mode_persistent; }
    [[nodiscard]] std::uint8_t priority() const { return priority_; }  ///< 0 when absent
    [[nodiscard]] std::uint16_t property_flags() const { return load_flags(); }
    [[nodiscard]] bool has_headers() const { return (property_flags() & property::headers) != 0; }

    /// From `exchange` to the end: what a delivery in one body frame copies behind its prefix.
    [[nodiscard]] std::string_view wire_after_tag() const { return {wire(), wire_octets()}; }
    /// The header frame and, when there is a body, its frame; channel 0 in both.
    [[nodiscard]] std::string_view content_wire() const {
        return wire_after_tag().substr(route_octets_ + 1u);
    }
    [[nodiscard]] std::string_view header_frame() const {
        return content_wire().substr(0, header_octets_ + frame_overhead_octets);
    }
    /// Where in wire_after_tag() the channel numbers of the two frames are.
    [[nodiscard]] std::size_t header_channel_offset() const { return route_octets_ + 2u; }
    [[nodiscard]] std::size_t body_channel_offset() const {
        return header_channel_offset() + header_octets_ + frame_overhead_octets;
    }

    /// Octets of memory of the whole message: what queues count in their memory figures.
    [[nodiscard]] std::size_t memory_octets() const { return sizeof(Message) + wire_octets(); }

    // Not sized: what lies behind the fields was allocated with them.
    static void operator delete(void* memory) { ::operator delete(memory); }

    /// Class, weight and body size in front of the properties. Rule: 0-9-1 §4.2.6.1.
    static constexpr std::size_t header_fixed_octets = 12;

private:
    friend class MessageBuilder;

    Message() = default;
    Message(const Message&) = default;  // the count starts anew; what lies behind is not copied
    [[nodiscard]] static Message* allocate(const Message& fields, std::size_t octets_behind);
    [[nodiscard]] const char* wire() const { return reinterpret_cast<const char*>(this + 1); }
    [[nodiscard]] char* wire() { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] std::uint16_t load_flags() const {
        const char* at = header_payload().data() + header_fixed_octets;
        return static_cast<std::uint16_t>(static_cast<unsigned char>(at[0]) << 8 |
                                          static_cast<unsigned char>(at[1]));
    }
    [[nodiscard]] std::size_t body_offset() const {
        const std::size_t header_end = body_channel_offset() - 1;
        return body_octets_ == 0 ? header_end : header_end + frame_header_octets;
    }
    [[nodiscard]] std::size_t wire_octets() const {
        return body_octets_ == 0 ? body_offset() : body_offset() + body_octets_ + 1u;
    }

    // The count of the base class stands before these.
    std::uint32_t header_octets_ = 0;
    std::uint32_t body_octets_ = 0;
    std::uint16_t route_octets_ = 0;
    std::uint8_t delivery_mode_ = 0;
    std::uint8_t priority_ = 0;
};
static_assert(sizeof(Message) == 16);

/// A body up to this size gets its room at once; a larger one grows as its octets come, so that a
/// header alone reserves no more.
inline constexpr std::uint32_t body_room_at_once_max = 1024 * 1024;

/// Puts a message together: route and header first, then the body piece by piece.
class MessageBuilder {
public:
    /// `route_wire` are two sound short strings, `header_payload` is the sound payload of a header
    /// frame whose body size is `body_octets`; `properties` are its own, in brief.
    MessageBuilder(std::string_view route_wire, std::string_view header_payload,
                   std::uint32_t body_octets, PropertiesInBrief properties);

    /// Adds octets of the body; never more than are missing.
    void append(std::string_view octets);
    [[nodiscard]] std::uint32_t missing() const { return message_->body_octets_ - filled_; }
    /// The finished message; nothing may be missing.
    [[nodiscard]] MessagePtr finish();

private:
    void grow(std::size_t wanted);

    MessagePtr message_;
    std::uint32_t filled_ = 0;
    std::uint32_t room_ = 0;  ///< octets of body that fit the allocation
};

}  // namespace leveret::protocol::amqp
