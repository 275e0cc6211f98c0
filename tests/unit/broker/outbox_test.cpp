// The outbox: own octets and referred bodies come out in the order they went in, whatever the
// pieces in which they are sent.
#include "broker/amqp/outbox.hpp"

#include <array>
#include <random>
#include <string>

#include "broker/limits.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker::amqp;
using namespace leveret::protocol::amqp;

namespace {

MessagePtr message_of(std::string_view body) {
    return Message::make("", "q", BasicProperties{}, body);
}

/// Takes up to `most` octets out, as a socket would.
std::string send_some(Outbox& outbox, std::size_t most, std::size_t pieces_max = 8) {
    std::vector<iovec> pieces(pieces_max);
    const std::size_t count = outbox.gather(pieces, most);
    std::string sent;
    for (std::size_t i = 0; i < count; ++i) {
        sent.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    outbox.sent(sent.size());
    return sent;
}

}  // namespace

TEST_CASE("an empty outbox has nothing to gather", "[outbox]") {
    Outbox outbox;
    CHECK(outbox.empty());
    CHECK(send_some(outbox, 100).empty());
}

TEST_CASE("own octets and referred bodies keep their order", "[outbox]") {
    Outbox outbox;
    const MessagePtr message = message_of("BODY");
    outbox.octets().append("one");
    outbox.refer(message, message->body());
    outbox.octets().append("two");
    outbox.refer(message, message->body().substr(1, 2));
    outbox.refer(message, message->body());
    outbox.octets().append("three");

    CHECK(outbox.size() == 21);
    CHECK(send_some(outbox, 100) == "oneBODYtwoODBODYthree");
    CHECK(outbox.empty());
}

TEST_CASE("a referred message lives until its octets are sent", "[outbox]") {
    Outbox outbox;
    MessagePtr message = message_of("0123456789");
    const Message* const raw = message.get();
    outbox.refer(message, message->body());
    message.reset();
    CHECK(raw->use_count() == 1);

    CHECK(send_some(outbox, 4) == "0123");
    CHECK(raw->use_count() == 1);
    CHECK(send_some(outbox, 100) == "456789");
    CHECK(outbox.empty());
}

TEST_CASE("gather keeps to the pieces and octets it may fill", "[outbox]") {
    Outbox outbox;
    const MessagePtr message = message_of("BODY");
    for (int i = 0; i < 10; ++i) {
        outbox.octets().append("own");
        outbox.refer(message, message->body());
    }
    std::array<iovec, 4> pieces;
    CHECK(outbox.gather(pieces, 1000) == 4);
    CHECK(outbox.gather(pieces, 5) == 2);
    CHECK(pieces[1].iov_len == 2);
    CHECK(outbox.gather(pieces, 3) == 1);
    CHECK(outbox.size() == 70);  // gathering sends nothing
}

TEST_CASE("clearing drops all, and lets go of messages", "[outbox]") {
    Outbox outbox;
    const MessagePtr message = message_of("BODY");
    outbox.octets().append("own");
    outbox.refer(message, message->body());
    (void)send_some(outbox, 4);

    outbox.clear();

    CHECK(outbox.empty());
    CHECK(message->use_count() == 1);
    outbox.octets().append("new");
    CHECK(send_some(outbox, 100) == "new");
}

TEST_CASE("a large body is referred to, a small one copied", "[outbox]") {
    Outbox outbox;
    const MessagePtr small = message_of(std::string(100, 's'));
    const MessagePtr large =
        message_of(std::string(leveret::broker::limits::refer_from_octets, 'l'));

    outbox.append_content(ChannelNumber{1}, small, 4096);
    CHECK(small->use_count() == 1);
    outbox.append_content(ChannelNumber{1}, large, 4096);
    CHECK(large->use_count() > 1);
    CHECK(outbox.size() > large->body_octets() + small->body_octets());
    CHECK(outbox.octets().size() < 400);
}

TEST_CASE("whatever is put in comes out the same, in any pieces", "[outbox]") {
    std::mt19937 random(Catch::rngSeed());
    INFO("--rng-seed " << Catch::rngSeed());
    const auto below = [&](unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(random);
    };
    Outbox outbox;
    std::string expected;
    std::string sent;
    for (int step = 0; step < 3000; ++step) {
        const std::string text(1 + below(50), static_cast<char>('a' + step % 26));
        switch (below(3)) {
            case 0:
                outbox.octets().append(text);
                expected += text;
                break;
            case 1: {
                const MessagePtr message = message_of(text);
                outbox.refer(message, message->body());
                expected += text;
                break;
            }
            default:
                sent += send_some(outbox, below(120), 1 + below(6) * 2);
        }
        REQUIRE(outbox.size() == expected.size() - sent.size());
    }
    while (!outbox.empty()) sent += send_some(outbox, 1 + below(200), 3);
    CHECK(sent == expected);
}
