// The short way of writing a delivery writes the same octets as the long one.
#include "protocol/amqp/deliver.hpp"

#include <vector>

#include "protocol/amqp/basic_methods.hpp"
#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"

using namespace leveret::protocol;
using namespace leveret::protocol::amqp;
using leveret::test::hex;
using leveret::test::octets;

namespace {

constexpr ChannelNumber on_channel{0x0107};

void append_frame(OctetBuffer& out, FrameType type, std::string_view payload) {
    append_frame_header(out, type, on_channel, static_cast<std::uint32_t>(payload.size()));
    out.append(payload);
    *out.grow(1) = static_cast<char>(frame_end);
}

/// Header and body frames, the naive way.
void append_expected_content(OctetBuffer& out, const Message& message, std::size_t piece_max) {
    append_frame(out, FrameType::header, message.header_payload());
    std::string_view body = message.body();
    while (!body.empty()) {
        append_frame(out, FrameType::body, body.substr(0, piece_max));
        body.remove_prefix(std::min(piece_max, body.size()));
    }
}

std::string expected_delivery(const Message& message, std::string_view tag, std::size_t piece_max,
                              bool redelivered) {
    OctetBuffer out;
    append_method(out, on_channel,
                  basic::Deliver{.consumer_tag = tag,
                                 .delivery_tag = DeliveryTag{0x0102030405060708},
                                 .redelivered = redelivered,
                                 .exchange = message.exchange(),
                                 .routing_key = message.routing_key()});
    append_expected_content(out, message, piece_max);
    return std::string(out.view());
}

}  // namespace

TEST_CASE("a delivery is method, header and as many bodies as frame_max asks for", "[deliver]") {
    const std::size_t body_octets =
        GENERATE(0u, 1u, 16u, 4087u, 4088u, 4089u, 8176u, 8177u, 50'000u);
    const std::uint32_t frame_max = GENERATE(0u, 4096u, 131072u);
    const bool redelivered = GENERATE(false, true);
    const std::string tag = GENERATE(std::string("ctag"), std::string(255, 't'), std::string());
    INFO(body_octets << " octets, frame_max " << frame_max);
    const MessagePtr message = Message::make("exchange", "routing.key", octets({0x10, 0, 2}),
                                             std::string(body_octets, 'b'));
    OctetBuffer out;
    out.append("before");
    append_delivery(out, DeliverPrefix(on_channel, tag), DeliveryTag{0x0102030405060708},
                    redelivered, *message, frame_max);
    const std::size_t piece_max = frame_max == 0 ? 1'000'000 : frame_max - frame_overhead_octets;
    CHECK(hex(out.view().substr(6)) ==
          hex(expected_delivery(*message, tag, piece_max, redelivered)));
}

TEST_CASE("a delivery without its body ends behind the header frame", "[deliver]") {
    const MessagePtr message = Message::make("e", "k", octets({0, 0}), std::string(100'000, 'b'));
    OctetBuffer out;
    append_delivery_head(out, DeliverPrefix(on_channel, "tag"), DeliveryTag{0x0102030405060708},
                         false, *message);
    const std::string whole = expected_delivery(*message, "tag", 1'000'000, false);
    CHECK(hex(out.view()) == hex(whole.substr(0, whole.size() - 100'000 - frame_overhead_octets)));
}

TEST_CASE("the content behind get-ok and return is cut like a delivery", "[deliver]") {
    const std::size_t body_octets = GENERATE(0u, 10u, 4088u, 4089u, 9000u);
    const MessagePtr message =
        Message::make("e", "k", octets({0, 0}), std::string(body_octets, 'b'));
    OctetBuffer out, expected;
    append_content(out, on_channel, *message, 4096);
    append_expected_content(expected, *message, 4088);
    CHECK(hex(out.view()) == hex(expected.view()));
}

TEST_CASE("a delivery leaves the message as it was", "[deliver]") {
    const MessagePtr message = Message::make("e", "k", octets({0, 0}), "body");
    const std::string before(message->wire_after_tag());
    OctetBuffer out;
    append_delivery(out, DeliverPrefix(on_channel, "tag"), DeliveryTag{1}, false, *message, 4096);
    append_content(out, on_channel, *message, 4096);
    CHECK(message->wire_after_tag() == before);
}
