// Any order of publishes, headers and bodies; what becomes a content is delivered and read back.
// Input: frames of {kind, size (2 octets), payload}; see take() for the kinds.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/amqp/content_assembler.hpp"
#include "protocol/amqp/deliver.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"

using namespace leveret::protocol;
using namespace leveret::protocol::amqp;

namespace {

constexpr std::uint32_t small_frame_max = 64;  // so that small bodies are cut, too

std::optional<Content> take(ContentAssembler& assembler, unsigned kind, std::string_view payload) {
    switch (kind % 4) {
        case 0:
            assembler.start(decode_method<basic::Publish>(WireReader(payload)));
            return std::nullopt;
        case 1:
            return assembler.header(payload);
        case 2:
            return assembler.body(payload);
        default:
            assembler.expect_method();
            return std::nullopt;
    }
}

void deliver_and_read_back(const Message& message, std::uint32_t frame_max) {
    OctetBuffer out;
    const DeliverPrefix prefix(ChannelNumber{7}, "tag");
    append_delivery(out, prefix, DeliveryTag{9}, true, message, frame_max);

    FrameParser parser;
    parser.set_frame_max(0);
    parser.feed(out.view());
    const auto method = parser.next();
    LEVERET_ASSERT(method && method->type == FrameType::method);
    WireReader in(method->payload);
    LEVERET_ASSERT(read_method_id(in) == basic::Deliver::id);
    const auto deliver = decode_method<basic::Deliver>(in);
    LEVERET_ASSERT(deliver.exchange == message.exchange());
    LEVERET_ASSERT(deliver.routing_key == message.routing_key());
    LEVERET_ASSERT(deliver.delivery_tag == DeliveryTag{9} && deliver.redelivered);
    const auto header = parser.next();
    LEVERET_ASSERT(header && header->type == FrameType::header);
    LEVERET_ASSERT(header->payload == message.header_payload());
    std::string body;
    while (const auto piece = parser.next()) {
        LEVERET_ASSERT(piece->type == FrameType::body && piece->channel == ChannelNumber{7});
        LEVERET_ASSERT(frame_max == 0 ||
                       piece->payload.size() + frame_overhead_octets <= frame_max);
        body += piece->payload;
    }
    LEVERET_ASSERT(body == message.body());
    LEVERET_ASSERT(parser.kept_octets() == 0);
}

void look_at(const Message& message) {
    OctetBuffer properties;
    message.properties().encode(properties);
    LEVERET_ASSERT(properties.view() == message.property_octets());
    deliver_and_read_back(message, 0);
    deliver_and_read_back(message, small_frame_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    ContentAssembler assembler(100'000);
    while (input.size() >= 3) {
        const auto kind = static_cast<unsigned char>(input[0]);
        const std::string_view payload = input.substr(3, load16(input.data() + 1));
        input.remove_prefix(3 + payload.size());
        try {
            if (const auto content = take(assembler, kind, payload)) look_at(*content->message);
        } catch (const ProtocolError& error) {
            LEVERET_ASSERT(error.text().size() <= 255);
            assembler.reset();
        }
    }
    return 0;
}
