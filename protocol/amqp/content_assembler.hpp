// Puts the frames of one content together: method, header, bodies (0-9-1 §4.2.6).
// One per channel. Knows nothing of exchanges: what is published is decided in the channel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/amqp/basic_methods.hpp"
#include "protocol/amqp/message.hpp"
#include "protocol/amqp/reply_code.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp {

/// A publish with all its octets.
struct Content {
    MessagePtr message{};
    bool mandatory{};
    bool immediate{};
};

/// States: idle → header awaited → body awaited → idle. Every other frame has its own sentence.
/// Throws: ProtocolError that blames basic.publish: unexpected_frame for a frame out of order,
///         frame_error for sizes, syntax_error for properties, precondition_failed for a message
///         above the limit. The assembler is idle afterwards; frames of the refused content that
///         are still on their way must be dropped by the caller, as for any closed channel.
class ContentAssembler {
public:
    explicit ContentAssembler(std::uint64_t max_message_size = body_octets_max)
        : max_message_size_(max_message_size) {}

    /// Rule: checked at the header; RabbitMQ waits for the body with the same answer (406).
    void set_max_message_size(std::uint64_t octets) { max_message_size_ = octets; }

    /// Call for every method frame of the channel, before anything else is done with it.
    /// Throws: ProtocolError(unexpected_frame) while a header or body is awaited.
    [[gnu::always_inline]] void expect_method() {
        if (!idle()) [[unlikely]]
            refuse_out_of_order();
    }

    /// A publish begins; its names are copied.
    void start(const basic::Publish& publish);

    /// Takes the payload of a header frame.
    /// Returns: the content when its body is empty.
    [[nodiscard]] std::optional<Content> header(std::string_view payload);

    /// Takes the payload of a body frame.
    /// Returns: the content when this was the last of it.
    [[nodiscard]] std::optional<Content> body(std::string_view payload);

    [[nodiscard]] bool idle() const { return std::holds_alternative<Idle>(state_); }

    /// Forgets what has come so far.
    void reset() { state_ = Idle{}; }

private:
    struct Idle {};
    struct AwaitHeader {
        bool mandatory;
        bool immediate;
    };
    struct AwaitBody {
        MessageBuilder builder;
        bool mandatory;
        bool immediate;
    };

    [[gnu::always_inline]] void check_header(std::uint16_t class_id, std::uint16_t weight,
                                             std::uint64_t body_octets) {
        if (class_id != basic::Publish::id.class_id || weight != 0 ||
            body_octets > body_octets_max || body_octets > max_message_size_) [[unlikely]]
            refuse_header(class_id, weight, body_octets);
    }
    [[noreturn, gnu::cold]] void refuse_header(std::uint16_t class_id, std::uint16_t weight,
                                               std::uint64_t body_octets);
    /// For a frame that the state does not await.
    [[noreturn, gnu::cold]] void refuse_out_of_order();
    [[noreturn, gnu::cold]] void refuse(const ReplyCode& code, std::string_view explanation);

    std::variant<Idle, AwaitHeader, AwaitBody> state_;
    std::string route_wire_;  ///< exchange and routing key; its room is used again
    std::uint64_t max_message_size_;
};

}  // namespace leveret::protocol::amqp
