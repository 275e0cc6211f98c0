// Frames out of a stream of octets, however it is cut, and what ends it.
#include "protocol/amqp/frame.hpp"

#include <random>
#include <vector>

#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol;
using namespace leveret::protocol::amqp;
using leveret::test::error_of;
using leveret::test::octets;
using leveret::test::text_of_error;

namespace {

/// A frame that owns its payload.
struct Kept {
    FrameType type;
    ChannelNumber channel;
    std::string payload;
    bool operator==(const Kept&) const = default;
};

std::string frame(int type, int channel, std::string_view payload, int end = 0xCE) {
    OctetBuffer out;
    append_frame_header(out, FrameType{static_cast<std::uint8_t>(type)},
                        ChannelNumber{static_cast<std::uint16_t>(channel)},
                        static_cast<std::uint32_t>(payload.size()));
    out.append(payload);
    return std::string(out.view()) + octets({end});
}

void take_all(FrameParser& parser, std::string_view fed, std::vector<Kept>& into) {
    const std::string copy(fed);  // so that a view kept too long is seen by the sanitizer
    parser.feed(copy);
    while (const auto taken = parser.next()) {
        into.push_back({taken->type, taken->channel, std::string(taken->payload)});
    }
}

const std::vector<Kept> sample{
    {FrameType::method, ChannelNumber{1}, "method"},
    {FrameType::header, ChannelNumber{1}, "header"},
    {FrameType::body, ChannelNumber{1}, std::string(3000, 'b')},
    {FrameType::heartbeat, ChannelNumber{0}, ""},
    {FrameType::body, ChannelNumber{65535}, ""},
    {FrameType::method, ChannelNumber{0}, std::string(4096, '\xCE')},
};

std::string stream_of(const std::vector<Kept>& frames) {
    std::string stream;
    for (const Kept& kept : frames) {
        stream += frame(static_cast<int>(kept.type), static_cast<int>(kept.channel), kept.payload);
    }
    return stream;
}

}  // namespace

TEST_CASE("frames come out as they went in, in one piece", "[frame]") {
    FrameParser parser;
    std::vector<Kept> taken;
    take_all(parser, stream_of(sample), taken);
    CHECK(taken == sample);
    CHECK(parser.kept_octets() == 0);
}

TEST_CASE("frames come out the same, octet by octet", "[frame]") {
    FrameParser parser;
    std::vector<Kept> taken;
    for (char octet : stream_of(sample)) take_all(parser, {&octet, 1}, taken);
    CHECK(taken == sample);
    CHECK(parser.kept_octets() == 0);
}

TEST_CASE("frames come out the same from any random cuts", "[frame]") {
    std::minstd_rand random(Catch::rngSeed());
    INFO("rng seed " << Catch::rngSeed());
    const std::string stream = stream_of(sample);
    for (int round = 0; round < 200; ++round) {
        FrameParser parser;
        std::vector<Kept> taken;
        const std::size_t piece_max = round % 2 == 0 ? 20 : 5000;
        for (std::size_t at = 0; at < stream.size();) {
            const std::size_t piece = std::min(random() % piece_max, stream.size() - at);
            take_all(parser, std::string_view(stream).substr(at, piece), taken);
            at += piece;
        }
        REQUIRE(taken == sample);
    }
}

TEST_CASE("only the cut tail is copied, and its memory is given back", "[frame]") {
    FrameParser parser;
    const std::string stream = stream_of(sample);
    const std::string_view whole(stream);
    parser.feed(whole);
    const auto first = parser.next();
    REQUIRE(first);
    CHECK(first->payload.data() == whole.data() + 7);  // in place
    while (parser.next()) {
    }
    parser.feed(whole.substr(0, 10));
    CHECK_FALSE(parser.next());
    CHECK(parser.kept_octets() == 10);
    parser.feed(whole.substr(10));
    const auto joined = parser.next();
    REQUIRE(joined);
    CHECK(joined->payload == "method");
    const auto second = parser.next();
    REQUIRE(second);
    CHECK(second->payload.data() > whole.data());  // the rest in place again
    CHECK(second->payload.data() < whole.data() + whole.size());
    CHECK(parser.kept_octets() == 0);
}

