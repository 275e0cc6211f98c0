// Deliveries that are not small, and the content behind other methods.
#include "protocol/amqp/deliver.hpp"

#include <algorithm>

#include "protocol/amqp/basic_methods.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/assert.hpp"

namespace leveret::protocol::amqp {

DeliverPrefix::DeliverPrefix(ChannelNumber channel, std::string_view consumer_tag)
    : channel_(channel) {
    OctetBuffer out;
    append_frame_header(out, FrameType::method, channel, 0);
    WireWriter writer(out);
    writer.u16(basic::Deliver::id.class_id);
    writer.u16(basic::Deliver::id.method_id);
    writer.short_string(consumer_tag);
    octets_ = out.view();
}

void append_body(OctetBuffer& out, ChannelNumber channel, std::string_view body,
                 std::uint32_t frame_max) {
    if (body.empty()) return;
    LEVERET_ASSERT(frame_max == 0 || frame_max > frame_overhead_octets);
    const std::size_t piece_max = frame_max == 0 ? body.size() : frame_max - frame_overhead_octets;
    const std::size_t frames = (body.size() + piece_max - 1) / piece_max;
    out.reserve(body.size() + frames * frame_overhead_octets);
    while (!body.empty()) {
        const std::string_view piece = body.substr(0, piece_max);
        append_frame_header(out, FrameType::body, channel,
                            static_cast<std::uint32_t>(piece.size()));
        out.append(piece);
        *out.grow(1) = static_cast<char>(frame_end);
        body.remove_prefix(piece.size());
    }
}

void append_content_header(OctetBuffer& out, ChannelNumber channel, const Message& message) {
    const std::string_view header = message.header_frame();
    char* at = out.grow(header.size());
    std::memcpy(at, header.data(), header.size());
    store16(at + 1, static_cast<std::uint16_t>(channel));
}

void append_content(OctetBuffer& out, ChannelNumber channel, const Message& message,
                    std::uint32_t frame_max) {
    append_content_header(out, channel, message);
    append_body(out, channel, message.body(), frame_max);
}

void append_delivery_head(OctetBuffer& out, const DeliverPrefix& prefix, DeliveryTag tag,
                          bool redelivered, const Message& message) {
    const std::string_view route = message.route_wire();
    const std::string_view header = message.header_frame();
    const std::size_t wire_octets = route.size() + 1 + header.size();  // they lie side by side
    char* at = out.grow(prefix.octets().size() + deliver::tag_octets + wire_octets);
    at = deliver::store_start(at, prefix, tag, redelivered, route.size());
    std::memcpy(at, message.wire_after_tag().data(), wire_octets);
    store16(at + message.header_channel_offset(), static_cast<std::uint16_t>(prefix.channel()));
}

void append_cut_delivery(OctetBuffer& out, const DeliverPrefix& prefix, DeliveryTag tag,
                         bool redelivered, const Message& message, std::uint32_t frame_max) {
    append_delivery_head(out, prefix, tag, redelivered, message);
    append_body(out, prefix.channel(), message.body(), frame_max);
}

}  // namespace leveret::protocol::amqp
