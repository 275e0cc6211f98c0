// Writes messages to a client: basic.deliver by its shortest way, and the content behind get-ok
// and return.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "protocol/amqp/message.hpp"
#include "protocol/amqp/types.hpp"
#include "protocol/amqp/wire_writer.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::protocol::amqp {

/// What every delivery to one consumer begins with: frame header, method number, consumer tag.
class DeliverPrefix {
public:
    DeliverPrefix(ChannelNumber channel, std::string_view consumer_tag);

    [[nodiscard]] ChannelNumber channel() const { return channel_; }
    [[nodiscard]] std::string_view octets() const { return octets_; }

private:
    ChannelNumber channel_;
    std::string octets_;
};

/// True when the body fits one frame of the consumer.
[[nodiscard]] inline bool fits_one_frame(const Message& message, std::uint32_t frame_max) {
    return frame_max == 0 || message.body_octets() <= frame_max - frame_overhead_octets;
}

namespace deliver {
/// Octets behind the consumer tag: delivery tag and redelivered.
inline constexpr std::size_t tag_octets = 9;

/// Writes prefix, tag and flag at `at`. Returns: the place behind them.
[[gnu::always_inline]] inline char* store_start(char* at, const DeliverPrefix& prefix,
                                                DeliveryTag tag, bool redelivered,
                                                std::size_t route_octets) {
    const std::string_view start = prefix.octets();
    std::memcpy(at, start.data(), start.size());
    store32(at + 3, static_cast<std::uint32_t>(start.size() - frame_header_octets + tag_octets +
                                               route_octets));
    at += start.size();
    store64(at, static_cast<std::uint64_t>(tag));
    at[8] = redelivered ? 1 : 0;
    return at + tag_octets;
}
}  // namespace deliver

/// Appends a body in as many frames as `frame_max` asks for; none when it is empty.
void append_body(OctetBuffer& out, ChannelNumber channel, std::string_view body,
                 std::uint32_t frame_max);

/// Appends header frame and body frames of a message: what follows basic.get-ok and basic.return.
/// Units: frame_max in octets of the whole frame, 0 is no limit. The header cannot be cut: it goes
///        out in one frame even when the publisher's frame_max was the larger one.
void append_content(OctetBuffer& out, ChannelNumber channel, const Message& message,
                    std::uint32_t frame_max);

/// Appends the header frame alone; the caller sends the body by other means.
void append_content_header(OctetBuffer& out, ChannelNumber channel, const Message& message);

/// Appends a delivery up to and with its header frame; the caller sends the body by other means.
void append_delivery_head(OctetBuffer& out, const DeliverPrefix& prefix, DeliveryTag tag,
                          bool redelivered, const Message& message);

/// The delivery of a body that does not fit one frame.
void append_cut_delivery(OctetBuffer& out, const DeliverPrefix& prefix, DeliveryTag tag,
                         bool redelivered, const Message& message, std::uint32_t frame_max);

/// Appends a whole delivery. A small one is the prefix, one copy and three patches.
inline void append_delivery(OctetBuffer& out, const DeliverPrefix& prefix, DeliveryTag tag,
                            bool redelivered, const Message& message, std::uint32_t frame_max) {
    if (!fits_one_frame(message, frame_max)) [[unlikely]]
        return append_cut_delivery(out, prefix, tag, redelivered, message, frame_max);
    const std::string_view wire = message.wire_after_tag();
    char* at = out.grow(prefix.octets().size() + deliver::tag_octets + wire.size());
    at = deliver::store_start(at, prefix, tag, redelivered, message.route_wire().size());
    std::memcpy(at, wire.data(), wire.size());
    const auto channel = static_cast<std::uint16_t>(prefix.channel());
    store16(at + message.header_channel_offset(), channel);
    if (message.body_octets() > 0) store16(at + message.body_channel_offset(), channel);
}

}  // namespace leveret::protocol::amqp