TEST_CASE("a payload of frame_max octets is forgiven, one more is refused", "[frame]") {
    FrameParser parser;
    parser.set_frame_max(5000);
    std::vector<Kept> taken;
    take_all(parser, frame(3, 1, std::string(5000, 'x')), taken);
    CHECK(taken.size() == 1);
    CHECK(text_of_error([&] { take_all(parser, frame(3, 1, std::string(5001, 'x')), taken); }) ==
          "FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,5001,4992}");
}

TEST_CASE("a frame_max of zero is no limit", "[frame]") {
    FrameParser parser;
    parser.set_frame_max(0);
    std::vector<Kept> taken;
    take_all(parser, frame(3, 1, std::string(200'000, 'x')), taken);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].payload.size() == 200'000);
    // What is announced is neither allocated nor believed.
    take_all(parser, octets({3, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 'x'}), taken);
    CHECK(taken.size() == 1);
    CHECK(parser.kept_octets() == 8);
}

TEST_CASE("the header is checked as soon as its seven octets are there", "[frame]") {
    const std::string too_large = octets({3, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF});
    const bool in_one_piece = GENERATE(true, false);
    FrameParser parser;
    std::vector<Kept> taken;
    if (in_one_piece) {
        CHECK(error_of([&] { take_all(parser, too_large, taken); }).code() == reply::frame_error);
    } else {
        take_all(parser, too_large.substr(0, 6), taken);
        CHECK(error_of([&] { take_all(parser, too_large.substr(6), taken); }).code() ==
              reply::frame_error);
    }
}

TEST_CASE("all frame types but four are refused", "[frame]") {
    for (int type = 0; type < 256; ++type) {
        FrameParser parser;
        std::vector<Kept> taken;
        const std::string sent = frame(type, 0, "");
        if (type == 1 || type == 2 || type == 3 || type == 8) {
            take_all(parser, sent, taken);
            CHECK(taken.size() == 1);
        } else {
            CHECK(text_of_error([&] { take_all(parser, sent, taken); }) ==
                  "FRAME_ERROR - type " + std::to_string(type) +
                      ", all octets = <<>>: unknown_frame");
        }
    }
}

TEST_CASE("a wrong end octet is refused with a piece of the payload", "[frame]") {
    const auto refused = [](std::string_view payload, int end) {
        FrameParser parser;
        std::vector<Kept> taken;
        return text_of_error([&] { take_all(parser, frame(3, 1, payload, end), taken); });
    };
    CHECK(refused("", 0) ==
          "FRAME_ERROR - type 3, all octets = <<>>: {invalid_frame_end_marker,0}");
    CHECK(refused("hello", 54) ==
          "FRAME_ERROR - type 3, all octets = <<\"hello\">>: {invalid_frame_end_marker,54}");
    CHECK(
        refused(octets({1, 0, 0, 0, 22, 0, 60, 0, 40, 0, 0, 13, 111, 114, 100, 101, 99}), 54) ==
        "FRAME_ERROR - type 3, first 16 octets = <<1,0,0,0,22,0,60,0,40,0,0,13,111,114,100,101>>: "
        "{invalid_frame_end_marker,54}");
}

TEST_CASE("heartbeats have no payload and no channel", "[frame]") {
    FrameParser with_payload;
    std::vector<Kept> taken;
    CHECK(error_of([&] { take_all(with_payload, frame(8, 0, "x"), taken); }).code() ==
          reply::frame_error);
    FrameParser on_channel;
    CHECK(text_of_error([&] { take_all(on_channel, frame(8, 1, ""), taken); }) ==
          "UNEXPECTED_FRAME - type 8, all octets = <<>>");
}

TEST_CASE("after an error the parser takes everything and returns nothing", "[frame]") {
    FrameParser parser;
    std::vector<Kept> taken;
    CHECK_THROWS_AS(take_all(parser, frame(9, 0, ""), taken), ProtocolError);
    take_all(parser, stream_of(sample), taken);
    take_all(parser, stream_of(sample), taken);
    CHECK(taken.empty());
    CHECK(parser.kept_octets() == 0);
}
