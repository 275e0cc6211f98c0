// How a message lies in memory, and how it gets there.
#include "protocol/amqp/message.hpp"

#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol::amqp;
using leveret::test::error_of;
using leveret::test::hex;
using leveret::test::octets;

namespace {

std::string header_payload(std::uint32_t body_octets, std::string_view properties) {
    std::string made = octets({0, 60, 0, 0, 0, 0, 0, 0});
    for (int shift = 24; shift >= 0; shift -= 8) made += static_cast<char>(body_octets >> shift);
    return made.append(properties);
}

}  // namespace

TEST_CASE("a message lies in memory as it will be sent", "[message]") {
    const MessagePtr message = Message::make("ex", "key", octets({0x10, 0, 2}), "body");
    CHECK(hex(message->wire_after_tag()) ==
          "02 65 78 03 6b 65 79 ce "  // route, end octet
          "02 00 00 00 00 00 0f 00 3c 00 00 00 00 00 00 00 00 00 04 10 00 02 ce "  // header frame
          "03 00 00 00 00 00 04 62 6f 64 79 ce");                                  // body frame
    CHECK(message->exchange() == "ex");
    CHECK(message->routing_key() == "key");
    CHECK(hex(message->route_wire()) == "02 65 78 03 6b 65 79");
    CHECK(message->header_payload() == header_payload(4, octets({0x10, 0, 2})));
    CHECK(message->property_octets() == octets({0x10, 0, 2}));
    CHECK(message->body() == "body");
    CHECK(message->body_octets() == 4);
    CHECK(message->delivery_mode() == 2);
    CHECK(message->persistent());
    CHECK(message->priority() == 0);
    CHECK_FALSE(message->has_headers());
    const auto wire = message->wire_after_tag();
    CHECK(wire[message->header_channel_offset() - 1] == 2);
    CHECK(wire[message->body_channel_offset() - 1] == 3);
    CHECK(message->memory_octets() == sizeof(Message) + wire.size());
}

TEST_CASE("an empty body has no frame", "[message]") {
    const MessagePtr message = Message::make("", "", octets({0, 0}), "");
    CHECK(hex(message->wire_after_tag()) ==
          "00 00 ce 02 00 00 00 00 00 0e 00 3c 00 00 00 00 00 00 00 00 00 00 00 00 ce");
    CHECK(message->body().empty());
    CHECK(message->content_wire() == message->header_frame());
    CHECK(message->delivery_mode() == 0);
    CHECK_FALSE(message->persistent());
}

TEST_CASE("what queues look at often is kept beside the octets", "[message]") {
    const std::string headers = octets({1, 'k', 'V'});
    BasicProperties properties;
    properties.set(property::priority, &BasicProperties::priority, 7)
        .set(property::delivery_mode, &BasicProperties::delivery_mode, 1)
        .set(property::headers, &BasicProperties::headers, headers);
    const MessagePtr message = Message::make("e", "k", properties, "x");
    CHECK(message->priority() == 7);
    CHECK(message->delivery_mode() == 1);
    CHECK_FALSE(message->persistent());
    CHECK(message->has_headers());
    CHECK(message->properties() == properties);
}

TEST_CASE("the last owner frees the message", "[message]") {
    MessagePtr first = Message::make("e", "k", octets({0, 0}), "body");
    CHECK(first->use_count() == 1);
    MessagePtr second = first;
    CHECK(first->use_count() == 2);
    first.reset();
    CHECK(second->body() == "body");
}

TEST_CASE("names of 255 octets fit, longer ones and malformed properties do not", "[message]") {
    const std::string longest(255, 'n');
    const MessagePtr message = Message::make(longest, longest, octets({0, 0}), "x");
    CHECK(message->exchange() == longest);
    CHECK(message->routing_key() == longest);
    const std::string longer(256, 'n');
    CHECK(error_of([&] {
              static_cast<void>(Message::make("", longer, octets({0, 0}), ""));
          }).text() == "SYNTAX_ERROR - routing key of 256 octets is longer than 255");
    CHECK(error_of([&] {
              static_cast<void>(Message::make("", "", octets({0x80, 0}), ""));
          }).code() == reply::syntax_error);
}

TEST_CASE("a large body grows as its octets come", "[message]") {
    constexpr std::uint32_t announced = 5 * 1024 * 1024 + 3;
    const std::string header = header_payload(announced, octets({0, 0}));
    MessageBuilder builder(octets({1, 'e', 1, 'k'}), header, announced, PropertiesInBrief{});
    std::string expected;
    for (int i = 0; builder.missing() > 0; ++i) {
        const std::size_t size = std::min<std::size_t>(builder.missing(), 130'000);
        const std::string piece(size, static_cast<char>('a' + i % 26));
        builder.append(piece);
        expected += piece;
    }
    const MessagePtr message = builder.finish();
    CHECK((message->body() == expected));
    CHECK(message->exchange() == "e");
    CHECK(message->routing_key() == "k");
    CHECK(message->header_payload() == header);
    CHECK(message->use_count() == 1);
    CHECK(static_cast<unsigned char>(message->wire_after_tag().back()) == frame_end);
}
